// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm, Vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Hashes} from "./base/Hashes.sol";
import {Hub} from "./base/Abi.sol";
import "./base/Types.sol";

/// Chapter 1.6: a task that was not finished in time is refunded by anyone.
contract ClaimTest is World {
    uint256 private constant PRICE = APP_PRICE + POOL_PRICE;

    function refused(bytes32 taskid) private {
        refuses(actor(ANYONE), abi.encodeCall(Hub.claim, (taskid)), "");
    }

    function test_from_the_final_deadline_on() public {
        bytes32 taskid = task(4);
        vm.warp(hub.viewTask(taskid).finalDeadline - 1);
        refused(taskid);
        vm.warp(block.timestamp + 1);
        vm.recordLogs();
        vm.prank(actor(ANYONE));
        hub.claim(taskid);
        Vm.Log[] memory logs = hubLogs();
        bool told;
        for (uint256 i; i < logs.length; i++) {
            if (logs[i].topics[0] != keccak256("TaskClaimed(bytes32)")) continue;
            vm.assertEq(logs[i].topics[1], taskid, "its task");
            told = true;
        }
        vm.assertTrue(told, "TaskClaimed");
        vm.assertEq(status(taskid), 4, "FAILED");
        refused(taskid);
    }

    function test_neither_unset_nor_completed() public {
        bytes32 done = task(1);
        rush(0, done, DIGEST, "");
        vm.warp(block.timestamp + 20 * T);
        refused(done);
        refused(Hashes.taskid(bytes32(uint256(1)), 0));
    }

    function settle(bytes32 taskid, uint256 contributors) private {
        address kitty = hub.kitty_address();
        (, uint256 kittyBefore) = money(kitty);
        vm.warp(hub.viewTask(taskid).finalDeadline);
        hub.claim(taskid);
        vm.assertEq(hub.balanceOf(actor(REQUESTER)), RICH, "refunded whole");
        vm.assertEq(hub.frozenOf(actor(REQUESTER)), 0, "nothing locked");
        vm.assertEq(hub.balanceOf(actor(SCHEDULER)), RICH - 3e9, "scheduler's stake is lost");
        vm.assertEq(hub.frozenOf(actor(SCHEDULER)), 0, "none of it locked");
        (uint256 free, uint256 locked) = money(kitty);
        vm.assertEq(free, 0, "the kitty spends nothing");
        vm.assertEq(locked, kittyBefore + 3e9, "it is in the kitty");
        for (uint256 w; w < contributors; w++) {
            vm.assertEq(hub.balanceOf(worker(w)), RICH, "worker unlocked");
            vm.assertEq(hub.frozenOf(worker(w)), 0, "worker's lock");
            vm.assertEq(hub.viewScore(worker(w)), 7, "score untouched");
        }
    }

    function scores() private {
        for (uint256 w; w < 4; w++) {
            setScore(worker(w), 7);
        }
    }

    function test_money_of_an_active_task() public {
        scores();
        bytes32 taskid = task(50);
        contribute(0, taskid, DIGEST);
        contribute(1, taskid, keccak256("wrong"));
        settle(taskid, 2);
    }

    function test_money_of_a_revealing_task() public {
        scores();
        bytes32 taskid = revealing();
        reveal(0, taskid, DIGEST);
        settle(taskid, 2);
    }

    function test_money_of_a_reopened_task() public {
        scores();
        bytes32 taskid = revealing();
        vm.warp(hub.viewTask(taskid).revealDeadline);
        vm.prank(actor(SCHEDULER));
        hub.reopen(taskid);
        contribute(2, taskid, DIGEST);
        settle(taskid, 3);
    }

    function test_events_of_a_claim() public {
        bytes32 taskid = task(4);
        contribute(0, taskid, DIGEST);
        vm.warp(hub.viewTask(taskid).finalDeadline);
        vm.recordLogs();
        hub.claim(taskid);
        Vm.Log[] memory logs = hubLogs();
        string[10] memory names = [
            "Transfer(address,address,uint256)",
            "Unlock(address,uint256)",
            "Seize(address,uint256,bytes32)",
            "Transfer(address,address,uint256)",
            "Reward(address,uint256,bytes32)",
            "Transfer(address,address,uint256)",
            "Lock(address,uint256)",
            "Transfer(address,address,uint256)",
            "Unlock(address,uint256)",
            "TaskClaimed(bytes32)"
        ];
        vm.assertEq(logs.length, names.length, "events");
        for (uint256 i; i < names.length; i++) {
            vm.assertEq(logs[i].topics[0], keccak256(bytes(names[i])), names[i]);
        }
        vm.assertEq(logs[1].data, abi.encode(actor(REQUESTER), PRICE), "the payer first");
        vm.assertEq(logs[2].data, abi.encode(actor(SCHEDULER), 3e9, taskid), "then the scheduler's stake");
        vm.assertEq(logs[4].data, abi.encode(hub.kitty_address(), 3e9, taskid), "to the kitty");
        vm.assertEq(logs[8].data, abi.encode(worker(0), 3e9), "then each worker");
    }

    function test_arrays_are_all_or_nothing() public {
        Orders memory o = orders();
        o.request.volume = 3;
        bytes32 dealid = signAndMatch(o);
        bytes32[] memory ids = new bytes32[](2);
        ids[0] = hub.initialize(dealid, 0);
        ids[1] = Hashes.taskid(dealid, 1);
        vm.warp(block.timestamp + 10 * T);
        refuses(actor(ANYONE), abi.encodeCall(Hub.claimArray, (ids)), "");
        vm.assertEq(status(ids[0]), 1, "ACTIVE still");
        hub.initialize(dealid, 1);
        vm.assertTrue(hub.claimArray(ids), "true");
        vm.assertEq(status(ids[0]), 4, "FAILED");
        vm.assertEq(status(ids[1]), 4, "FAILED");
    }

    function test_never_initialized_tasks_in_one_go() public {
        Orders memory o = orders();
        o.request.volume = 2;
        bytes32 dealid = signAndMatch(o);
        bytes32[] memory deals = new bytes32[](2);
        uint256[] memory indexes = new uint256[](2);
        (deals[0], deals[1], indexes[1]) = (dealid, dealid, 1);
        bytes memory call = abi.encodeCall(Hub.initializeAndClaimArray, (deals, indexes));
        vm.warp(block.timestamp + 10 * T - 1);
        refuses(actor(ANYONE), call, "");
        vm.warp(block.timestamp + 1);
        vm.assertTrue(hub.initializeAndClaimArray(deals, indexes), "true");
        vm.assertEq(hub.balanceOf(actor(REQUESTER)), RICH, "refunded");
        vm.assertEq(status(Hashes.taskid(dealid, 1)), 4, "FAILED");
        vm.assertEq(hub.frozenOf(actor(SCHEDULER)), 0, "both stakes seized");
    }

    function test_the_rest_of_a_deal_goes_on() public {
        Orders memory o = orders();
        o.request.volume = 2;
        bytes32 dealid = signAndMatch(o);
        bytes32 first = hub.initialize(dealid, 0);
        rush(0, first, DIGEST, "");
        bytes32 second = hub.initialize(dealid, 1);
        vm.assertEq(hub.frozenOf(actor(REQUESTER)), PRICE, "one price left locked");
        vm.warp(hub.viewTask(second).finalDeadline);
        hub.claim(second);
        vm.assertEq(hub.balanceOf(actor(REQUESTER)), RICH - PRICE, "one task was paid, one refunded");
    }
}
