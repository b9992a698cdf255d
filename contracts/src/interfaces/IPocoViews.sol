// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {
    Account,
    AppInfo,
    Category,
    Contribution,
    ContributionStatus,
    DatasetInfo,
    Deal,
    EIP712Domain,
    Task,
    TaskStatus,
    WorkerpoolInfo
} from "./PocoTypes.sol";

/// @title Everything that can be read from the hub (PoCo `IexecPocoAccessors`)
interface IPocoViews {
    function name() external view returns (string memory);
    function symbol() external view returns (string memory);
    function decimals() external view returns (uint8);
    function totalSupply() external view returns (uint256);
    function balanceOf(address account) external view returns (uint256);
    function frozenOf(address account) external view returns (uint256);
    function allowance(address account, address spender) external view returns (uint256);
    function viewAccount(address account) external view returns (Account memory);
    function token() external view returns (address);

    function viewDeal(bytes32 dealid) external view returns (Deal memory);
    function viewConsumed(bytes32 orderHash) external view returns (uint256);
    function viewPresigned(bytes32 orderHash) external view returns (address);
    function viewTask(bytes32 taskid) external view returns (Task memory);
    function viewContribution(bytes32 taskid, address worker) external view returns (Contribution memory);
    function viewScore(address worker) external view returns (uint256);
    /// EIP-1154 pull: the callback bytes of a completed task, else the revert "task-pending".
    function resultFor(bytes32 taskid) external view returns (bytes memory);
    function viewCategory(uint256 catid) external view returns (Category memory);
    function countCategory() external view returns (uint256);

    function viewApp(address app) external view returns (AppInfo memory);
    function viewDataset(address dataset) external view returns (DatasetInfo memory);
    function viewWorkerpool(address workerpool) external view returns (WorkerpoolInfo memory);

    function appregistry() external view returns (address);
    function datasetregistry() external view returns (address);
    function workerpoolregistry() external view returns (address);
    function teebroker() external view returns (address);
    function callbackgas() external view returns (uint256);

    function contribution_deadline_ratio() external view returns (uint256);
    function reveal_deadline_ratio() external view returns (uint256);
    function final_deadline_ratio() external view returns (uint256);
    function workerpool_stake_ratio() external view returns (uint256);
    function kitty_ratio() external view returns (uint256);
    function kitty_min() external view returns (uint256);
    function kitty_address() external view returns (address);
    function groupmember_purpose() external view returns (uint256);

    function domain() external view returns (EIP712Domain memory);
    function eip712domain_separator() external view returns (bytes32);
}

/// @title The same facts as flat tuples, for callers that cannot decode structs (PoCo `IexecABILegacy`)
interface IPocoLegacyViews {
    function viewAccountABILegacy(address account) external view returns (uint256 stake, uint256 locked);
    function viewCategoryABILegacy(uint256 catid)
        external
        view
        returns (string memory name, string memory description, uint256 workClockTimeRef);
    function viewConfigABILegacy(bytes32 dealid)
        external
        view
        returns (
            uint256 category,
            uint256 startTime,
            uint256 botFirst,
            uint256 botSize,
            uint256 workerStake,
            uint256 schedulerRewardRatio
        );
    function viewContributionABILegacy(bytes32 taskid, address worker)
        external
        view
        returns (ContributionStatus status, bytes32 resultHash, bytes32 resultSeal, address enclaveChallenge);
    function viewDealABILegacy_pt1(bytes32 dealid)
        external
        view
        returns (
            address appPointer,
            address appOwner,
            uint256 appPrice,
            address datasetPointer,
            address datasetOwner,
            uint256 datasetPrice,
            address workerpoolPointer,
            address workerpoolOwner,
            uint256 workerpoolPrice
        );
    function viewDealABILegacy_pt2(bytes32 dealid)
        external
        view
        returns (
            uint256 trust,
            bytes32 tag,
            address requester,
            address beneficiary,
            address callback,
            string memory params
        );
    function viewTaskABILegacy(bytes32 taskid)
        external
        view
        returns (
            TaskStatus status,
            bytes32 dealid,
            uint256 idx,
            uint256 timeref,
            uint256 contributionDeadline,
            uint256 revealDeadline,
            uint256 finalDeadline,
            bytes32 consensusValue,
            uint256 revealCounter,
            uint256 winnerCounter,
            address[] memory contributors,
            bytes memory results
        );
}
