// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IPocoViews} from "../interfaces/IPocoViews.sol";
import {
    Account,
    AppInfo,
    Category,
    Contribution,
    DatasetInfo,
    Deal,
    EIP712Domain,
    Task,
    TaskStatus,
    WorkerpoolInfo
} from "../interfaces/PocoTypes.sol";
import {IApp, IDataset, IWorkerpool} from "../interfaces/IRegistries.sol";
import {
    CONTRIBUTION_DEADLINE_RATIO,
    FINAL_DEADLINE_RATIO,
    GROUPMEMBER_PURPOSE,
    KITTY_ADDRESS,
    KITTY_MIN,
    KITTY_RATIO,
    REVEAL_DEADLINE_RATIO,
    WORKERPOOL_STAKE_RATIO
} from "../libs/Constants.sol";
import {Eip712} from "../libs/Eip712.sol";
import {PocoStorage} from "../storage/PocoStorage.sol";
import {LegacyViews} from "./LegacyViews.sol";

/// @title Everything that can be read from the hub (PoCo `IexecPocoAccessors`)
/// @notice What does not exist reads as zeros, except a category. Money in nRLC, times in seconds.
contract ViewsFacet is IPocoViews, LegacyViews {
    function name() external view returns (string memory) {
        return PocoStorage.load().name;
    }

    function symbol() external view returns (string memory) {
        return PocoStorage.load().symbol;
    }

    function decimals() external view returns (uint8) {
        return PocoStorage.load().decimals;
    }

    function totalSupply() external view returns (uint256) {
        return PocoStorage.load().totalSupply;
    }

    function balanceOf(address account) external view returns (uint256) {
        return PocoStorage.load().balances[account];
    }

    function frozenOf(address account) external view returns (uint256) {
        return PocoStorage.load().frozens[account];
    }

    function allowance(address account, address spender) external view returns (uint256) {
        return PocoStorage.load().allowances[account][spender];
    }

    function viewAccount(address account) external view returns (Account memory) {
        PocoStorage.Layout storage $ = PocoStorage.load();
        return Account($.balances[account], $.frozens[account]);
    }

    function token() external view returns (address) {
        return address(PocoStorage.load().token);
    }

    function viewDeal(bytes32 dealid) external view returns (Deal memory) {
        return PocoStorage.load().deals[dealid];
    }

    function viewConsumed(bytes32 orderHash) external view returns (uint256) {
        return PocoStorage.load().consumed[orderHash];
    }

    function viewPresigned(bytes32 orderHash) external view returns (address) {
        return PocoStorage.load().presigned[orderHash];
    }

    function viewTask(bytes32 taskid) external view returns (Task memory) {
        return PocoStorage.load().tasks[taskid];
    }

    function viewContribution(bytes32 taskid, address worker) external view returns (Contribution memory) {
        return PocoStorage.load().contributions[taskid][worker];
    }

    function viewScore(address worker) external view returns (uint256) {
        return PocoStorage.load().scores[worker];
    }

    /// @inheritdoc IPocoViews
    function resultFor(bytes32 taskid) external view returns (bytes memory) {
        Task storage task = PocoStorage.load().tasks[taskid];
        require(task.status == TaskStatus.COMPLETED, "task-pending");
        return task.resultsCallback;
    }

    function viewCategory(uint256 catid) external view returns (Category memory) {
        return PocoStorage.load().categories[catid];
    }

    function countCategory() external view returns (uint256) {
        return PocoStorage.load().categories.length;
    }

    function viewApp(address app) external view returns (AppInfo memory) {
        IApp entry = IApp(app);
        return AppInfo(
            entry.owner(),
            entry.m_appName(),
            entry.m_appType(),
            entry.m_appMultiaddr(),
            entry.m_appChecksum(),
            entry.m_appMREnclave()
        );
    }

    function viewDataset(address dataset) external view returns (DatasetInfo memory) {
        IDataset entry = IDataset(dataset);
        return DatasetInfo(entry.owner(), entry.m_datasetName(), entry.m_datasetMultiaddr(), entry.m_datasetChecksum());
    }

    function viewWorkerpool(address workerpool) external view returns (WorkerpoolInfo memory) {
        IWorkerpool entry = IWorkerpool(workerpool);
        return WorkerpoolInfo(
            entry.owner(),
            entry.m_workerpoolDescription(),
            entry.m_workerStakeRatioPolicy(),
            entry.m_schedulerRewardRatioPolicy()
        );
    }

    function appregistry() external view returns (address) {
        return address(PocoStorage.load().appRegistry);
    }

    function datasetregistry() external view returns (address) {
        return address(PocoStorage.load().datasetRegistry);
    }

    function workerpoolregistry() external view returns (address) {
        return address(PocoStorage.load().workerpoolRegistry);
    }

    function teebroker() external view returns (address) {
        return PocoStorage.load().teebroker;
    }

    function callbackgas() external view returns (uint256) {
        return PocoStorage.load().callbackgas;
    }

    function contribution_deadline_ratio() external pure returns (uint256) {
        return CONTRIBUTION_DEADLINE_RATIO;
    }

    function reveal_deadline_ratio() external pure returns (uint256) {
        return REVEAL_DEADLINE_RATIO;
    }

    function final_deadline_ratio() external pure returns (uint256) {
        return FINAL_DEADLINE_RATIO;
    }

    function workerpool_stake_ratio() external pure returns (uint256) {
        return WORKERPOOL_STAKE_RATIO;
    }

    function kitty_ratio() external pure returns (uint256) {
        return KITTY_RATIO;
    }

    function kitty_min() external pure returns (uint256) {
        return KITTY_MIN;
    }

    function kitty_address() external pure returns (address) {
        return KITTY_ADDRESS;
    }

    function groupmember_purpose() external pure returns (uint256) {
        return GROUPMEMBER_PURPOSE;
    }

    function domain() external view returns (EIP712Domain memory) {
        return Eip712.domain();
    }

    function eip712domain_separator() external view returns (bytes32) {
        return PocoStorage.load().domainSeparator;
    }
}
