// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IOracleConsumer} from "../interfaces/IExternal.sol";
import {IPocoEvents} from "../interfaces/IPocoEvents.sol";
import {IPocoTasks} from "../interfaces/IPocoTasks.sol";
import {Contribution, ContributionStatus, Deal, Task, TaskStatus} from "../interfaces/PocoTypes.sol";
import {CONTRIBUTION_DEADLINE_RATIO, FINAL_DEADLINE_RATIO, REVEAL_DEADLINE_RATIO, TAG_TEE} from "../libs/Constants.sol";
import {Escrow} from "../libs/Escrow.sol";
import {Settlement} from "../libs/Settlement.sol";
import {Signatures} from "../libs/Signatures.sol";
import {Consensus, PocoStorage} from "../storage/PocoStorage.sol";

/// @title The life of a task: initialize, contribute, consensus, reveal, finalize, or reopen and claim (PoCo `IexecPoco2`)
/// @notice A deadline is the first second at which it is too late. The contribution and final deadlines count from the deal,
/// the reveal deadline from the consensus. `require` carries no reason here, as on the live network.
contract TasksFacet is IPocoTasks, IPocoEvents {
    /// @inheritdoc IPocoTasks
    function initialize(bytes32 dealid, uint256 idx) public returns (bytes32 taskid) {
        PocoStorage.Layout storage $ = PocoStorage.load();
        Deal storage deal = $.deals[dealid];
        require(idx >= deal.botFirst);
        require(idx - deal.botFirst < deal.botSize);
        taskid = keccak256(abi.encodePacked(dealid, idx));
        Task storage task = $.tasks[taskid];
        require(task.status == TaskStatus.UNSET);

        uint256 timeref = $.categories[deal.category].workClockTimeRef;
        task.status = TaskStatus.ACTIVE;
        task.dealid = dealid;
        task.idx = idx;
        task.timeref = timeref;
        task.contributionDeadline = deal.startTime + timeref * CONTRIBUTION_DEADLINE_RATIO;
        task.finalDeadline = deal.startTime + timeref * FINAL_DEADLINE_RATIO;
        $.consensus[taskid].total = 1;
        emit TaskInitialize(taskid, deal.workerpool.pointer);
    }

    /// @inheritdoc IPocoTasks
    function contribute(
        bytes32 taskid,
        bytes32 resultHash,
        bytes32 resultSeal,
        address enclaveChallenge,
        bytes calldata enclaveSign,
        bytes calldata authorizationSign
    ) external {
        PocoStorage.Layout storage $ = PocoStorage.load();
        Task storage task = $.tasks[taskid];
        Contribution storage contribution = $.contributions[taskid][msg.sender];
        require(task.status == TaskStatus.ACTIVE);
        require(block.timestamp < task.contributionDeadline);
        require(contribution.status == ContributionStatus.UNSET);
        Deal storage deal = $.deals[task.dealid];
        requireAuthorized(taskid, enclaveChallenge, authorizationSign);
        requireEnclave(enclaveChallenge, resultHash, resultSeal, enclaveSign);

        contribution.status = ContributionStatus.CONTRIBUTED;
        contribution.resultHash = resultHash;
        contribution.resultSeal = resultSeal;
        contribution.enclaveChallenge = enclaveChallenge;
        task.contributors.push(msg.sender);
        Escrow.lock(msg.sender, deal.workerStake);
        emit TaskContribute(taskid, msg.sender, resultHash);

        weigh($, contribution, taskid, resultHash);
        checkConsensus($, task, deal.trust, taskid, resultHash);
    }

    /// @inheritdoc IPocoTasks
    /// @dev For deals of trust 1, where one authorised worker is enough: it needs no stake, for nobody could contradict it.
    function contributeAndFinalize(
        bytes32 taskid,
        bytes32 resultDigest,
        bytes calldata results,
        bytes calldata resultsCallback,
        address enclaveChallenge,
        bytes calldata enclaveSign,
        bytes calldata authorizationSign
    ) external {
        requireAlone(taskid, resultDigest, resultsCallback);
        requireAuthorized(taskid, enclaveChallenge, authorizationSign);
        recordProof(taskid, resultDigest, enclaveChallenge, enclaveSign);
        completeAlone(taskid, resultDigest, results, resultsCallback);
    }

    /// @inheritdoc IPocoTasks
    function reveal(bytes32 taskid, bytes32 resultDigest) external {
        PocoStorage.Layout storage $ = PocoStorage.load();
        Task storage task = $.tasks[taskid];
        Contribution storage contribution = $.contributions[taskid][msg.sender];
        require(task.status == TaskStatus.REVEALING);
        require(block.timestamp < task.revealDeadline);
        require(contribution.status == ContributionStatus.CONTRIBUTED);
        require(contribution.resultHash == task.consensusValue);
        require(contribution.resultHash == keccak256(abi.encodePacked(taskid, resultDigest)));
        require(contribution.resultSeal == keccak256(abi.encodePacked(msg.sender, taskid, resultDigest)));

        contribution.status = ContributionStatus.PROVED;
        task.revealCounter += 1;
        task.resultDigest = resultDigest;
        emit TaskReveal(taskid, msg.sender, resultDigest);
    }

    /// @inheritdoc IPocoTasks
    /// @dev When all winners kept silent. Their contributions are rejected and can never be repeated; the contribution
    /// deadline stays, so a late reopening may leave no time for new ones.
    function reopen(bytes32 taskid) external {
        PocoStorage.Layout storage $ = PocoStorage.load();
        Task storage task = $.tasks[taskid];
        require(msg.sender == $.deals[task.dealid].workerpool.owner);
        require(task.status == TaskStatus.REVEALING);
        require(block.timestamp < task.finalDeadline);
        require(block.timestamp >= task.revealDeadline && task.revealCounter == 0);

        bytes32 silent = task.consensusValue;
        uint256 count = task.contributors.length;
        for (uint256 i = 0; i < count; ++i) {
            Contribution storage contribution = $.contributions[taskid][task.contributors[i]];
            if (contribution.resultHash == silent) contribution.status = ContributionStatus.REJECTED;
        }
        Consensus storage consensus = $.consensus[taskid];
        consensus.total -= consensus.group[silent];
        consensus.group[silent] = 0;
        task.status = TaskStatus.ACTIVE;
        task.consensusValue = 0;
        task.revealDeadline = 0;
        task.winnerCounter = 0;
        emit TaskReopen(taskid);
    }

    /// @inheritdoc IPocoTasks
    function finalize(bytes32 taskid, bytes calldata results, bytes calldata resultsCallback) external {
        PocoStorage.Layout storage $ = PocoStorage.load();
        Task storage task = $.tasks[taskid];
        Deal storage deal = $.deals[task.dealid];
        require(msg.sender == deal.workerpool.owner);
        require(task.status == TaskStatus.REVEALING);
        require(block.timestamp < task.finalDeadline);
        require(
            task.revealCounter == task.winnerCounter
                || (task.revealCounter > 0 && block.timestamp >= task.revealDeadline)
        );
        requireCallbackRule(deal, task.resultDigest, resultsCallback);

        task.status = TaskStatus.COMPLETED;
        task.results = results;
        task.resultsCallback = resultsCallback;
        Settlement.success(taskid);
        emit TaskFinalize(taskid, results);
        callBack($, task.dealid, taskid, resultsCallback);
    }

    /// @inheritdoc IPocoTasks
    function claim(bytes32 taskid) public {
        Task storage task = PocoStorage.load().tasks[taskid];
        require(task.status == TaskStatus.ACTIVE || task.status == TaskStatus.REVEALING);
        require(block.timestamp >= task.finalDeadline);
        task.status = TaskStatus.FAILED;
        Settlement.failure(taskid);
        emit TaskClaimed(taskid);
    }

    /// @inheritdoc IPocoTasks
    function initializeArray(bytes32[] calldata dealids, uint256[] calldata idxs) external returns (bool) {
        require(dealids.length == idxs.length);
        for (uint256 i = 0; i < dealids.length; ++i) {
            initialize(dealids[i], idxs[i]);
        }
        return true;
    }

    /// @inheritdoc IPocoTasks
    function claimArray(bytes32[] calldata taskids) external returns (bool) {
        for (uint256 i = 0; i < taskids.length; ++i) {
            claim(taskids[i]);
        }
        return true;
    }

    /// @inheritdoc IPocoTasks
    function initializeAndClaimArray(bytes32[] calldata dealids, uint256[] calldata idxs) external returns (bool) {
        require(dealids.length == idxs.length);
        for (uint256 i = 0; i < dealids.length; ++i) {
            claim(initialize(dealids[i], idxs[i]));
        }
        return true;
    }

    /// The scheduler, or the TEE broker where an enclave contributes, let this worker in. A tag that asks for TEE needs an
    /// enclave.
    function requireAuthorized(bytes32 taskid, address enclaveChallenge, bytes calldata authorizationSign)
        private
        view
    {
        PocoStorage.Layout storage $ = PocoStorage.load();
        Deal storage deal = $.deals[$.tasks[taskid].dealid];
        require(enclaveChallenge != address(0) || deal.tag & TAG_TEE == 0);
        address signer =
            enclaveChallenge != address(0) && $.teebroker != address(0) ? $.teebroker : deal.workerpool.owner;
        bytes32 message = keccak256(abi.encodePacked(msg.sender, taskid, enclaveChallenge));
        require(Signatures.verifyMessage(signer, message, authorizationSign));
    }

    /// An enclave, if there is one, signed this very contribution.
    function requireEnclave(
        address enclaveChallenge,
        bytes32 resultHash,
        bytes32 resultSeal,
        bytes calldata enclaveSign
    ) private view {
        if (enclaveChallenge == address(0)) return;
        bytes32 message = keccak256(abi.encodePacked(resultHash, resultSeal));
        require(Signatures.verifyMessage(enclaveChallenge, message, enclaveSign));
    }

    /// What is pushed to a callback is exactly what the workers agreed on; without a callback nothing is.
    function requireCallbackRule(Deal storage deal, bytes32 resultDigest, bytes calldata resultsCallback) private view {
        require(
            (deal.callback == address(0) && resultsCallback.length == 0) || keccak256(resultsCallback) == resultDigest
        );
    }

    /// What `contributeAndFinalize` asks of the task: open, nobody before, and a deal that trusts a single worker.
    function requireAlone(bytes32 taskid, bytes32 resultDigest, bytes calldata resultsCallback) private view {
        PocoStorage.Layout storage $ = PocoStorage.load();
        Task storage task = $.tasks[taskid];
        Deal storage deal = $.deals[task.dealid];
        require(task.status == TaskStatus.ACTIVE);
        require(block.timestamp < task.contributionDeadline);
        require(task.contributors.length == 0);
        require(deal.trust == 1);
        requireCallbackRule(deal, resultDigest, resultsCallback);
    }

    function recordProof(bytes32 taskid, bytes32 resultDigest, address enclaveChallenge, bytes calldata enclaveSign)
        private
    {
        bytes32 resultHash = keccak256(abi.encodePacked(taskid, resultDigest));
        bytes32 resultSeal = keccak256(abi.encodePacked(msg.sender, taskid, resultDigest));
        requireEnclave(enclaveChallenge, resultHash, resultSeal, enclaveSign);
        Contribution storage contribution = PocoStorage.load().contributions[taskid][msg.sender];
        contribution.status = ContributionStatus.PROVED;
        contribution.resultHash = resultHash;
        contribution.resultSeal = resultSeal;
        contribution.enclaveChallenge = enclaveChallenge;
    }

    function completeAlone(bytes32 taskid, bytes32 resultDigest, bytes calldata results, bytes calldata resultsCallback)
        private
    {
        PocoStorage.Layout storage $ = PocoStorage.load();
        Task storage task = $.tasks[taskid];
        bytes32 resultHash = keccak256(abi.encodePacked(taskid, resultDigest));
        task.status = TaskStatus.COMPLETED;
        task.consensusValue = resultHash;
        task.revealDeadline = block.timestamp + task.timeref * REVEAL_DEADLINE_RATIO;
        task.revealCounter = 1;
        task.winnerCounter = 1;
        task.resultDigest = resultDigest;
        task.results = results;
        task.resultsCallback = resultsCallback;
        task.contributors.push(msg.sender);
        Settlement.successFast(taskid);
        emit TaskContribute(taskid, msg.sender, resultHash);
        emit TaskConsensus(taskid, resultHash);
        emit TaskReveal(taskid, msg.sender, resultDigest);
        emit TaskFinalize(taskid, results);
        callBack($, task.dealid, taskid, resultsCallback);
    }

    /// Multiplies the worker's weight into the group of its result. A new worker weighs 2; the logarithm is kept for the
    /// reward, so that a strong worker earns more but not everything.
    function weigh(PocoStorage.Layout storage $, Contribution storage contribution, bytes32 taskid, bytes32 resultHash)
        private
    {
        uint256 weight = Math.max($.scores[msg.sender] / 3, 3) - 1;
        Consensus storage consensus = $.consensus[taskid];
        uint256 group = consensus.group[resultHash];
        uint256 delta = Math.max(group, 1) * weight - group;
        contribution.weight = Math.log2(weight);
        consensus.group[resultHash] = group + delta;
        consensus.total += delta;
    }

    /// Consensus once the group's share of all weights exceeds 1 − 1/trust. Only the group just contributed to can have
    /// grown. Contributions rejected by a reopening are not winners.
    function checkConsensus(
        PocoStorage.Layout storage $,
        Task storage task,
        uint256 trust,
        bytes32 taskid,
        bytes32 resultHash
    ) private {
        Consensus storage consensus = $.consensus[taskid];
        if (consensus.group[resultHash] * trust <= consensus.total * (trust - 1)) return;
        uint256 winners = 0;
        uint256 count = task.contributors.length;
        for (uint256 i = 0; i < count; ++i) {
            Contribution storage contribution = $.contributions[taskid][task.contributors[i]];
            if (contribution.resultHash == resultHash && contribution.status == ContributionStatus.CONTRIBUTED) {
                ++winners;
            }
        }
        task.status = TaskStatus.REVEALING;
        task.consensusValue = resultHash;
        task.revealDeadline = block.timestamp + task.timeref * REVEAL_DEADLINE_RATIO;
        task.revealCounter = 0;
        task.winnerCounter = winners;
        emit TaskConsensus(taskid, resultHash);
    }

    /// EIP-1154 push with a fixed amount of gas. Its failure is the requester's affair and is ignored, but the caller must have
    /// offered the gas: since EIP-150 forwards 63/64 of what is left, this remainder proves that it did.
    function callBack(PocoStorage.Layout storage $, bytes32 dealid, bytes32 taskid, bytes calldata resultsCallback)
        private
    {
        address target = $.deals[dealid].callback;
        if (target == address(0)) return;
        uint256 callbackgas = $.callbackgas;
        (bool ignored,) =
            target.call{gas: callbackgas}(abi.encodeCall(IOracleConsumer.receiveResult, (taskid, resultsCallback)));
        ignored;
        assert(gasleft() > callbackgas / 63);
    }
}
