// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IDatasetRegistry, IRegistry} from "../interfaces/IRegistries.sol";
import {Dataset} from "./Dataset.sol";
import {Registry} from "./Registry.sol";

/// @title All datasets of a deployment (PoCo `DatasetRegistry`)
contract DatasetRegistry is Registry, IDatasetRegistry {
    constructor(IRegistry previous_)
        Registry("iExec Dataset Registry (V5)", "iExecDatasetsV5", address(new Dataset()), previous_)
    {}

    function createDataset(address owner, string calldata name, bytes calldata multiaddr, bytes32 checksum)
        external
        returns (address)
    {
        return mintEntry(owner, abi.encodeCall(Dataset.initialize, (name, multiaddr, checksum)));
    }

    function predictDataset(address owner, string calldata name, bytes calldata multiaddr, bytes32 checksum)
        external
        view
        returns (address)
    {
        return predictEntry(owner, abi.encodeCall(Dataset.initialize, (name, multiaddr, checksum)));
    }
}
