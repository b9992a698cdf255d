// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm, Vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Hashes} from "./base/Hashes.sol";
import {Hub} from "./base/Abi.sol";
import "./base/Types.sol";

/// Chapter 1.5: what matchOrders refuses, one bent field at a time, and what it writes when it agrees.
contract MatchOrdersTest is World {
    address private constant STRANGER = address(0xdead);

    function refused(Orders memory o, string memory code) private {
        sign(o);
        refusedAsIs(o, code);
    }

    function refusedAsIs(Orders memory o, string memory code) private {
        refuses(actor(ANYONE), matchCall(o), string.concat("iExecV5-matchOrders-0x", code));
    }

    function test_00_category_differs() public {
        Orders memory o = orders();
        o.request.category = 1;
        refused(o, "00");
    }

    function test_01_category_unknown() public {
        Orders memory o = orders();
        o.request.category = o.pool.category = hub.countCategory();
        refused(o, "01");
    }

    function test_02_trust_above_the_pools() public {
        Orders memory o = orders();
        o.request.trust = o.pool.trust + 1;
        refused(o, "02");
    }

    function test_03_app_too_dear() public {
        Orders memory o = orders();
        o.request.appmaxprice = APP_PRICE - 1;
        refused(o, "03");
    }

    function test_04_dataset_too_dear() public {
        Orders memory o = ordersWithDataset();
        o.request.datasetmaxprice = DATASET_PRICE - 1;
        refused(o, "04");
    }

    function test_05_pool_too_dear() public {
        Orders memory o = orders();
        o.request.workerpoolmaxprice = POOL_PRICE - 1;
        refused(o, "05");
    }

    function test_06_pool_lacks_a_tag_of_app_dataset_or_request() public {
        Orders memory o = ordersWithDataset();
        o.app.tag = bytes32(uint256(0x100));
        refused(o, "06");
        o.app.tag = 0;
        o.dataset.tag = bytes32(uint256(1) << 255);
        refused(o, "06");
        o.dataset.tag = 0;
        o.request.tag = bytes32(uint256(0x10));
        refused(o, "06");
    }

    function test_07_tee_is_asked_for_and_the_app_has_none() public {
        Orders memory o = ordersWithDataset();
        o.pool.tag = bytes32(uint256(1));
        o.request.tag = bytes32(uint256(1));
        refused(o, "07");
        o.request.tag = 0;
        o.dataset.tag = bytes32(uint256(1));
        refused(o, "07");
    }

    function test_10_another_app() public {
        Orders memory o = orders();
        o.request.app = STRANGER;
        refused(o, "10");
    }

    function test_11_another_dataset() public {
        Orders memory o = ordersWithDataset();
        o.request.dataset = STRANGER;
        refused(o, "11");
        o.request.dataset = address(0);
        refused(o, "11");
        o = orders();
        o.request.dataset = dataset;
        refused(o, "11");
    }

    function test_20_app_not_registered() public {
        Orders memory o = orders();
        o.app.app = o.request.app = dataset;
        refused(o, "20");
    }

    function test_21_app_signed_by_another() public {
        Orders memory o = sign(orders());
        o.app.sign = signDigest(ANYONE, digestOf(o.app));
        refusedAsIs(o, "21");
    }

    function test_30_dataset_not_registered() public {
        Orders memory o = ordersWithDataset();
        o.dataset.dataset = o.request.dataset = app;
        refused(o, "30");
    }

    function test_31_dataset_signed_by_another() public {
        Orders memory o = sign(ordersWithDataset());
        o.dataset.sign = signDigest(ANYONE, digestOf(o.dataset));
        refusedAsIs(o, "31");
    }

    function test_40_pool_not_registered() public {
        Orders memory o = orders();
        o.pool.workerpool = app;
        refused(o, "40");
    }

    function test_41_pool_signed_by_another() public {
        Orders memory o = sign(orders());
        o.pool.sign = signDigest(ANYONE, digestOf(o.pool));
        refusedAsIs(o, "41");
    }

    function test_50_request_signed_by_another() public {
        Orders memory o = sign(orders());
        o.request.sign = signDigest(ANYONE, digestOf(o.request));
        refusedAsIs(o, "50");
    }

    function test_50_a_signed_field_changed_afterwards() public {
        Orders memory o = sign(orders());
        o.request.params = "{ }";
        refusedAsIs(o, "50");
    }

    function test_60_nothing_left_of_any_order() public {
        for (uint256 which; which < 4; which++) {
            Orders memory o = ordersWithDataset();
            if (which == 0) o.app.volume = 0;
            if (which == 1) o.dataset.volume = 0;
            if (which == 2) o.pool.volume = 0;
            if (which == 3) o.request.volume = 0;
            refused(o, "60");
        }
    }

    function test_60_request_consumed() public {
        Orders memory o = sign(orders());
        matchSigned(o);
        refusedAsIs(o, "60");
    }

    /// Clients show the code to people, so an order with several faults must name the same one as on the live network: the lowest.
    function test_of_several_faults_the_first_is_named() public {
        Orders memory o = ordersWithDataset();
        o.pool.category = 99;
        o.request.trust = 2;
        o.request.appmaxprice = o.request.workerpoolmaxprice = 0;
        o.request.tag = bytes32(uint256(1));
        o.request.app = o.request.workerpool = o.app.requesterrestrict = o.pool.requesterrestrict = STRANGER;
        o.app.sign = o.dataset.sign = o.pool.sign = o.request.sign = new bytes(65);
        refusedAsIs(o, "00");
        o.request.category = 99;
        refusedAsIs(o, "01");
        o.request.category = o.pool.category = 0;
        refusedAsIs(o, "02");
        o.request.trust = 1;
        refusedAsIs(o, "03");
        o.request.appmaxprice = APP_PRICE;
        refusedAsIs(o, "05");
        o.request.workerpoolmaxprice = POOL_PRICE;
        refusedAsIs(o, "06");
        o.pool.tag = bytes32(uint256(1));
        refusedAsIs(o, "07");
        o.app.tag = bytes32(uint256(1));
        refusedAsIs(o, "10");
        o.request.app = app;
        refusedAsIs(o, "12");
        o.request.workerpool = address(0);
        refusedAsIs(o, "15");
        o.app.requesterrestrict = address(0);
        refusedAsIs(o, "1b");
        o.pool.requesterrestrict = address(0);
        refusedAsIs(o, "21");
        o.app.sign = signDigest(APP_OWNER, digestOf(o.app));
        refusedAsIs(o, "31");
        o.dataset.sign = signDigest(DATASET_OWNER, digestOf(o.dataset));
        refusedAsIs(o, "41");
        o.pool.sign = signDigest(SCHEDULER, digestOf(o.pool));
        refusedAsIs(o, "50");
    }

    function test_payer_and_pool_owner_need_the_money() public {
        string memory poor = "IexecEscrow: Transfer amount exceeds balance";
        Orders memory o = ordersWithDataset();
        o.request.volume = 3;
        sign(o);
        uint256 price = 3 * (APP_PRICE + DATASET_PRICE + POOL_PRICE);
        keepOnly(actor(REQUESTER), price - 1);
        refuses(actor(ANYONE), matchCall(o), poor);
        keepOnly(actor(REQUESTER), price);
        keepOnly(actor(SCHEDULER), 3 * POOL_PRICE * 30 / 100 - 1);
        refuses(actor(ANYONE), matchCall(o), poor);
        keepOnly(actor(SCHEDULER), 3 * POOL_PRICE * 30 / 100);
        matchSigned(o);
        (uint256 stake, uint256 locked) = money(actor(REQUESTER));
        vm.assertEq(stake, 0, "payer's stake");
        vm.assertEq(locked, price, "payer's lock");
        (stake, locked) = money(actor(SCHEDULER));
        vm.assertEq(stake, 0, "scheduler's stake");
        vm.assertEq(locked, 9e9, "scheduler's lock");
    }

    function test_the_deal_that_is_written() public {
        setPolicy(37, 11);
        Orders memory o = ordersWithDataset();
        o.app.tag = bytes32(uint256(0x1));
        o.request.tag = bytes32(uint256(0x100));
        o.dataset.tag = bytes32(uint256(0x10));
        o.pool.tag = bytes32(type(uint256).max);
        o.pool.trust = 9;
        o.pool.category = o.request.category = 2;
        o.request.trust = 7;
        o.request.volume = 4;
        o.request.callback = address(0xcb);
        o.pool.workerpoolprice = 9999999999;
        bytes32 dealid = signAndMatch(o);
        vm.assertEq(dealid, Hashes.dealid(digestOf(o.request), 0), "dealid");
        Deal memory d = hub.viewDeal(dealid);
        resource(d.app, app, actor(APP_OWNER), APP_PRICE);
        resource(d.dataset, dataset, actor(DATASET_OWNER), DATASET_PRICE);
        resource(d.workerpool, pool, actor(SCHEDULER), 9999999999);
        vm.assertEq(d.trust, 7, "trust");
        vm.assertEq(d.category, 2, "category");
        vm.assertEq(d.tag, bytes32(uint256(0x111)), "tag");
        vm.assertEq(d.requester, actor(REQUESTER), "requester");
        vm.assertEq(d.beneficiary, actor(BENEFICIARY), "beneficiary");
        vm.assertEq(d.callback, address(0xcb), "callback");
        vm.assertEq(d.params, "{}", "params");
        vm.assertEq(d.startTime, block.timestamp, "start");
        vm.assertEq(d.botFirst, 0, "first");
        vm.assertEq(d.botSize, 4, "size");
        vm.assertEq(d.workerStake, 3699999999, "worker stake, rounded down");
        vm.assertEq(d.schedulerRewardRatio, 11, "scheduler's ratio");
        vm.assertEq(d.sponsor, actor(REQUESTER), "sponsor");
    }

    function resource(Resource memory r, address pointer, address owner, uint256 price) private pure {
        vm.assertEq(r.pointer, pointer, "pointer");
        vm.assertEq(r.owner, owner, "owner");
        vm.assertEq(r.price, price, "price");
    }

    function test_a_deal_without_dataset_has_none_and_pays_none() public {
        Orders memory o = orders();
        o.dataset.datasetprice = DATASET_PRICE;
        o.request.trust = 0;
        Deal memory d = hub.viewDeal(signAndMatch(o));
        resource(d.dataset, address(0), address(0), 0);
        vm.assertEq(d.trust, 1, "trust 0 is kept as 1");
        (, uint256 locked) = money(actor(REQUESTER));
        vm.assertEq(locked, APP_PRICE + POOL_PRICE, "locked");
    }

    function test_events_of_a_match() public {
        Orders memory o = sign(ordersWithDataset());
        uint256 price = APP_PRICE + DATASET_PRICE + POOL_PRICE;
        vm.recordLogs();
        bytes32 dealid = matchSigned(o);
        Vm.Log[] memory logs = hubLogs();
        vm.assertEq(logs.length, 6, "logs");
        vm.assertEq(logs[0].topics[1], bytes32(uint256(uint160(actor(REQUESTER)))), "transfer from the payer");
        vm.assertEq(logs[0].topics[2], bytes32(uint256(uint160(address(hub)))), "transfer to the hub");
        vm.assertEq(logs[0].data, abi.encode(price), "transferred");
        vm.assertEq(logs[1].data, abi.encode(actor(REQUESTER), price), "locked of the payer");
        vm.assertEq(logs[3].data, abi.encode(actor(SCHEDULER), 3e9), "locked of the scheduler");
        vm.assertEq(logs[4].topics[0], keccak256("SchedulerNotice(address,bytes32)"), "notice");
        vm.assertEq(logs[4].topics[1], bytes32(uint256(uint160(pool))), "the pool is indexed");
        vm.assertEq(logs[4].data, abi.encode(dealid), "notice of the deal");
        vm.assertEq(
            logs[5].topics[0], keccak256("OrdersMatched(bytes32,bytes32,bytes32,bytes32,bytes32,uint256)"), "matched"
        );
        bytes memory hashes =
            abi.encode(dealid, digestOf(o.app), digestOf(o.dataset), digestOf(o.pool), digestOf(o.request), uint256(1));
        vm.assertEq(logs[5].data, hashes, "hashes and volume");
    }
}
