// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

/// @title The life of a task (PoCo `IexecPoco2`)
/// @notice Refusals carry no reason, as on the live network: a caller checks the views first.
interface IPocoTasks {
    function initialize(bytes32 dealid, uint256 idx) external returns (bytes32 taskid);

    function contribute(
        bytes32 taskid,
        bytes32 resultHash,
        bytes32 resultSeal,
        address enclaveChallenge,
        bytes calldata enclaveSign,
        bytes calldata authorizationSign
    ) external;

    function contributeAndFinalize(
        bytes32 taskid,
        bytes32 resultDigest,
        bytes calldata results,
        bytes calldata resultsCallback,
        address enclaveChallenge,
        bytes calldata enclaveSign,
        bytes calldata authorizationSign
    ) external;

    function reveal(bytes32 taskid, bytes32 resultDigest) external;
    function reopen(bytes32 taskid) external;
    function finalize(bytes32 taskid, bytes calldata results, bytes calldata resultsCallback) external;
    function claim(bytes32 taskid) external;

    function initializeArray(bytes32[] calldata dealids, uint256[] calldata idxs) external returns (bool);
    function claimArray(bytes32[] calldata taskids) external returns (bool);
    function initializeAndClaimArray(bytes32[] calldata dealids, uint256[] calldata idxs) external returns (bool);
}
