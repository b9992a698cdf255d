// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// The consensus rule and the settlement of a task as plain arithmetic (reference, chapter 1.7): what the fuzz tests hold the hub to.
/// Written without a look at the contracts; owns no state.
library Model {
    uint256 internal constant KITTY_MIN = 1e9;

    function weight(uint256 score) internal pure returns (uint256) {
        uint256 third = score / 3;
        return (third < 3 ? 3 : third) - 1;
    }

    /// The logarithm of base two, rounded down, by halving.
    function log2(uint256 value) internal pure returns (uint256 power) {
        while (value > 1) {
            value /= 2;
            power++;
        }
    }

    function groupAfter(uint256 group, uint256 w) internal pure returns (uint256) {
        return (group == 0 ? 1 : group) * w;
    }

    function reached(uint256 group, uint256 total, uint256 trust) internal pure returns (bool) {
        uint256 effective = trust == 0 ? 1 : trust;
        return group * effective > total * (effective - 1);
    }

    function kittyShare(uint256 kitty) internal pure returns (uint256) {
        uint256 share = kitty / 10;
        if (share < KITTY_MIN) share = KITTY_MIN;
        return share < kitty ? share : kitty;
    }

    /// The part of the pot that goes to the workers, and what is left of it for the scheduler after each share is rounded down.
    function split(
        uint256 poolPrice,
        uint256 workerStake,
        uint256 schedulerRatio,
        uint256[] memory logWeights,
        bool[] memory proved
    ) internal pure returns (uint256[] memory rewards, uint256 scheduler) {
        uint256 pot = poolPrice;
        uint256 sum;
        for (uint256 i; i < proved.length; i++) {
            if (proved[i]) sum += logWeights[i];
            else pot += workerStake;
        }
        uint256 forWorkers = pot * (100 - schedulerRatio) / 100;
        rewards = new uint256[](proved.length);
        scheduler = pot;
        for (uint256 i; i < proved.length; i++) {
            if (!proved[i]) continue;
            rewards[i] = forWorkers * logWeights[i] / sum;
            scheduler -= rewards[i];
        }
    }

    function scoreAfter(uint256 score, bool proved, uint256 contributors) internal pure returns (uint256) {
        if (!proved) return score * 2 / 3;
        return contributors > 1 ? score + 1 : score;
    }
}
