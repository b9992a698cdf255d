// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

/// @title Many calls in one: the part of Multicall3 (https://www.multicall3.com) that readers of a chain use
/// @notice Public chains have Multicall3 at 0xcA11bde05977b3631167028862bE2a173976CA11, a fresh devnet has nothing there. This is
/// no copy of it: written from its interface, so that a devnet answers to `aggregate3` at that address, too.
contract Multicall {
    struct Call3 {
        address target;
        bool allowFailure;
        bytes callData;
    }

    struct Result {
        bool success;
        bytes returnData;
    }

    /// @notice A call failed that was not allowed to.
    error CallFailed(uint256 index);

    /// @notice Makes the calls in their order and gives what each said.
    function aggregate3(Call3[] calldata calls) external payable returns (Result[] memory returnData) {
        returnData = new Result[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool success, bytes memory said) = calls[i].target.call(calls[i].callData);
            if (!success && !calls[i].allowFailure) revert CallFailed(i);
            returnData[i] = Result(success, said);
        }
    }

    /// @notice What an account holds of the chain's own coin, as a call beside others.
    function getEthBalance(address addr) external view returns (uint256 balance) {
        balance = addr.balance;
    }
}
