// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IAppRegistry, IRegistry} from "../interfaces/IRegistries.sol";
import {App} from "./App.sol";
import {Registry} from "./Registry.sol";

/// @title All dapps of a deployment (PoCo `AppRegistry`)
contract AppRegistry is Registry, IAppRegistry {
    constructor(IRegistry previous_)
        Registry("iExec Application Registry (V5)", "iExecAppsV5", address(new App()), previous_)
    {}

    function createApp(
        address owner,
        string calldata name,
        string calldata appType,
        bytes calldata multiaddr,
        bytes32 checksum,
        bytes calldata mrenclave
    ) external returns (address) {
        return mintEntry(owner, abi.encodeCall(App.initialize, (name, appType, multiaddr, checksum, mrenclave)));
    }

    function predictApp(
        address owner,
        string calldata name,
        string calldata appType,
        bytes calldata multiaddr,
        bytes32 checksum,
        bytes calldata mrenclave
    ) external view returns (address) {
        return predictEntry(owner, abi.encodeCall(App.initialize, (name, appType, multiaddr, checksum, mrenclave)));
    }
}
