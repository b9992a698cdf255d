// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IDataset} from "../interfaces/IRegistries.sol";
import {RegistryEntry} from "./RegistryEntry.sol";

/// @title A dataset: where it lies and the checksum of its bytes (PoCo `Dataset`)
contract Dataset is RegistryEntry, IDataset {
    string public m_datasetName;
    bytes public m_datasetMultiaddr;
    bytes32 public m_datasetChecksum;

    function initialize(string memory name, bytes memory multiaddr, bytes32 checksum) public {
        claimByRegistry();
        m_datasetName = name;
        m_datasetMultiaddr = multiaddr;
        m_datasetChecksum = checksum;
    }
}
