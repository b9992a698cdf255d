// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Group} from "./base/Doubles.sol";
import {Hub} from "./base/Abi.sol";
import "./base/Types.sol";

/// Chapter 1.5: may this dataset order join that deal? Each answer has its own words.
contract DatasetCompatibilityTest is World {
    bytes32 private dealid;

    function setUp() public override {
        super.setUp();
        Orders memory o = orders();
        o.app.tag = bytes32(uint256(3));
        o.pool.tag = bytes32(uint256(0x103));
        o.request.tag = bytes32(uint256(0x100));
        dealid = signAndMatch(o);
    }

    function order() private returns (DatasetOrder memory o) {
        o = DatasetOrder(dataset, 0, 5, 0, address(0), address(0), address(0), salt(), "");
    }

    function signed(DatasetOrder memory o) private returns (DatasetOrder memory) {
        o.sign = signDigest(DATASET_OWNER, digestOf(o));
        return o;
    }

    function refused(DatasetOrder memory o, bytes32 deal, string memory reason) private {
        bytes memory expected = abi.encodeWithSelector(Hub.IncompatibleDatasetOrder.selector, reason);
        refusesWith(actor(ANYONE), abi.encodeCall(Hub.assertDatasetDealCompatibility, (o, deal)), expected);
    }

    function test_a_fitting_order_passes() public {
        hub.assertDatasetDealCompatibility(signed(order()), dealid);
        DatasetOrder memory o = order();
        o.apprestrict = app;
        o.workerpoolrestrict = pool;
        o.requesterrestrict = address(new Group(actor(REQUESTER), 4));
        hub.assertDatasetDealCompatibility(signed(o), dealid);
    }

    function test_a_presigned_order_passes() public {
        DatasetOrder memory o = order();
        vm.prank(actor(DATASET_OWNER));
        hub.manageDatasetOrder(DatasetOrderOperation(o, SIGN, ""));
        hub.assertDatasetDealCompatibility(o, dealid);
    }

    function test_revoked_or_consumed() public {
        string memory reason = "Dataset order is revoked or fully consumed";
        DatasetOrder memory o = signed(order());
        vm.prank(actor(DATASET_OWNER));
        hub.manageDatasetOrder(DatasetOrderOperation(o, CLOSE, ""));
        refused(o, dealid, reason);
        Orders memory used = ordersWithDataset();
        used.dataset.volume = 1;
        signAndMatch(used);
        refused(used.dataset, dealid, reason);
    }

    function test_invalid_signature() public {
        DatasetOrder memory o = order();
        o.sign = signDigest(ANYONE, digestOf(o));
        refused(o, dealid, "Invalid dataset order signature");
    }

    function test_unknown_deal() public {
        refused(signed(order()), bytes32(uint256(1)), "Deal not found");
    }

    function test_deal_with_a_dataset() public {
        refused(signed(order()), signAndMatch(ordersWithDataset()), "Deal already has a dataset");
    }

    function test_restrictions() public {
        DatasetOrder memory o = order();
        o.apprestrict = address(0xbad);
        refused(signed(o), dealid, "App restriction not satisfied");
        o = order();
        o.workerpoolrestrict = address(0xbad);
        refused(signed(o), dealid, "Workerpool restriction not satisfied");
        o = order();
        o.requesterrestrict = address(0xbad);
        refused(signed(o), dealid, "Requester restriction not satisfied");
    }

    function test_tags_are_a_subset_after_the_mask() public {
        for (uint256 bit; bit < 256; bit++) {
            DatasetOrder memory o = order();
            o.tag = bytes32(1 << bit);
            if (bit <= 3 || bit == 8) hub.assertDatasetDealCompatibility(signed(o), dealid);
            else refused(signed(o), dealid, "Tag compatibility not satisfied");
        }
    }
}
