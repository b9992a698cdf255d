// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

// The constants of PoCo v6 (`IexecConstants`). Ratios of deadlines multiply the category's workClockTimeRef, the others
// are percentages.

uint256 constant CONTRIBUTION_DEADLINE_RATIO = 7;
uint256 constant REVEAL_DEADLINE_RATIO = 2;
uint256 constant FINAL_DEADLINE_RATIO = 10;
uint256 constant WORKERPOOL_STAKE_RATIO = 30;
uint256 constant KITTY_RATIO = 10;
uint256 constant KITTY_MIN = 1e9; // nRLC
address constant KITTY_ADDRESS = 0x99c2268479b93fDe36232351229815DF80837e23;
uint256 constant GROUPMEMBER_PURPOSE = 4; // ERC-734
uint256 constant DEFAULT_CALLBACK_GAS = 200_000; // what v6.2's `configure` writes

// Bit 0 of a tag asks for a trusted execution environment.
bytes32 constant TAG_TEE = bytes32(uint256(0x01));
// Bits 1 to 3 name its framework. A dataset's are ignored since v6.2: its owner asks for TEE, not for a framework.
bytes32 constant TAG_TEE_FRAMEWORKS = bytes32(uint256(0x0e));
