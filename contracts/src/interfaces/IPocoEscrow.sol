// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

/// @title Called by a token after `approveAndCall` (the RLC's `TokenSpender`)
interface ITokenSpender {
    function receiveApproval(address sender, uint256 amount, address token, bytes calldata data) external returns (bool);
}

/// @title Token escrow: RLC in and out, and the hub as an ERC-20 of what is free (PoCo `IexecEscrowToken`, `IexecERC20`)
interface IPocoEscrow is ITokenSpender {
    /// `receiveApproval` was given calldata of something else than `matchOrders`.
    error UnsupportedOperation(bytes4 selector);
    /// The operation of `receiveApproval` failed and said nothing.
    error OperationFailed();
    /// The request order of `receiveApproval` is not the depositor's own.
    error CallerIsNotTheRequester();

    function deposit(uint256 amount) external returns (bool);
    function depositFor(uint256 amount, address target) external returns (bool);
    function depositForArray(uint256[] calldata amounts, address[] calldata targets) external returns (bool);
    function withdraw(uint256 amount) external returns (bool);
    function withdrawTo(uint256 amount, address target) external returns (bool);
    /// Credits the owner with RLC that was sent to the hub without a deposit.
    function recover() external returns (uint256);

    function transfer(address to, uint256 value) external returns (bool);
    function transferFrom(address from, address to, uint256 value) external returns (bool);
    function approve(address spender, uint256 value) external returns (bool);
    function approveAndCall(address spender, uint256 value, bytes calldata extraData) external returns (bool);
    function increaseAllowance(address spender, uint256 addedValue) external returns (bool);
    function decreaseAllowance(address spender, uint256 subtractedValue) external returns (bool);
}
