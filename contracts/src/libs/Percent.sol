// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

/// `percent` per cent of `value`, rounded down (PoCo `percentage`). Reverts on overflow.
function percentOf(uint256 value, uint256 percent) pure returns (uint256) {
    return value * percent / 100;
}
