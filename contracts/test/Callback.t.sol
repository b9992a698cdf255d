// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {LoopingReceiver, Receiver, ReenteringReceiver, RevertingReceiver} from "./base/Doubles.sol";
import {Hub, HubAdmin} from "./base/Abi.sol";
import "./base/Types.sol";

/// Chapter 1.6: a deal may name who is told the result. That one can neither be skipped nor stand in the way.
contract CallbackTest is World {
    bytes private constant DATA = "forty-two";

    function ready(address callback) private returns (bytes32 taskid) {
        Orders memory o = orders();
        o.request.callback = callback;
        taskid = taskOf(o);
        contribute(0, taskid, keccak256(DATA));
        reveal(0, taskid, keccak256(DATA));
    }

    function call(bytes32 taskid, bytes memory data) private pure returns (bytes memory) {
        return abi.encodeCall(Hub.finalize, (taskid, bytes("results"), data));
    }

    function test_the_bytes_are_those_of_the_digest() public {
        bytes32 taskid = ready(address(new Receiver()));
        refuses(actor(SCHEDULER), call(taskid, ""), "");
        refuses(actor(SCHEDULER), call(taskid, "forty-three"), "");
        finalize(taskid, "results", DATA);
        vm.assertEq(hub.viewTask(taskid).resultsCallback, DATA, "kept");
    }

    function test_the_receiver_is_told_with_gas() public {
        Receiver receiver = new Receiver();
        bytes32 taskid = ready(address(receiver));
        finalize(taskid, "results", DATA);
        vm.assertEq(receiver.calls(), 1, "once");
        vm.assertEq(receiver.taskid(), taskid, "task");
        vm.assertEq(receiver.data(), DATA, "data");
        uint256 all = hub.callbackgas();
        vm.assertTrue(receiver.gasReceived() <= all, "no more than the callback's gas");
        vm.assertTrue(receiver.gasReceived() > all - 1000, "all of the callback's gas");
    }

    function test_contribute_and_finalize_tells_too() public {
        Receiver receiver = new Receiver();
        Orders memory o = orders();
        o.request.callback = address(receiver);
        bytes32 taskid = taskOf(o);
        rush(0, taskid, keccak256(DATA), DATA);
        vm.assertEq(receiver.data(), DATA, "data");
        vm.assertEq(receiver.taskid(), taskid, "task");
    }

    function test_empty_data_for_a_callback_is_the_digest_of_nothing() public {
        Receiver receiver = new Receiver();
        Orders memory o = orders();
        o.request.callback = address(receiver);
        bytes32 taskid = taskOf(o);
        rush(0, taskid, keccak256(""), "");
        vm.assertEq(receiver.calls(), 1, "told");
    }

    function test_nobody_at_the_callback_failing_or_looping_does_not_block() public {
        address[3] memory targets = [address(0xcb), address(new RevertingReceiver()), address(new LoopingReceiver())];
        for (uint256 i; i < targets.length; i++) {
            bytes32 taskid = ready(targets[i]);
            finalize(taskid, "results", DATA);
            vm.assertEq(status(taskid), 3, "COMPLETED");
            vm.assertEq(hub.resultFor(taskid), DATA, "to be pulled");
        }
    }

    function test_a_receiver_cannot_finalize_again() public {
        ReenteringReceiver receiver = new ReenteringReceiver(hub);
        vm.prank(actor(SCHEDULER));
        poolRegistry.transferFrom(actor(SCHEDULER), address(receiver), uint256(uint160(pool)));
        fund(address(receiver), RICH);
        Orders memory o = orders();
        o.request.callback = address(receiver);
        sign(o);
        vm.prank(address(receiver));
        hub.manageWorkerpoolOrder(WorkerpoolOrderOperation(o.pool, SIGN, ""));
        o.pool.sign = "";
        // The pool's owner is the receiver itself, which signs nothing: let the broker authorise.
        vm.prank(actor(ADMIN));
        HubAdmin(address(hub)).setTeeBroker(actor(SCHEDULER));
        bytes32 taskid = hub.initialize(matchSigned(o), 0);
        contributeInEnclave(taskid);
        reveal(0, taskid, keccak256(DATA));
        vm.prank(address(receiver));
        hub.finalize(taskid, "results", DATA);
        vm.assertTrue(receiver.tried(), "it tried");
        vm.assertFalse(receiver.succeeded(), "in vain");
        vm.assertEq(hub.frozenOf(actor(REQUESTER)), 0, "paid once");
    }

    function contributeInEnclave(bytes32 taskid) private {
        bytes32 digest = keccak256(DATA);
        bytes32 hash = keccak256(abi.encodePacked(taskid, digest));
        bytes32 seal = keccak256(abi.encodePacked(worker(0), taskid, digest));
        bytes memory proof = signMessage(ENCLAVE, keccak256(abi.encodePacked(hash, seal)));
        bytes memory word = authorize(worker(0), taskid, actor(ENCLAVE));
        vm.prank(worker(0));
        hub.contribute(taskid, hash, seal, actor(ENCLAVE), proof, word);
    }

    /// Given too little gas, a receiver would run short while finalize went through: the hub fails the whole instead.
    function test_no_gas_with_which_the_task_ends_and_the_receiver_is_not_told() public {
        Receiver receiver = new Receiver();
        bytes32 taskid = ready(address(receiver));
        uint256 done;
        for (uint256 gas = 150_000; gas < 900_000; gas += 5_000) {
            uint256 id = vm.snapshotState();
            bool ended = endWith(taskid, gas);
            vm.assertEq(receiver.calls(), ended ? 1 : 0, "told exactly when it is finalized");
            if (ended) done++;
            vm.revertToState(id);
        }
        vm.assertTrue(done > 0 && done < 150, "both ways were seen");
    }

    function test_a_receiver_that_uses_all_its_gas_costs_that_much() public {
        bytes32 taskid = ready(address(new LoopingReceiver()));
        vm.assertFalse(endWith(taskid, hub.callbackgas() * 64 / 63), "not enough for anything else");
        vm.assertTrue(endWith(taskid, 900_000), "enough");
    }

    function endWith(bytes32 taskid, uint256 gas) private returns (bool ended) {
        vm.prank(actor(SCHEDULER));
        (ended,) = address(hub).call{gas: gas}(call(taskid, DATA));
        vm.assertEq(status(taskid), ended ? 3 : 2, "COMPLETED or REVEALING still");
    }

    function test_results_are_pending_until_completed() public {
        bytes32 taskid = ready(address(0xcb));
        refuses(actor(ANYONE), abi.encodeCall(Hub.resultFor, (taskid)), "task-pending");
        finalize(taskid, "results", DATA);
        vm.assertEq(hub.resultFor(taskid), DATA, "result");
        bytes32 failed = ready(address(0xcb));
        vm.warp(hub.viewTask(failed).finalDeadline);
        hub.claim(failed);
        refuses(actor(ANYONE), abi.encodeCall(Hub.resultFor, (failed)), "task-pending");
        refuses(actor(ANYONE), abi.encodeCall(Hub.resultFor, (bytes32(uint256(1)))), "task-pending");
    }

    function test_the_owner_sets_the_gas() public {
        vm.assertEq(hub.callbackgas(), 200_000, "version 6.2");
        vm.prank(actor(ANYONE));
        (bool done,) = address(hub).call(abi.encodeCall(HubAdmin.setCallbackGas, (1)));
        vm.assertFalse(done, "nobody else");
        toldWith(120_000, 1);
        toldWith(50_000, 0);
    }

    function toldWith(uint256 gas, uint256 calls) private {
        vm.prank(actor(ADMIN));
        HubAdmin(address(hub)).setCallbackGas(gas);
        Receiver receiver = new Receiver();
        bytes32 taskid = ready(address(receiver));
        finalize(taskid, "results", DATA);
        vm.assertEq(receiver.calls(), calls, "enough to keep the data, or too little");
        vm.assertTrue(receiver.gasReceived() <= gas, "no more than was set");
    }
}
