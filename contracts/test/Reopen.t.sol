// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm, Vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Hashes} from "./base/Hashes.sol";
import {Hub} from "./base/Abi.sol";
import "./base/Types.sol";

/// Chapter 1.6: nobody revealed, so the scheduler opens the task to others.
contract ReopenTest is World {
    bytes32 private taskid;

    function setUp() public override {
        super.setUp();
        taskid = revealing();
    }

    function refused(address who) private {
        refuses(who, abi.encodeCall(Hub.reopen, (taskid)), "");
    }

    function reopen() private {
        vm.prank(actor(SCHEDULER));
        hub.reopen(taskid);
    }

    function test_from_the_reveal_deadline_on() public {
        vm.warp(hub.viewTask(taskid).revealDeadline - 1);
        refused(actor(SCHEDULER));
        vm.warp(block.timestamp + 1);
        refused(actor(ANYONE));
        uint256 deadline = hub.viewTask(taskid).contributionDeadline;
        vm.recordLogs();
        reopen();
        Vm.Log[] memory logs = hubLogs();
        vm.assertEq(logs.length, 1, "one event");
        vm.assertEq(logs[0].topics[0], keccak256("TaskReopen(bytes32)"), "its name");
        vm.assertEq(logs[0].topics[1], taskid, "its task");
        Task memory t = hub.viewTask(taskid);
        vm.assertEq(t.status, 1, "ACTIVE");
        vm.assertEq(t.consensusValue, bytes32(0), "no consensus");
        vm.assertEq(t.revealDeadline, 0, "no reveal deadline");
        vm.assertEq(t.winnerCounter, 0, "no winners");
        vm.assertEq(t.contributionDeadline, deadline, "the contribution deadline stays");
        vm.assertEq(t.contributors.length, 2, "contributors stay");
        vm.assertEq(hub.viewContribution(taskid, worker(0)).status, 3, "REJECTED");
        vm.assertEq(hub.viewContribution(taskid, worker(1)).status, 3, "REJECTED");
        vm.assertEq(hub.frozenOf(worker(0)), 3e9, "stakes stay locked");
    }

    function test_only_a_revealing_task() public {
        vm.warp(hub.viewTask(taskid).revealDeadline);
        reopen();
        refused(actor(SCHEDULER));
        taskid = bytes32(uint256(1));
        refused(actor(SCHEDULER));
    }

    function test_not_when_somebody_revealed() public {
        reveal(0, taskid, DIGEST);
        vm.warp(hub.viewTask(taskid).revealDeadline);
        refused(actor(SCHEDULER));
    }

    function test_not_from_the_final_deadline_on() public {
        vm.warp(hub.viewTask(taskid).finalDeadline);
        refused(actor(SCHEDULER));
        vm.warp(block.timestamp - 1);
        reopen();
    }

    function test_a_rejected_worker_neither_reveals_nor_contributes_again() public {
        vm.warp(hub.viewTask(taskid).revealDeadline);
        reopen();
        bytes32 hash = Hashes.resultHash(taskid, DIGEST);
        bytes32 seal = Hashes.resultSeal(worker(0), taskid, DIGEST);
        bytes memory word = authorize(worker(0), taskid, address(0));
        refuses(worker(0), abi.encodeCall(Hub.contribute, (taskid, hash, seal, address(0), bytes(""), word)), "");
        contribute(2, taskid, DIGEST);
        vm.assertEq(status(taskid), 1, "the old weight is gone: one worker is not enough again");
        contribute(3, taskid, DIGEST);
        vm.assertEq(status(taskid), 2, "two are");
        vm.assertEq(hub.viewTask(taskid).winnerCounter, 2, "winners are the new ones");
        refuses(worker(0), abi.encodeCall(Hub.reveal, (taskid, DIGEST)), "");
    }

    function test_other_groups_keep_their_weight() public {
        bytes32 id = task(8);
        contribute(0, id, keccak256("minority"));
        setScore(worker(1), 300);
        contribute(1, id, DIGEST);
        vm.assertEq(status(id), 2, "99 against 2");
        taskid = id;
        vm.warp(hub.viewTask(id).revealDeadline);
        reopen();
        contribute(2, id, keccak256("minority"));
        contribute(3, id, keccak256("minority"));
        vm.assertEq(status(id), 2, "8 of 9 for trust 8: 64 > 63");
    }
}
