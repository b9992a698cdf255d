// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm, Vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Hashes} from "./base/Hashes.sol";
import {Hub} from "./base/Abi.sol";
import "./base/Types.sol";

/// Chapter 1.6: one worker does it all in one transaction, for a deal of trust 1.
contract ContributeAndFinalizeTest is World {
    bytes32 private taskid;

    function setUp() public override {
        super.setUp();
        taskid = task(1);
    }

    function call(bytes32 id, address enclave, bytes memory proof, bytes memory word)
        private
        pure
        returns (bytes memory)
    {
        return
            abi.encodeCall(Hub.contributeAndFinalize, (id, DIGEST, bytes("results"), bytes(""), enclave, proof, word));
    }

    function plain(bytes32 id) private returns (bytes memory) {
        return call(id, address(0), "", authorize(worker(0), id, address(0)));
    }

    function test_all_four_events_and_the_end_state() public {
        vm.recordLogs();
        rush(0, taskid, DIGEST, "");
        Vm.Log[] memory logs = hubLogs();
        string[4] memory names = [
            "TaskContribute(bytes32,address,bytes32)",
            "TaskConsensus(bytes32,bytes32)",
            "TaskReveal(bytes32,address,bytes32)",
            "TaskFinalize(bytes32,bytes)"
        ];
        uint256 next;
        for (uint256 i; i < logs.length && next < 4; i++) {
            if (logs[i].topics[0] != keccak256(bytes(names[next]))) continue;
            vm.assertEq(logs[i].topics[1], taskid, "its task");
            next++;
        }
        vm.assertEq(next, 4, "each event in its order");
        Task memory t = hub.viewTask(taskid);
        vm.assertEq(t.status, 3, "COMPLETED");
        vm.assertEq(t.consensusValue, Hashes.resultHash(taskid, DIGEST), "consensus");
        vm.assertEq(t.resultDigest, DIGEST, "digest");
        vm.assertEq(t.results, "results", "results");
        vm.assertEq(t.revealCounter, 1, "one reveal");
        vm.assertEq(t.winnerCounter, 1, "one winner");
        vm.assertEq(t.contributors.length, 1, "one contributor");
        vm.assertEq(t.revealDeadline, block.timestamp + 2 * T, "reveal deadline");
        Contribution memory c = hub.viewContribution(taskid, worker(0));
        vm.assertEq(c.status, 2, "PROVED");
        vm.assertEq(c.resultHash, Hashes.resultHash(taskid, DIGEST), "hash");
        vm.assertEq(c.resultSeal, Hashes.resultSeal(worker(0), taskid, DIGEST), "seal");
    }

    function test_money_without_a_stake() public {
        setPolicy(30, 33);
        Orders memory o = ordersWithDataset();
        o.pool.workerpoolprice = 7;
        bytes32 id = taskOf(o);
        keepOnly(worker(0), 0);
        setScore(worker(0), 9);
        uint256 scheduler = hub.balanceOf(actor(SCHEDULER));
        rush(0, id, DIGEST, "");
        vm.assertEq(hub.balanceOf(worker(0)), 4, "7 x 67 %, rounded down");
        vm.assertEq(hub.frozenOf(worker(0)), 0, "nothing was locked");
        vm.assertEq(hub.balanceOf(actor(SCHEDULER)), scheduler + 2 + 3, "its stake and the rest");
        vm.assertEq(hub.balanceOf(actor(APP_OWNER)), RICH + APP_PRICE, "app owner");
        vm.assertEq(hub.balanceOf(actor(DATASET_OWNER)), RICH + DATASET_PRICE, "dataset owner");
        vm.assertEq(hub.viewScore(worker(0)), 9, "no score");
    }

    function test_the_last_second() public {
        vm.warp(hub.viewTask(taskid).contributionDeadline);
        refuses(worker(0), plain(taskid), "");
        vm.warp(block.timestamp - 1);
        rush(0, taskid, DIGEST, "");
    }

    function test_only_trust_1() public {
        refuses(worker(0), plain(task(2)), "");
        Orders memory o = orders();
        o.request.trust = 0;
        rush(0, taskOf(o), DIGEST, "");
    }

    function test_only_an_active_task_and_once() public {
        refuses(worker(0), plain(bytes32(uint256(1))), "");
        rush(0, taskid, DIGEST, "");
        refuses(worker(0), plain(taskid), "");
    }

    function test_only_as_the_first_contributor() public {
        contribute(1, taskid, DIGEST);
        refuses(worker(0), plain(taskid), "");
        vm.warp(hub.viewTask(taskid).revealDeadline);
        vm.prank(actor(SCHEDULER));
        hub.reopen(taskid);
        vm.assertEq(status(taskid), 1, "ACTIVE again");
        refuses(worker(0), plain(taskid), "");
    }

    function test_only_with_the_schedulers_word() public {
        bytes32 h = Hashes.authorization(worker(0), taskid, address(0));
        refuses(worker(0), call(taskid, address(0), "", signMessage(ANYONE, h)), "");
        refuses(worker(1), plain(taskid), "");
    }

    function test_an_enclaves_signature() public {
        bytes32 hash = Hashes.resultHash(taskid, DIGEST);
        bytes32 seal = Hashes.resultSeal(worker(0), taskid, DIGEST);
        bytes memory word = authorize(worker(0), taskid, actor(ENCLAVE));
        refuses(worker(0), call(taskid, actor(ENCLAVE), new bytes(65), word), "");
        bytes memory good =
            call(taskid, actor(ENCLAVE), signMessage(ENCLAVE, keccak256(abi.encodePacked(hash, seal))), word);
        vm.prank(worker(0));
        (bool done,) = address(hub).call(good);
        vm.assertTrue(done, "finalized");
    }

    function test_a_tee_task_needs_an_enclave() public {
        Orders memory o = orders();
        o.app.tag = o.pool.tag = bytes32(uint256(1));
        refuses(worker(0), plain(taskOf(o)), "");
    }

    function test_callback_data_must_be_the_digests() public {
        bytes memory word = authorize(worker(0), taskid, address(0));
        bytes memory data = abi.encodeCall(
            Hub.contributeAndFinalize,
            (taskid, keccak256("x"), bytes("results"), bytes("y"), address(0), bytes(""), word)
        );
        refuses(worker(0), data, "");
        Orders memory o = orders();
        o.request.callback = address(0xcb);
        bytes32 id = taskOf(o);
        refuses(worker(0), plain(id), "");
        rush(0, id, keccak256("x"), "x");
        vm.assertEq(hub.resultFor(id), "x", "kept");
    }
}
