// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm, Vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Hashes} from "./base/Hashes.sol";
import {Hub} from "./base/Abi.sol";
import "./base/Types.sol";

/// Chapter 1.5: how many tasks a match buys, what it leaves of each order, who pays, and which dataset tags count.
contract VolumeTest is World {
    function least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    function testFuzz_volume_is_the_least_of_what_is_left(uint8[4] memory volumes, uint8 first, bool withDataset)
        public
    {
        Orders memory o = withDataset ? ordersWithDataset() : orders();
        o.app.volume = uint256(volumes[0]) + 1;
        if (withDataset) o.dataset.volume = uint256(volumes[1]) + 1;
        o.pool.volume = uint256(volumes[2]) + 1;
        o.request.volume = uint256(volumes[3]) + 1;
        uint256 all = least(o.app.volume, least(o.pool.volume, o.request.volume));
        if (withDataset) all = least(all, o.dataset.volume);
        vm.assertEq(hub.computeDealVolume(o.app, o.dataset, o.pool, o.request), all, "computed before");

        // Another request takes some of the three others first.
        Orders memory before = orders();
        (before.app, before.dataset, before.pool) = (o.app, o.dataset, o.pool);
        before.request.dataset = o.request.dataset;
        before.request.volume = uint256(first) % all + 1;
        signAndMatch(before);
        uint256 taken = before.request.volume;
        uint256 left = least(o.app.volume, o.pool.volume);
        if (withDataset) left = least(left, o.dataset.volume);
        left = least(left - taken, o.request.volume);
        vm.assertEq(hub.computeDealVolume(o.app, o.dataset, o.pool, o.request), left, "computed after");

        sign(o);
        if (left == 0) return refuses(actor(ANYONE), matchCall(o), "iExecV5-matchOrders-0x60");
        bytes32 dealid = matchSigned(o);
        vm.assertEq(hub.viewDeal(dealid).botSize, left, "size");
        vm.assertEq(hub.viewConsumed(digestOf(o.app)), taken + left, "app consumed");
        vm.assertEq(hub.viewConsumed(digestOf(o.pool)), taken + left, "pool consumed");
        vm.assertEq(hub.viewConsumed(digestOf(o.request)), left, "request consumed");
        vm.assertEq(hub.viewConsumed(digestOf(o.dataset)), withDataset ? taken + left : 0, "dataset consumed");
    }

    function test_one_request_over_two_pools_orders() public {
        Orders memory o = orders();
        o.request.volume = 5;
        o.pool.volume = 2;
        bytes32 first = signAndMatch(o);
        o.pool.salt = salt();
        o.pool.volume = 10;
        bytes32 second = signAndMatch(o);
        vm.assertEq(first, Hashes.dealid(digestOf(o.request), 0), "first id");
        vm.assertEq(second, Hashes.dealid(digestOf(o.request), 2), "second id");
        vm.assertEq(hub.viewDeal(first).botFirst, 0, "first begins");
        vm.assertEq(hub.viewDeal(first).botSize, 2, "first size");
        vm.assertEq(hub.viewDeal(second).botFirst, 2, "second begins");
        vm.assertEq(hub.viewDeal(second).botSize, 3, "second size");
    }

    function test_a_sponsor_pays_and_is_repaid() public {
        Orders memory o = sign(orders());
        (uint256 requesterBefore,) = money(actor(REQUESTER));
        vm.recordLogs();
        vm.prank(actor(SPONSOR));
        bytes32 dealid = hub.sponsorMatchOrders(o.app, o.dataset, o.pool, o.request);
        Vm.Log[] memory logs = hubLogs();
        vm.assertEq(logs.length, 7, "one event more than a match");
        vm.assertEq(logs[6].topics[0], keccak256("DealSponsored(bytes32,address)"), "the last");
        vm.assertEq(logs[6].topics.length, 1, "nothing indexed");
        vm.assertEq(logs[6].data, abi.encode(dealid, actor(SPONSOR)), "who");
        vm.assertEq(hub.viewDeal(dealid).sponsor, actor(SPONSOR), "kept in the deal");
        vm.assertEq(hub.viewDeal(dealid).requester, actor(REQUESTER), "the requester stays");
        (uint256 stake, uint256 locked) = money(actor(SPONSOR));
        vm.assertEq(stake, RICH - APP_PRICE - POOL_PRICE, "sponsor's stake");
        vm.assertEq(locked, APP_PRICE + POOL_PRICE, "sponsor's lock");
        bytes32 taskid = hub.initialize(dealid, 0);
        vm.warp(block.timestamp + 10 * T);
        hub.claim(taskid);
        (stake, locked) = money(actor(SPONSOR));
        vm.assertEq(stake, RICH, "refunded");
        vm.assertEq(locked, 0, "nothing left locked");
        (stake,) = money(actor(REQUESTER));
        vm.assertEq(stake, requesterBefore, "the requester never paid");
    }

    function test_a_poor_sponsor_cannot() public {
        Orders memory o = sign(orders());
        keepOnly(actor(SPONSOR), APP_PRICE + POOL_PRICE - 1);
        bytes memory call = abi.encodeCall(Hub.sponsorMatchOrders, (o.app, o.dataset, o.pool, o.request));
        refuses(actor(SPONSOR), call, "IexecEscrow: Transfer amount exceeds balance");
    }

    function test_tee_framework_bits_of_a_dataset_are_masked() public {
        for (uint256 bit = 1; bit < 4; bit++) {
            Orders memory o = ordersWithDataset();
            o.dataset.tag = bytes32(1 << bit);
            bytes32 dealid = signAndMatch(o);
            vm.assertEq(hub.viewDeal(dealid).tag, bytes32(0), "not in the deal");
        }
        Orders memory other = ordersWithDataset();
        other.dataset.tag = bytes32(uint256(1 << 4));
        refuses(actor(ANYONE), matchCall(sign(other)), "iExecV5-matchOrders-0x06");
        for (uint256 bit = 1; bit < 4; bit++) {
            other = orders();
            other.request.tag = bytes32(1 << bit);
            refuses(actor(ANYONE), matchCall(sign(other)), "iExecV5-matchOrders-0x06");
        }
    }

    function test_a_tee_app_needs_a_tee_pool_and_marks_the_deal() public {
        Orders memory o = orders();
        o.app.tag = bytes32(uint256(3));
        o.pool.tag = bytes32(uint256(1));
        refuses(actor(ANYONE), matchCall(sign(o)), "iExecV5-matchOrders-0x06");
        o.pool.tag = bytes32(uint256(3));
        vm.assertEq(hub.viewDeal(signAndMatch(o)).tag, bytes32(uint256(3)), "tag");
    }
}
