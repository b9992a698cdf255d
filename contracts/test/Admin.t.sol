// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Facet, HubSetup} from "./base/Deploy.sol";
import {HubAdmin} from "./base/Abi.sol";
import "./base/Types.sol";

/// An older hub, as far as scores are imported from it.
contract OldHub {
    function viewScore(address) external pure returns (uint256) {
        return 42;
    }
}

interface HubErrors {
    error FunctionNotFound(bytes4 selector);
    error SelectorAlreadyCarried(bytes4 selector);
    error FacetHasNoCode(address implementation);
}

/// What the owner of a deployment does once, and nobody else ever: facets, settings; and scores of an older hub.
contract AdminTest is World {
    function setUp() public override {
        previousHub = address(new OldHub());
        super.setUp();
    }

    function addition(address implementation, bytes4 selector) private pure returns (bytes memory) {
        Facet[] memory facets = new Facet[](1);
        facets[0] = Facet(implementation, new bytes4[](1));
        facets[0].selectors[0] = selector;
        return abi.encodeCall(HubSetup.addFacets, (facets));
    }

    function test_facets_are_added_by_the_owner_and_never_replaced() public {
        address facet = address(new OldHub());
        bytes4 selector = bytes4(0x12345678);
        refuses(actor(ANYONE), addition(facet, selector), "Ownable: caller is not the owner");
        bytes memory expected =
            abi.encodeWithSelector(HubErrors.SelectorAlreadyCarried.selector, hub.matchOrders.selector);
        refusesWith(actor(ADMIN), addition(facet, hub.matchOrders.selector), expected);
        expected = abi.encodeWithSelector(HubErrors.FacetHasNoCode.selector, address(0xfa));
        refusesWith(actor(ADMIN), addition(address(0xfa), selector), expected);
        expected = abi.encodeWithSelector(HubErrors.FunctionNotFound.selector, selector);
        refusesWith(actor(ANYONE), abi.encodePacked(selector), expected);
    }

    function test_a_deployment_is_configured_once_by_its_owner() public {
        address any = address(1);
        bytes memory call = abi.encodeCall(HubSetup.configure, (any, "", "", 9, any, any, any, any));
        refuses(actor(ANYONE), call, "Ownable: caller is not the owner");
        refuses(actor(ADMIN), call, "already-configured");
    }

    function test_an_old_score_is_imported_once_and_never_lowers_one() public {
        HubAdmin(address(hub)).importScore(worker(0));
        vm.assertEq(hub.viewScore(worker(0)), 42, "imported");
        (bool done,) = address(hub).call(abi.encodeCall(HubAdmin.importScore, (worker(0))));
        vm.assertFalse(done, "only once");
        setScore(worker(1), 50);
        HubAdmin(address(hub)).importScore(worker(1));
        vm.assertEq(hub.viewScore(worker(1)), 50, "the higher one stays");
    }
}
