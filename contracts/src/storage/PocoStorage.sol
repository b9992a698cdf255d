// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Category, Contribution, Deal, Task} from "../interfaces/PocoTypes.sol";
import {IRegistry} from "../interfaces/IRegistries.sol";

// ERC-7201 slot of "poco.protocol".
bytes32 constant POCO_STORAGE = keccak256(abi.encode(uint256(keccak256("poco.protocol")) - 1))
    & ~bytes32(uint256(0xff));

/// The weights behind a task's consensus: the product per result, and their sum plus one.
struct Consensus {
    mapping(bytes32 => uint256) group;
    uint256 total;
}

/// @title The state of the protocol, shared by all facets
/// @notice One struct in one place: facets never declare state of their own, so they cannot overlap.
library PocoStorage {
    /// `scores`, `balances` and `frozens` stand first so that tests and devnets can set them at known slots
    /// (mapping at POCO_STORAGE + 0, 1, 2).
    struct Layout {
        mapping(address => uint256) scores;
        mapping(address => uint256) balances; // nRLC, free; the hub's own is the sum of what is frozen
        mapping(address => uint256) frozens; // nRLC
        mapping(address => mapping(address => uint256)) allowances;
        uint256 totalSupply;
        // Configuration.
        IERC20 token;
        string name;
        string symbol;
        uint8 decimals;
        IRegistry appRegistry;
        IRegistry datasetRegistry;
        IRegistry workerpoolRegistry;
        address previousHub;
        address teebroker;
        uint256 callbackgas;
        bytes32 domainSeparator;
        Category[] categories;
        // Orders, by EIP-712 hash.
        mapping(bytes32 => address) presigned;
        mapping(bytes32 => uint256) consumed;
        // Deals and tasks, by id.
        mapping(bytes32 => Deal) deals;
        mapping(bytes32 => Task) tasks;
        mapping(bytes32 => Consensus) consensus;
        mapping(bytes32 => mapping(address => Contribution)) contributions;
        mapping(address => bool) scoreImported;
    }

    function load() internal pure returns (Layout storage $) {
        bytes32 slot = POCO_STORAGE;
        assembly ("memory-safe") {
            $.slot := slot
        }
    }
}
