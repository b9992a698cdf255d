// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IRegistry, IWorkerpoolRegistry} from "../interfaces/IRegistries.sol";
import {Registry} from "./Registry.sol";
import {Workerpool} from "./Workerpool.sol";

/// @title All workerpools of a deployment (PoCo `WorkerpoolRegistry`)
contract WorkerpoolRegistry is Registry, IWorkerpoolRegistry {
    constructor(IRegistry previous_)
        Registry("iExec Workerpool Registry (V5)", "iExecWorkerpoolsV5", address(new Workerpool()), previous_)
    {}

    function createWorkerpool(address owner, string calldata description) external returns (address) {
        return mintEntry(owner, abi.encodeCall(Workerpool.initialize, (description)));
    }

    function predictWorkerpool(address owner, string calldata description) external view returns (address) {
        return predictEntry(owner, abi.encodeCall(Workerpool.initialize, (description)));
    }
}
