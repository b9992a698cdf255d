// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm, Vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Hashes} from "./base/Hashes.sol";
import {Hub} from "./base/Abi.sol";
import "./base/Types.sol";

/// Chapter 1.6: the scheduler closes a task. The money of it is in Rewards.t.sol, the callback in Callback.t.sol.
contract FinalizeTest is World {
    bytes32 private taskid;

    function setUp() public override {
        super.setUp();
        taskid = revealing();
    }

    function refused() private {
        refuses(actor(SCHEDULER), abi.encodeCall(Hub.finalize, (taskid, bytes("results"), bytes(""))), "");
    }

    function bothReveal() private {
        reveal(0, taskid, DIGEST);
        reveal(1, taskid, DIGEST);
    }

    function test_all_revealed_at_once() public {
        bothReveal();
        vm.recordLogs();
        finalize(taskid);
        Vm.Log[] memory logs = hubLogs();
        Vm.Log memory last = logs[logs.length - 1];
        vm.assertEq(last.topics[0], keccak256("TaskFinalize(bytes32,bytes)"), "its name");
        vm.assertEq(last.topics[1], taskid, "its task");
        vm.assertEq(last.data, abi.encode(bytes("results")), "its results");
        Task memory t = hub.viewTask(taskid);
        vm.assertEq(t.status, 3, "COMPLETED");
        vm.assertEq(t.results, "results", "results");
        vm.assertEq(t.resultsCallback, "", "no callback data");
        vm.assertEq(t.resultsTimestamp, 0, "never set");
        vm.assertEq(t.resultDigest, DIGEST, "digest");
    }

    function test_some_revealed_only_from_the_reveal_deadline_on() public {
        reveal(0, taskid, DIGEST);
        refused();
        vm.warp(hub.viewTask(taskid).revealDeadline - 1);
        refused();
        vm.warp(block.timestamp + 1);
        finalize(taskid);
    }

    function test_nobody_revealed() public {
        vm.warp(hub.viewTask(taskid).revealDeadline);
        refused();
    }

    function test_the_last_second() public {
        bothReveal();
        vm.warp(hub.viewTask(taskid).finalDeadline);
        refused();
        vm.warp(block.timestamp - 1);
        finalize(taskid);
    }

    function test_only_the_pools_owner_of_the_deal() public {
        bothReveal();
        bytes memory call = abi.encodeCall(Hub.finalize, (taskid, bytes("results"), bytes("")));
        refuses(actor(ANYONE), call, "");
        refuses(worker(0), call, "");
        vm.prank(actor(SCHEDULER));
        poolRegistry.transferFrom(actor(SCHEDULER), actor(ANYONE), uint256(uint160(pool)));
        refuses(actor(ANYONE), call, "");
        finalize(taskid);
    }

    function test_only_once_and_only_after_the_consensus() public {
        bothReveal();
        finalize(taskid);
        refused();
        taskid = task(4);
        refused();
        taskid = bytes32(uint256(1));
        refused();
    }

    function test_no_callback_data_without_a_callback() public {
        bothReveal();
        refuses(actor(SCHEDULER), abi.encodeCall(Hub.finalize, (taskid, bytes("results"), bytes("x"))), "");
    }
}
