// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IRegistryEntry} from "../interfaces/IRegistries.sol";

/// @title What all entries share: the registry that made them, and the owner it knows (PoCo `RegistryEntry`)
/// @notice Entries are minimal proxies (ERC-1167) of one master per registry, filled once by the registry that made them.
abstract contract RegistryEntry is IRegistryEntry {
    address public registry;

    modifier onlyOwner() {
        require(msg.sender == owner(), "caller is not the owner");
        _;
    }

    /// The master itself can never be filled: it would pass for an entry of nobody's.
    constructor() {
        registry = address(this);
    }

    /// @inheritdoc IRegistryEntry
    function owner() public view returns (address) {
        return IERC721(registry).ownerOf(uint256(uint160(address(this))));
    }

    /// The first caller is the registry: it fills an entry in the transaction that creates it.
    function claimByRegistry() internal {
        require(registry == address(0), "already initialized");
        registry = msg.sender;
    }
}
