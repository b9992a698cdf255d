// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

/// @title A group of addresses, as restrictions of orders name it (ERC-734)
interface IERC734 {
    function keyHasPurpose(bytes32 key, uint256 purpose) external view returns (bool);
}

/// @title A contract that signs (ERC-1271)
interface IERC1271 {
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4 magic);
}

/// @title What a deal's callback address implements to be told of a result (EIP-1154 push)
interface IOracleConsumer {
    function receiveResult(bytes32 id, bytes calldata result) external;
}
