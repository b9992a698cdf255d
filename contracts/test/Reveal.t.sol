// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm, Vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Hashes} from "./base/Hashes.sol";
import {Hub} from "./base/Abi.sol";
import "./base/Types.sol";

/// Chapter 1.6: a winner shows the digest behind its hash and its seal.
contract RevealTest is World {
    bytes32 private taskid;

    function setUp() public override {
        super.setUp();
        taskid = task(5);
        contribute(3, taskid, keccak256("wrong"));
        for (uint256 w; w < 3; w++) {
            contribute(w, taskid, DIGEST);
        }
        vm.assertEq(status(taskid), 1, "3 against 1 is not enough for trust 5");
        setScore(actor(ANYONE), 30);
        bytes memory word = authorize(actor(ANYONE), taskid, address(0));
        vm.prank(actor(ANYONE));
        hub.contribute(taskid, Hashes.resultHash(taskid, DIGEST), 0, address(0), "", word);
        vm.assertEq(status(taskid), 2, "REVEALING");
    }

    function refused(address who, bytes32 digest) private {
        refuses(who, abi.encodeCall(Hub.reveal, (taskid, digest)), "");
    }

    function test_what_is_written_and_told() public {
        vm.recordLogs();
        reveal(0, taskid, DIGEST);
        Vm.Log[] memory logs = hubLogs();
        vm.assertEq(logs.length, 1, "one event");
        vm.assertEq(logs[0].topics[0], keccak256("TaskReveal(bytes32,address,bytes32)"), "its name");
        vm.assertEq(logs[0].topics[1], taskid, "its task");
        vm.assertEq(logs[0].topics[2], bytes32(uint256(uint160(worker(0)))), "its worker");
        vm.assertEq(logs[0].data, abi.encode(DIGEST), "its digest");
        Task memory t = hub.viewTask(taskid);
        vm.assertEq(t.revealCounter, 1, "counter");
        vm.assertEq(t.resultDigest, DIGEST, "digest");
        vm.assertEq(hub.viewContribution(taskid, worker(0)).status, 2, "PROVED");
    }

    function test_the_last_second() public {
        vm.warp(hub.viewTask(taskid).revealDeadline - 1);
        reveal(0, taskid, DIGEST);
        vm.warp(block.timestamp + 1);
        refused(worker(1), DIGEST);
    }

    function test_another_digest() public {
        refused(worker(0), keccak256("wrong"));
    }

    function test_twice() public {
        reveal(0, taskid, DIGEST);
        refused(worker(0), DIGEST);
    }

    function test_one_who_did_not_contribute() public {
        refused(actor(SPONSOR), DIGEST);
    }

    function test_a_loser_with_either_digest() public {
        refused(worker(3), keccak256("wrong"));
        refused(worker(3), DIGEST);
    }

    function test_a_copied_hash_has_no_seal() public {
        refused(actor(ANYONE), DIGEST);
    }

    function test_before_the_consensus_and_after_the_end() public {
        bytes32 active = task(4);
        contribute(0, active, DIGEST);
        refuses(worker(0), abi.encodeCall(Hub.reveal, (active, DIGEST)), "");
        reveal(0, taskid, DIGEST);
        vm.warp(hub.viewTask(taskid).revealDeadline);
        finalize(taskid);
        refused(worker(1), DIGEST);
    }
}
