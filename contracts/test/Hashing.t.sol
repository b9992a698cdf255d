// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import "./base/Types.sol";

/// Chapter 1.4: the hub's hash of any order is that of the tests' own EIP-712, whatever stands in its fields. The hub shows its hash by
/// presigning under it.
contract HashingTest is World {
    function ownedByTheSponsor(address entry) private returns (bool) {
        // Cheatcodes refuse to touch precompiles and themselves; everybody else may be an entry.
        if (uint160(entry) < 0x1000 || entry == address(vm) || entry == address(hub) || entry == address(this)) {
            return false;
        }
        vm.mockCall(entry, abi.encodeWithSignature("owner()"), abi.encode(actor(SPONSOR)));
        return true;
    }

    function testFuzz_app(AppOrder memory o) public {
        vm.assume(ownedByTheSponsor(o.app));
        vm.prank(actor(SPONSOR));
        hub.manageAppOrder(AppOrderOperation(o, SIGN, ""));
        vm.assertEq(hub.viewPresigned(digestOf(o)), actor(SPONSOR), "hash");
    }

    function testFuzz_dataset(DatasetOrder memory o) public {
        vm.assume(ownedByTheSponsor(o.dataset));
        vm.prank(actor(SPONSOR));
        hub.manageDatasetOrder(DatasetOrderOperation(o, SIGN, ""));
        vm.assertEq(hub.viewPresigned(digestOf(o)), actor(SPONSOR), "hash");
    }

    function testFuzz_workerpool(WorkerpoolOrder memory o) public {
        vm.assume(ownedByTheSponsor(o.workerpool));
        vm.prank(actor(SPONSOR));
        hub.manageWorkerpoolOrder(WorkerpoolOrderOperation(o, SIGN, ""));
        vm.assertEq(hub.viewPresigned(digestOf(o)), actor(SPONSOR), "hash");
    }

    function testFuzz_request(RequestOrder memory o) public {
        o.requester = actor(SPONSOR);
        vm.prank(actor(SPONSOR));
        hub.manageRequestOrder(RequestOrderOperation(o, SIGN, ""));
        vm.assertEq(hub.viewPresigned(digestOf(o)), actor(SPONSOR), "hash");
    }
}
