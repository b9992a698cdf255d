// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm, Vm} from "./base/Vm.sol";
import {Vectors} from "./base/Vectors.sol";
import {Hub} from "./base/Abi.sol";
import "./base/Types.sol";

interface Loupe {
    function facetAddress(bytes4 selector) external view returns (address);
}

/// The vectors' `abi` and the selectors that the reference names: the hub carries each, and says nothing but the listed events.
contract VectorsAbiTest is Vectors {
    mapping(bytes32 => uint256) private topics;

    function carries(bytes4 selector, string memory what) private view {
        vm.assertTrue(Loupe(address(hub)).facetAddress(selector) != address(0), what);
    }

    function test_functions() public {
        open("abi");
        uint256 functions = count(".functions");
        vm.assertEq(functions, 31, "functions");
        for (uint256 i; i < functions; i++) {
            string memory signature = text(item(".functions", i, ".signature"));
            bytes4 selector = bytes4(blob(item(".functions", i, ".selector")));
            vm.assertEq(bytes32(bytes4(keccak256(bytes(signature)))), bytes32(selector), signature);
            carries(selector, signature);
        }
    }

    function test_every_selector_that_the_reference_names() public view {
        bytes memory all = hex"45b637a9b1b11d2c90a0f546fc0c546ae63ec07d74ed52442b8857c1db8aaa266112f6fddcb0324177a99692a47e7f8025eacba85975b8fc"
            hex"c2fb26a69910fd72156194d42f39153366517ca680f03425b2b07e664b7471067e34a0778dd971d5c52e9de14c4692de947f51784693d172"
            hex"d286eb164b2bec8c01751998c87b582abf36994e5b36c66b34623484fc334e8c8fc375e55facd761f6c68e10bd66528ab504681dfa055d7e"
            hex"f722cb32d09cc57edb230b52a9b20cee70a082311bf6e00d6b55f4a5cae9ca51b6b55f2536efd16f3354f8a52e1a7d4dc86283c88f4ffcb1"
            hex"e1523fb41e143ef7bd8ab058b74861b2adccf0d5e741363b4f5f44ecc140996f248ad6a011e35ababd19a4f3ce5f7895d5922f505b3ae3e4";
        vm.assertEq(all.length, 70 * 4, "selectors");
        for (uint256 i; i < all.length; i += 4) {
            bytes4 selector = bytes4(bytes.concat(all[i], all[i + 1], all[i + 2], all[i + 3]));
            carries(selector, vm.toString(uint32(selector)));
        }
    }

    function test_what_is_not_there_is_refused() public {
        (bool done,) = address(hub).call(hex"12345678");
        vm.assertFalse(done, "an unknown selector");
        (done,) = address(hub).call{value: 0}("");
        vm.assertFalse(done, "no selector");
    }

    function test_events_of_a_whole_life() public {
        vm.recordLogs();
        Orders memory o = ordersWithDataset();
        hub.broadcastAppOrder(o.app);
        hub.broadcastDatasetOrder(o.dataset);
        hub.broadcastWorkerpoolOrder(o.pool);
        hub.broadcastRequestOrder(o.request);
        o.request.trust = o.pool.trust = 4;
        vm.prank(actor(APP_OWNER));
        hub.manageAppOrder(AppOrderOperation(o.app, SIGN, ""));
        sign(o);
        vm.prank(actor(SPONSOR));
        bytes32 taskid = hub.initialize(hub.sponsorMatchOrders(o.app, o.dataset, o.pool, o.request), 0);
        contribute(0, taskid, DIGEST);
        contribute(1, taskid, DIGEST);
        vm.warp(hub.viewTask(taskid).revealDeadline);
        vm.prank(actor(SCHEDULER));
        hub.reopen(taskid);
        contribute(2, taskid, DIGEST);
        contribute(3, taskid, DIGEST);
        reveal(2, taskid, DIGEST);
        reveal(3, taskid, DIGEST);
        finalize(taskid);
        taskid = task(4);
        contribute(0, taskid, DIGEST);
        vm.warp(hub.viewTask(taskid).finalDeadline);
        hub.claim(taskid);
        vm.prank(actor(SPONSOR));
        hub.approve(actor(ANYONE), 1);
        Vm.Log[] memory logs = hubLogs();
        readTopics();
        for (uint256 i; i < logs.length; i++) {
            vm.assertEq(topics[logs[i].topics[0]], logs[i].topics.length, string.concat("log ", vm.toString(i)));
        }
        vm.assertTrue(logs.length > 60, "many were seen");
    }

    /// Topic to how many topics its logs have, its name included.
    function readTopics() private {
        open("abi");
        uint256 events = count(".events");
        vm.assertEq(events, 32, "events");
        for (uint256 i; i < events; i++) {
            string memory signature = text(item(".events", i, ".signature"));
            bytes32 topic = word(item(".events", i, ".topic0"));
            vm.assertEq(keccak256(bytes(signature)), topic, signature);
            topics[topic] = 1 + count(item(".events", i, ".indexed"));
        }
    }
}
