// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IWorkerpool} from "../interfaces/IRegistries.sol";
import {RegistryEntry} from "./RegistryEntry.sol";

/// @title A workerpool: its description and the two percentages copied into each of its deals (PoCo `Workerpool`)
contract Workerpool is RegistryEntry, IWorkerpool {
    string public m_workerpoolDescription;
    uint256 public m_workerStakeRatioPolicy;
    uint256 public m_schedulerRewardRatioPolicy;

    function initialize(string memory description) public {
        claimByRegistry();
        m_workerpoolDescription = description;
        m_workerStakeRatioPolicy = 30;
        m_schedulerRewardRatioPolicy = 1;
    }

    /// @inheritdoc IWorkerpool
    function changePolicy(uint256 newWorkerStakeRatioPolicy, uint256 newSchedulerRewardRatioPolicy) external onlyOwner {
        require(newSchedulerRewardRatioPolicy <= 100);
        emit PolicyUpdate(
            m_workerStakeRatioPolicy,
            newWorkerStakeRatioPolicy,
            m_schedulerRewardRatioPolicy,
            newSchedulerRewardRatioPolicy
        );
        m_workerStakeRatioPolicy = newWorkerStakeRatioPolicy;
        m_schedulerRewardRatioPolicy = newSchedulerRewardRatioPolicy;
    }
}
