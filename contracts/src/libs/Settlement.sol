// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Contribution, ContributionStatus, Deal, Task} from "../interfaces/PocoTypes.sol";
import {IPocoEvents} from "../interfaces/IPocoEvents.sol";
import {PocoStorage} from "../storage/PocoStorage.sol";
import {KITTY_ADDRESS, KITTY_MIN, KITTY_RATIO, WORKERPOOL_STAKE_RATIO} from "./Constants.sol";
import {Escrow} from "./Escrow.sol";
import {percentOf} from "./Percent.sol";

/// @title Who is paid, punished and refunded when a task ends (PoCo `IexecPoco2`: successWork, distributeRewards, failedWork)
/// @notice Every division rounds down and every remainder goes to the scheduler, so no unit is made or lost. The order of the
/// movements is that of the live network: it shows in the events.
library Settlement {
    /// A task that workers proved together.
    function success(bytes32 taskid) internal {
        PocoStorage.Layout storage $ = PocoStorage.load();
        Task storage task = $.tasks[taskid];
        Deal storage deal = $.deals[task.dealid];
        payResources($, deal, taskid);
        distribute($, deal, task, taskid);
    }

    /// A task that one trusted worker contributed and finalized: no stake was locked, no score moves.
    function successFast(bytes32 taskid) internal {
        PocoStorage.Layout storage $ = PocoStorage.load();
        Task storage task = $.tasks[taskid];
        Deal storage deal = $.deals[task.dealid];
        payResources($, deal, taskid);
        uint256 price = deal.workerpool.price;
        uint256 workerReward = percentOf(price, 100 - deal.schedulerRewardRatio);
        Escrow.reward(task.contributors[0], workerReward, taskid);
        Escrow.reward(deal.workerpool.owner, price - workerReward, taskid);
    }

    /// A task that missed its final deadline: the payer is refunded, the scheduler's stake goes to the kitty, and no worker is
    /// blamed, for the protocol cannot tell whose fault it was.
    function failure(bytes32 taskid) internal {
        PocoStorage.Layout storage $ = PocoStorage.load();
        Task storage task = $.tasks[taskid];
        Deal storage deal = $.deals[task.dealid];
        uint256 poolStake = percentOf(deal.workerpool.price, WORKERPOOL_STAKE_RATIO);
        Escrow.unlock(deal.sponsor, taskPrice(deal));
        Escrow.seize(deal.workerpool.owner, poolStake, taskid);
        if (poolStake > 0) {
            Escrow.reward(KITTY_ADDRESS, poolStake, taskid);
            Escrow.lock(KITTY_ADDRESS, poolStake);
        }
        uint256 count = task.contributors.length;
        for (uint256 i = 0; i < count; ++i) {
            Escrow.unlock(task.contributors[i], deal.workerStake);
        }
    }

    function taskPrice(Deal storage deal) private view returns (uint256) {
        return deal.app.price + deal.dataset.price + deal.workerpool.price;
    }

    /// Takes the task's price, pays app and dataset owners, gives the scheduler its stake and its share of the kitty.
    function payResources(PocoStorage.Layout storage $, Deal storage deal, bytes32 taskid) private {
        address scheduler = deal.workerpool.owner;
        Escrow.seize(deal.sponsor, taskPrice(deal), taskid);
        if (deal.app.price > 0) Escrow.reward(deal.app.owner, deal.app.price, taskid);
        if (deal.dataset.price > 0) Escrow.reward(deal.dataset.owner, deal.dataset.price, taskid);
        Escrow.unlock(scheduler, percentOf(deal.workerpool.price, WORKERPOOL_STAKE_RATIO));

        uint256 kitty = $.frozens[KITTY_ADDRESS];
        if (kitty > 0) {
            uint256 share = percentOf(kitty, KITTY_RATIO);
            if (share < KITTY_MIN) share = KITTY_MIN;
            if (share > kitty) share = kitty;
            Escrow.seize(KITTY_ADDRESS, share, taskid);
            Escrow.reward(scheduler, share, taskid);
        }
    }

    /// Shares the workerpool's price and the lost stakes among those who proved the result, by the logarithm of their
    /// weight. A score rises only where a result was replicated: alone, a worker proves nothing about itself.
    function distribute(PocoStorage.Layout storage $, Deal storage deal, Task storage task, bytes32 taskid) private {
        uint256 stake = deal.workerStake;
        (uint256 pot, uint256 totalLogWeight) = potAndWeight($, deal, task, taskid);
        uint256 workersReward = percentOf(pot, 100 - deal.schedulerRewardRatio);
        uint256 count = task.contributors.length;
        for (uint256 i = 0; i < count; ++i) {
            address worker = task.contributors[i];
            Contribution storage contribution = $.contributions[taskid][worker];
            if (contribution.status == ContributionStatus.PROVED) {
                uint256 reward = workersReward * contribution.weight / totalLogWeight;
                pot -= reward;
                Escrow.unlock(worker, stake);
                Escrow.reward(worker, reward, taskid);
                if (count > 1) {
                    $.scores[worker] += 1;
                    emit IPocoEvents.AccurateContribution(worker, taskid);
                }
            } else {
                Escrow.seize(worker, stake, taskid);
                $.scores[worker] = $.scores[worker] * 2 / 3;
                emit IPocoEvents.FaultyContribution(worker, taskid);
            }
        }
        Escrow.reward(deal.workerpool.owner, pot, taskid);
    }

    function potAndWeight(PocoStorage.Layout storage $, Deal storage deal, Task storage task, bytes32 taskid)
        private
        view
        returns (uint256 pot, uint256 totalLogWeight)
    {
        pot = deal.workerpool.price;
        uint256 count = task.contributors.length;
        for (uint256 i = 0; i < count; ++i) {
            Contribution storage contribution = $.contributions[taskid][task.contributors[i]];
            if (contribution.status == ContributionStatus.PROVED) {
                totalLogWeight += contribution.weight;
            } else {
                pot += deal.workerStake;
            }
        }
    }
}
