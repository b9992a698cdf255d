// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm, Vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Hashes} from "./base/Hashes.sol";
import {Hub} from "./base/Abi.sol";
import "./base/Types.sol";

/// Chapter 1.6: a task of a deal comes to life, alone or in arrays.
contract InitializeTest is World {
    bytes32 private dealid;

    function setUp() public override {
        super.setUp();
        // A first deal of two takes indexes 0 and 1 of the request, this one 2 to 4.
        Orders memory o = orders();
        o.request.volume = 5;
        o.pool.volume = 2;
        signAndMatch(o);
        o.pool.volume = 3;
        dealid = signAndMatch(o);
    }

    function refused(bytes32 deal, uint256 index) private {
        refuses(actor(ANYONE), abi.encodeCall(Hub.initialize, (deal, index)), "");
    }

    function test_only_the_deals_own_indexes() public {
        refused(dealid, 0);
        refused(dealid, 1);
        refused(dealid, 5);
        refused(dealid, type(uint256).max);
        refused(bytes32(uint256(1)), 0);
        for (uint256 i = 2; i < 5; i++) {
            vm.prank(actor(ANYONE));
            vm.assertEq(hub.initialize(dealid, i), Hashes.taskid(dealid, i), "taskid");
        }
    }

    function test_only_once() public {
        hub.initialize(dealid, 2);
        refused(dealid, 2);
    }

    function test_what_is_written_and_told() public {
        uint256 start = block.timestamp;
        vm.warp(start + 17);
        vm.recordLogs();
        bytes32 taskid = hub.initialize(dealid, 4);
        Vm.Log[] memory logs = hubLogs();
        vm.assertEq(logs.length, 1, "one event");
        vm.assertEq(logs[0].topics[0], keccak256("TaskInitialize(bytes32,address)"), "its name");
        vm.assertEq(logs[0].topics[1], taskid, "its task");
        vm.assertEq(logs[0].topics[2], bytes32(uint256(uint160(pool))), "its pool");
        Task memory t = hub.viewTask(taskid);
        vm.assertEq(t.status, 1, "ACTIVE");
        vm.assertEq(t.dealid, dealid, "deal");
        vm.assertEq(t.idx, 4, "index");
        vm.assertEq(t.timeref, T, "timeref");
        vm.assertEq(t.contributionDeadline, start + 7 * T, "contribution deadline counts from the deal");
        vm.assertEq(t.finalDeadline, start + 10 * T, "final deadline too");
        vm.assertEq(t.revealDeadline, 0, "no reveal deadline yet");
        vm.assertEq(t.contributors.length, 0, "nobody");
    }

    function test_even_after_the_deadlines() public {
        vm.warp(block.timestamp + 11 * T);
        vm.assertEq(status(hub.initialize(dealid, 2)), 1, "ACTIVE");
    }

    function pair(uint256 a, uint256 b) private view returns (bytes32[] memory deals, uint256[] memory indexes) {
        deals = new bytes32[](2);
        indexes = new uint256[](2);
        (deals[0], deals[1], indexes[0], indexes[1]) = (dealid, dealid, a, b);
    }

    function test_an_array_is_all_or_nothing() public {
        (bytes32[] memory deals, uint256[] memory indexes) = pair(2, 5);
        refuses(actor(ANYONE), abi.encodeCall(Hub.initializeArray, (deals, indexes)), "");
        vm.assertEq(status(Hashes.taskid(dealid, 2)), 0, "UNSET still");
        (deals, indexes) = pair(2, 4);
        vm.assertTrue(hub.initializeArray(deals, indexes), "true");
        vm.assertEq(status(Hashes.taskid(dealid, 2)), 1, "first");
        vm.assertEq(status(Hashes.taskid(dealid, 4)), 1, "second");
    }

    function test_arrays_of_unequal_lengths_are_refused() public {
        (bytes32[] memory deals,) = pair(2, 3);
        vm.prank(actor(ANYONE));
        (bool done,) = address(hub).call(abi.encodeCall(Hub.initializeArray, (deals, new uint256[](1))));
        vm.assertFalse(done, "initializeArray");
        vm.warp(block.timestamp + 10 * T);
        (done,) = address(hub).call(abi.encodeCall(Hub.initializeAndClaimArray, (deals, new uint256[](1))));
        vm.assertFalse(done, "initializeAndClaimArray");
    }
}
