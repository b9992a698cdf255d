// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

// ERC-7201 slot of "poco.hub": far from anything a facet could lay out by accident.
bytes32 constant HUB_STORAGE = keccak256(abi.encode(uint256(keccak256("poco.hub")) - 1)) & ~bytes32(uint256(0xff));

/// @title What the hub itself keeps: who owns it and which facet carries which function
library HubStorage {
    struct Layout {
        address owner;
        mapping(bytes4 => address) facets;
    }

    function load() internal pure returns (Layout storage $) {
        bytes32 slot = HUB_STORAGE;
        assembly ("memory-safe") {
            $.slot := slot
        }
    }

    /// The revert of PoCo's `onlyOwner`.
    function requireOwner() internal view {
        require(msg.sender == load().owner, "Ownable: caller is not the owner");
    }
}
