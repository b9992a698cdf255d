// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm, Vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Hashes} from "./base/Hashes.sol";
import {Wallet} from "./base/Doubles.sol";
import {Hub, HubAdmin} from "./base/Abi.sol";
import "./base/Types.sol";

/// Chapter 1.6: who may contribute, when, on whose word, and what it costs.
contract ContributeTest is World {
    bytes32 private taskid;

    function setUp() public override {
        super.setUp();
        taskid = task(4);
    }

    function call(uint256 w, bytes32 id, address enclave, bytes memory enclaveSign, bytes memory authorization)
        private
        returns (bytes memory)
    {
        bytes32 seal = Hashes.resultSeal(worker(w), id, DIGEST);
        return
            abi.encodeCall(
                Hub.contribute, (id, Hashes.resultHash(id, DIGEST), seal, enclave, enclaveSign, authorization)
            );
    }

    function plain(uint256 w) private returns (bytes memory) {
        return call(w, taskid, address(0), "", authorize(worker(w), taskid, address(0)));
    }

    function accepted(uint256 w, bytes memory data) private {
        vm.prank(worker(w));
        (bool done,) = address(hub).call(data);
        vm.assertTrue(done, "contributed");
    }

    function enclaveSignature(uint256 w, bytes32 id) private returns (bytes memory) {
        bytes32 seal = Hashes.resultSeal(worker(w), id, DIGEST);
        return signMessage(ENCLAVE, keccak256(abi.encodePacked(Hashes.resultHash(id, DIGEST), seal)));
    }

    function teeTask() private returns (bytes32) {
        Orders memory o = ordersOfTrust(4);
        o.app.tag = o.pool.tag = bytes32(uint256(1));
        return taskOf(o);
    }

    function test_what_is_written_locked_and_told() public {
        (uint256 before,) = money(worker(0));
        vm.recordLogs();
        contribute(0, taskid, DIGEST);
        Vm.Log[] memory logs = hubLogs();
        vm.assertEq(logs.length, 3, "Transfer, Lock, TaskContribute");
        vm.assertEq(logs[1].data, abi.encode(worker(0), 3e9), "Lock");
        vm.assertEq(logs[2].topics[0], keccak256("TaskContribute(bytes32,address,bytes32)"), "its name");
        vm.assertEq(logs[2].topics[1], taskid, "its task");
        vm.assertEq(logs[2].topics[2], bytes32(uint256(uint160(worker(0)))), "its worker");
        vm.assertEq(logs[2].data, abi.encode(Hashes.resultHash(taskid, DIGEST)), "its hash");
        (uint256 stake, uint256 locked) = money(worker(0));
        vm.assertEq(stake, before - 3e9, "stake");
        vm.assertEq(locked, 3e9, "locked");
        Contribution memory c = hub.viewContribution(taskid, worker(0));
        vm.assertEq(c.status, 1, "CONTRIBUTED");
        vm.assertEq(c.resultHash, Hashes.resultHash(taskid, DIGEST), "hash");
        vm.assertEq(c.resultSeal, Hashes.resultSeal(worker(0), taskid, DIGEST), "seal");
        vm.assertEq(c.enclaveChallenge, address(0), "no enclave");
        vm.assertEq(c.weight, 1, "log2 of 2");
        Task memory t = hub.viewTask(taskid);
        vm.assertEq(t.status, 1, "ACTIVE still");
        vm.assertEq(t.contributors.length, 1, "one contributor");
        vm.assertEq(t.contributors[0], worker(0), "the worker");
    }

    function test_consensus_is_told_and_starts_the_reveal() public {
        contribute(0, taskid, DIGEST);
        vm.warp(block.timestamp + 5);
        vm.recordLogs();
        contribute(1, taskid, DIGEST);
        Vm.Log[] memory logs = hubLogs();
        vm.assertEq(logs.length, 4, "one event more");
        vm.assertEq(logs[3].topics[0], keccak256("TaskConsensus(bytes32,bytes32)"), "its name");
        vm.assertEq(logs[3].topics[1], taskid, "its task");
        vm.assertEq(logs[3].data, abi.encode(Hashes.resultHash(taskid, DIGEST)), "its value");
        Task memory t = hub.viewTask(taskid);
        vm.assertEq(t.status, 2, "REVEALING");
        vm.assertEq(t.consensusValue, Hashes.resultHash(taskid, DIGEST), "value");
        vm.assertEq(t.revealDeadline, block.timestamp + 2 * T, "reveal deadline counts from here");
        vm.assertEq(t.winnerCounter, 2, "winners");
        vm.assertEq(t.revealCounter, 0, "no reveal");
    }

    function test_the_last_second() public {
        vm.warp(hub.viewTask(taskid).contributionDeadline - 1);
        accepted(0, plain(0));
        vm.warp(block.timestamp + 1);
        refuses(worker(1), plain(1), "");
        vm.warp(block.timestamp + 1);
        refuses(worker(1), plain(1), "");
    }

    function test_only_an_active_task() public {
        bytes32 unset = Hashes.taskid(bytes32(uint256(1)), 0);
        refuses(worker(0), call(0, unset, address(0), "", authorize(worker(0), unset, address(0))), "");
        contribute(0, taskid, DIGEST);
        contribute(1, taskid, DIGEST);
        refuses(worker(2), plain(2), "");
    }

    function test_only_once() public {
        accepted(0, plain(0));
        refuses(worker(0), plain(0), "");
    }

    function test_only_with_the_pool_owners_word_for_this_worker_task_and_enclave() public {
        bytes32 h = Hashes.authorization(worker(0), taskid, address(0));
        refuses(worker(0), call(0, taskid, address(0), "", signMessage(ANYONE, h)), "");
        refuses(worker(0), call(0, taskid, address(0), "", signDigest(SCHEDULER, h)), "");
        refuses(worker(0), call(0, taskid, address(0), "", authorize(worker(1), taskid, address(0))), "");
        bytes32 other = task(4);
        refuses(worker(0), call(0, taskid, address(0), "", authorize(worker(0), other, address(0))), "");
        refuses(worker(0), call(0, taskid, address(0), "", authorize(worker(0), taskid, actor(ENCLAVE))), "");
        refuses(worker(0), call(0, taskid, address(0), "", ""), "invalid-signature-format");
        accepted(0, plain(0));
    }

    function test_a_compact_authorization() public {
        bytes32 digest = ethSigned(Hashes.authorization(worker(0), taskid, address(0)));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key(SCHEDULER), digest);
        bytes memory compact = abi.encodePacked(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
        accepted(0, call(0, taskid, address(0), "", compact));
    }

    function test_the_owner_of_the_deal_counts_not_the_owner_of_today() public {
        vm.prank(actor(SCHEDULER));
        poolRegistry.transferFrom(actor(SCHEDULER), actor(ANYONE), uint256(uint160(pool)));
        bytes32 h = Hashes.authorization(worker(0), taskid, address(0));
        refuses(worker(0), call(0, taskid, address(0), "", signMessage(ANYONE, h)), "");
        accepted(0, plain(0));
    }

    function test_a_pool_owner_that_is_a_contract() public {
        address wallet = address(new Wallet("go"));
        fund(wallet, RICH);
        vm.prank(actor(SCHEDULER));
        poolRegistry.transferFrom(actor(SCHEDULER), wallet, uint256(uint160(pool)));
        Orders memory o = sign(ordersOfTrust(4));
        o.pool.sign = "go";
        bytes32 id = hub.initialize(matchSigned(o), 0);
        refuses(worker(0), call(0, id, address(0), "", authorize(worker(0), id, address(0))), "");
        accepted(0, call(0, id, address(0), "", "go"));
    }

    function test_the_stake_to_the_last_unit() public {
        keepOnly(worker(0), 3e9 - 1);
        refuses(worker(0), plain(0), "IexecEscrow: Transfer amount exceeds balance");
        keepOnly(worker(0), 3e9);
        accepted(0, plain(0));
        vm.assertEq(hub.balanceOf(worker(0)), 0, "all of it");
    }

    function test_a_tee_task_needs_an_enclave_and_its_signature() public {
        bytes32 id = teeTask();
        refuses(worker(0), call(0, id, address(0), "", authorize(worker(0), id, address(0))), "");
        bytes memory authorization = authorize(worker(0), id, actor(ENCLAVE));
        refuses(worker(0), call(0, id, actor(ENCLAVE), "", authorization), "invalid-signature-format");
        refuses(worker(0), call(0, id, actor(ENCLAVE), enclaveSignature(1, id), authorization), "");
        accepted(0, call(0, id, actor(ENCLAVE), enclaveSignature(0, id), authorization));
        vm.assertEq(hub.viewContribution(id, worker(0)).enclaveChallenge, actor(ENCLAVE), "kept");
    }

    function test_an_enclave_outside_tee_is_checked_too() public {
        bytes memory authorization = authorize(worker(0), taskid, actor(ENCLAVE));
        refuses(worker(0), call(0, taskid, actor(ENCLAVE), new bytes(65), authorization), "");
        accepted(0, call(0, taskid, actor(ENCLAVE), enclaveSignature(0, taskid), authorization));
    }

    function test_without_an_enclave_its_signature_is_not_read() public {
        accepted(0, call(0, taskid, address(0), new bytes(32), authorize(worker(0), taskid, address(0))));
    }

    function test_a_broker_signs_for_enclaves_and_only_for_them() public {
        vm.prank(actor(ADMIN));
        HubAdmin(address(hub)).setTeeBroker(actor(BROKER));
        vm.assertEq(hub.teebroker(), actor(BROKER), "broker");
        bytes32 id = teeTask();
        bytes32 h = Hashes.authorization(worker(0), id, actor(ENCLAVE));
        bytes memory proof = enclaveSignature(0, id);
        refuses(worker(0), call(0, id, actor(ENCLAVE), proof, signMessage(SCHEDULER, h)), "");
        accepted(0, call(0, id, actor(ENCLAVE), proof, signMessage(BROKER, h)));
        h = Hashes.authorization(worker(0), taskid, address(0));
        refuses(worker(0), call(0, taskid, address(0), "", signMessage(BROKER, h)), "");
        accepted(0, plain(0));
    }

    function test_only_the_owner_sets_the_broker() public {
        vm.prank(actor(ANYONE));
        (bool done,) = address(hub).call(abi.encodeCall(HubAdmin.setTeeBroker, (actor(ANYONE))));
        vm.assertFalse(done, "refused");
    }
}
