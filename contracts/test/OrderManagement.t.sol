// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm, Vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Hashes} from "./base/Hashes.sol";
import {Hub} from "./base/Abi.sol";
import "./base/Types.sol";

/// Chapter 1.5, order management: signing on chain, closing, broadcasting, by the owner or on the owner's signature.
contract OrderManagementTest is World {
    function call(uint256 kind, Orders memory o, uint8 what, bytes memory signature)
        private
        pure
        returns (bytes memory)
    {
        if (kind == 0) {
            return abi.encodeCall(Hub.manageAppOrder, (AppOrderOperation(o.app, what, signature)));
        }
        if (kind == 1) {
            return abi.encodeCall(Hub.manageDatasetOrder, (DatasetOrderOperation(o.dataset, what, signature)));
        }
        if (kind == 2) {
            return abi.encodeCall(Hub.manageWorkerpoolOrder, (WorkerpoolOrderOperation(o.pool, what, signature)));
        }
        return abi.encodeCall(Hub.manageRequestOrder, (RequestOrderOperation(o.request, what, signature)));
    }

    function owner(uint256 kind) private pure returns (uint256) {
        return [APP_OWNER, DATASET_OWNER, SCHEDULER, REQUESTER][kind];
    }

    function hashes(uint256 kind, Orders memory o) private view returns (bytes32 structHash, bytes32 orderHash) {
        if (kind == 0) return (Hashes.hash(o.app), digestOf(o.app));
        if (kind == 1) return (Hashes.hash(o.dataset), digestOf(o.dataset));
        if (kind == 2) return (Hashes.hash(o.pool), digestOf(o.pool));
        return (Hashes.hash(o.request), digestOf(o.request));
    }

    function eventOf(uint256 kind, uint8 what) private pure returns (bytes32) {
        string[4] memory names = ["App", "Dataset", "Workerpool", "Request"];
        return keccak256(abi.encodePacked(what == SIGN ? "Signed" : "Closed", names[kind], "Order(bytes32)"));
    }

    function operationDigest(uint256 kind, bytes32 structHash, uint8 what) private view returns (bytes32) {
        string[4] memory names = ["AppOrder", "DatasetOrder", "WorkerpoolOrder", "RequestOrder"];
        string[4] memory types = [Hashes.APP, Hashes.DATASET, Hashes.POOL, Hashes.REQUEST];
        return Hashes.digest(separator, Hashes.operation(names[kind], types[kind], structHash, what));
    }

    function manage(address from, bytes memory data) private {
        vm.prank(from);
        (bool done,) = address(hub).call(data);
        vm.assertTrue(done, "managed");
    }

    function manageAs(uint256 who, uint256 kind, Orders memory o, uint8 what, bytes memory signature) private {
        (, bytes32 orderHash) = hashes(kind, o);
        vm.recordLogs();
        manage(actor(who), call(kind, o, what, signature));
        Vm.Log[] memory logs = hubLogs();
        vm.assertEq(logs.length, 1, "one event");
        vm.assertEq(logs[0].topics.length, 1, "nothing indexed");
        vm.assertEq(logs[0].topics[0], eventOf(kind, what), "its name");
        vm.assertEq(logs[0].data, abi.encode(orderHash), "its order");
        if (what == SIGN) vm.assertEq(hub.viewPresigned(orderHash), actor(owner(kind)), "presigned by the owner");
    }

    function test_owners_presign_and_no_signature_is_needed() public {
        Orders memory o = ordersWithDataset();
        for (uint256 kind; kind < 4; kind++) {
            manageAs(owner(kind), kind, o, SIGN, "");
            (, bytes32 orderHash) = hashes(kind, o);
            vm.assertTrue(hub.verifyPresignature(actor(owner(kind)), orderHash), "presignature");
            vm.assertFalse(hub.verifyPresignature(actor(ANYONE), orderHash), "another's");
            vm.assertTrue(hub.verifyPresignatureOrSignature(actor(owner(kind)), orderHash, ""), "either");
        }
        matchSigned(o);
    }

    function test_no_account_has_presigned_an_unknown_order() public view {
        vm.assertFalse(hub.verifyPresignature(address(0), DIGEST), "the zero account presigned nothing");
    }

    function test_anyone_brings_the_owners_signed_operation() public {
        Orders memory o = ordersWithDataset();
        for (uint256 kind; kind < 4; kind++) {
            for (uint8 what = SIGN; what <= CLOSE; what++) {
                (bytes32 structHash,) = hashes(kind, o);
                manageAs(ANYONE, kind, o, what, signDigest(owner(kind), operationDigest(kind, structHash, what)));
            }
        }
    }

    function test_a_strangers_signature_or_the_other_operations_is_refused() public {
        Orders memory o = ordersWithDataset();
        for (uint256 kind; kind < 4; kind++) {
            (bytes32 structHash, bytes32 orderHash) = hashes(kind, o);
            bytes memory strange = signDigest(ANYONE, operationDigest(kind, structHash, SIGN));
            bytes memory other = signDigest(owner(kind), operationDigest(kind, structHash, CLOSE));
            vm.prank(actor(ANYONE));
            (bool done,) = address(hub).call(call(kind, o, SIGN, strange));
            vm.assertFalse(done, "a stranger's");
            vm.prank(actor(ANYONE));
            (done,) = address(hub).call(call(kind, o, SIGN, other));
            vm.assertFalse(done, "for the other operation");
            vm.assertEq(hub.viewPresigned(orderHash), address(0), "not presigned");
        }
    }

    function test_a_closed_order_is_consumed_whole() public {
        for (uint256 kind; kind < 4; kind++) {
            Orders memory o = sign(ordersWithDataset());
            manageAs(owner(kind), kind, o, CLOSE, "");
            (, bytes32 orderHash) = hashes(kind, o);
            vm.assertEq(hub.viewConsumed(orderHash), kind == 3 ? 1 : 1000, "consumed");
            vm.assertEq(hub.computeDealVolume(o.app, o.dataset, o.pool, o.request), 0, "volume");
            refuses(actor(ANYONE), matchCall(o), "iExecV5-matchOrders-0x60");
        }
    }

    function test_an_old_owners_presignature_is_void() public {
        Orders memory o = sign(orders());
        o.app.sign = new bytes(65);
        manageAs(APP_OWNER, 0, o, SIGN, "");
        vm.prank(actor(APP_OWNER));
        appRegistry.transferFrom(actor(APP_OWNER), actor(SPONSOR), uint256(uint160(app)));
        refuses(actor(ANYONE), matchCall(o), "iExecV5-matchOrders-0x21");
    }

    function test_broadcast_only_tells() public {
        Orders memory o = sign(ordersWithDataset());
        vm.recordLogs();
        hub.broadcastAppOrder(o.app);
        hub.broadcastDatasetOrder(o.dataset);
        hub.broadcastWorkerpoolOrder(o.pool);
        hub.broadcastRequestOrder(o.request);
        Vm.Log[] memory logs = hubLogs();
        vm.assertEq(logs.length, 4, "four events");
        vm.assertEq(logs[0].data, abi.encode(o.app), "app");
        vm.assertEq(logs[1].data, abi.encode(o.dataset), "dataset");
        vm.assertEq(logs[2].data, abi.encode(o.pool), "pool");
        vm.assertEq(logs[3].data, abi.encode(o.request), "request");
        vm.assertEq(logs[3].topics.length, 1, "nothing indexed");
    }
}
