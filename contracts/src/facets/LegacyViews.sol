// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IPocoLegacyViews} from "../interfaces/IPocoViews.sol";
import {Category, Contribution, ContributionStatus, Deal, Task, TaskStatus} from "../interfaces/PocoTypes.sol";
import {PocoStorage} from "../storage/PocoStorage.sol";

/// @title The same facts as flat tuples (PoCo `IexecABILegacy`)
abstract contract LegacyViews is IPocoLegacyViews {
    function viewAccountABILegacy(address account) external view returns (uint256, uint256) {
        PocoStorage.Layout storage $ = PocoStorage.load();
        return ($.balances[account], $.frozens[account]);
    }

    function viewCategoryABILegacy(uint256 catid) external view returns (string memory, string memory, uint256) {
        Category storage category = PocoStorage.load().categories[catid];
        return (category.name, category.description, category.workClockTimeRef);
    }

    function viewConfigABILegacy(bytes32 dealid)
        external
        view
        returns (uint256, uint256, uint256, uint256, uint256, uint256)
    {
        Deal storage deal = PocoStorage.load().deals[dealid];
        return (deal.category, deal.startTime, deal.botFirst, deal.botSize, deal.workerStake, deal.schedulerRewardRatio);
    }

    function viewContributionABILegacy(bytes32 taskid, address worker)
        external
        view
        returns (ContributionStatus, bytes32, bytes32, address)
    {
        Contribution storage contribution = PocoStorage.load().contributions[taskid][worker];
        return (contribution.status, contribution.resultHash, contribution.resultSeal, contribution.enclaveChallenge);
    }

    function viewDealABILegacy_pt1(bytes32 dealid)
        external
        view
        returns (address, address, uint256, address, address, uint256, address, address, uint256)
    {
        Deal storage deal = PocoStorage.load().deals[dealid];
        return (
            deal.app.pointer,
            deal.app.owner,
            deal.app.price,
            deal.dataset.pointer,
            deal.dataset.owner,
            deal.dataset.price,
            deal.workerpool.pointer,
            deal.workerpool.owner,
            deal.workerpool.price
        );
    }

    function viewDealABILegacy_pt2(bytes32 dealid)
        external
        view
        returns (uint256, bytes32, address, address, address, string memory)
    {
        Deal storage deal = PocoStorage.load().deals[dealid];
        return (deal.trust, deal.tag, deal.requester, deal.beneficiary, deal.callback, deal.params);
    }

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
        )
    {
        Task storage task = PocoStorage.load().tasks[taskid];
        status = task.status;
        dealid = task.dealid;
        idx = task.idx;
        timeref = task.timeref;
        contributionDeadline = task.contributionDeadline;
        revealDeadline = task.revealDeadline;
        finalDeadline = task.finalDeadline;
        consensusValue = task.consensusValue;
        revealCounter = task.revealCounter;
        winnerCounter = task.winnerCounter;
        contributors = task.contributors;
        results = task.results;
    }
}
