// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IApp} from "../interfaces/IRegistries.sol";
import {RegistryEntry} from "./RegistryEntry.sol";

/// @title A dapp: for type "DOCKER" the multiaddr is the image reference and the checksum the image digest (PoCo `App`)
contract App is RegistryEntry, IApp {
    string public m_appName;
    string public m_appType;
    bytes public m_appMultiaddr;
    bytes32 public m_appChecksum;
    bytes public m_appMREnclave;

    function initialize(
        string memory name,
        string memory appType,
        bytes memory multiaddr,
        bytes32 checksum,
        bytes memory mrenclave
    ) public {
        claimByRegistry();
        m_appName = name;
        m_appType = appType;
        m_appMultiaddr = multiaddr;
        m_appChecksum = checksum;
        m_appMREnclave = mrenclave;
    }
}
