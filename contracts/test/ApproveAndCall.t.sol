// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Hub} from "./base/Abi.sol";
import "./base/Types.sol";

/// Chapter 1.8: one transaction on the token that deposits, and, with data, matches.
contract ApproveAndCallTest is World {
    uint256 private constant PRICE = APP_PRICE + POOL_PRICE;

    function give(address who, uint256 amount) private {
        keepOnly(who, 0);
        uint256 all = rlc.balanceOf(who);
        vm.prank(who);
        rlc.transfer(address(0xdead), all);
        vm.prank(actor(ADMIN));
        rlc.transfer(who, amount);
    }

    /// The hub's side alone: the token has been approved, and the token calls.
    function refusedByTheHub(bytes memory data, bytes memory expected) private {
        give(actor(REQUESTER), PRICE);
        vm.prank(actor(REQUESTER));
        rlc.approve(address(hub), PRICE);
        bytes memory call = abi.encodeCall(Hub.receiveApproval, (actor(REQUESTER), PRICE, address(rlc), data));
        refusesWith(address(rlc), call, expected);
        vm.assertEq(hub.balanceOf(actor(REQUESTER)), 0, "nothing was deposited");
        vm.assertEq(rlc.balanceOf(actor(REQUESTER)), PRICE, "nothing left the account");
        vm.prank(actor(REQUESTER));
        (bool done,) = address(rlc).call(abi.encodeCall(rlc.approveAndCall, (address(hub), PRICE, data)));
        vm.assertFalse(done, "nor through the token");
        vm.assertEq(rlc.balanceOf(actor(REQUESTER)), PRICE, "nothing left the account");
    }

    function test_without_data_it_deposits() public {
        give(actor(REQUESTER), 5);
        vm.prank(actor(REQUESTER));
        rlc.approveAndCall(address(hub), 5, "");
        vm.assertEq(hub.balanceOf(actor(REQUESTER)), 5, "deposited");
    }

    function test_with_match_data_it_deposits_and_matches() public {
        give(actor(REQUESTER), PRICE + 1);
        Orders memory o = sign(orders());
        vm.prank(actor(REQUESTER));
        rlc.approveAndCall(address(hub), PRICE + 1, matchCall(o));
        (uint256 stake, uint256 locked) = money(actor(REQUESTER));
        vm.assertEq(stake, 1, "what the deal did not need");
        vm.assertEq(locked, PRICE, "the deal's price");
        vm.assertEq(hub.viewConsumed(digestOf(o.request)), 1, "matched");
    }

    function test_the_sender_must_be_the_requester() public {
        give(actor(SPONSOR), PRICE);
        Orders memory o = sign(orders());
        vm.prank(actor(SPONSOR));
        rlc.approve(address(hub), PRICE);
        bytes memory call = abi.encodeCall(Hub.receiveApproval, (actor(SPONSOR), PRICE, address(rlc), matchCall(o)));
        refusesWith(address(rlc), call, abi.encodeWithSelector(Hub.CallerIsNotTheRequester.selector));
    }

    function test_no_other_operation() public {
        Orders memory o = sign(orders());
        bytes memory data = abi.encodeCall(Hub.sponsorMatchOrders, (o.app, o.dataset, o.pool, o.request));
        refusedByTheHub(
            data, abi.encodeWithSelector(Hub.UnsupportedOperation.selector, Hub.sponsorMatchOrders.selector)
        );
        data = abi.encodeCall(Hub.withdraw, (1));
        refusedByTheHub(data, abi.encodeWithSelector(Hub.UnsupportedOperation.selector, Hub.withdraw.selector));
    }

    function test_the_matchs_own_reason_comes_through() public {
        Orders memory o = orders();
        o.request.category = 1;
        refusedByTheHub(matchCall(sign(o)), abi.encodeWithSignature("Error(string)", "iExecV5-matchOrders-0x00"));
    }

    function test_a_match_that_fails_without_a_reason() public {
        Orders memory o = orders();
        o.app.app = o.request.app = address(0xa99);
        vm.mockCall(address(appRegistry), abi.encodeCall(appRegistry.isRegistered, (address(0xa99))), abi.encode(true));
        refusedByTheHub(matchCall(sign(o)), abi.encodeWithSelector(Hub.OperationFailed.selector));
    }

    function test_another_token_is_refused() public {
        bytes memory call = abi.encodeCall(Hub.receiveApproval, (actor(REQUESTER), 1, address(0xbad), ""));
        vm.prank(actor(REQUESTER));
        rlc.approve(address(hub), 1);
        vm.prank(address(0xbad));
        (bool done,) = address(hub).call(call);
        vm.assertFalse(done, "only the escrow's token");
    }
}
