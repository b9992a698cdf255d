// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm, Vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Hub, HubAdmin} from "./base/Abi.sol";
import "./base/Types.sol";

/// A contract that the hub, as a token, tells of an approval.
contract Spender {
    address public sender;
    uint256 public amount;
    address public token;
    bytes public data;

    function receiveApproval(address from, uint256 value, address what, bytes calldata extra) external returns (bool) {
        (sender, amount, token, data) = (from, value, what, extra);
        return true;
    }
}

/// Chapter 1.8: RLC in and out, and free money as a token of the hub's own.
contract EscrowTest is World {
    address private rich;

    function setUp() public override {
        super.setUp();
        rich = actor(ADMIN);
        vm.prank(rich);
        rlc.approve(address(hub), type(uint256).max);
    }

    function held() private view {
        vm.assertEq(rlc.balanceOf(address(hub)), hub.totalSupply(), "tokens held");
    }

    function failsFrom(address from, bytes memory call) private {
        vm.prank(from);
        (bool done,) = address(hub).call(call);
        vm.assertFalse(done, "refused");
        held();
    }

    function test_the_token() public view {
        vm.assertEq(rlc.decimals(), 9, "decimals");
        vm.assertEq(rlc.symbol(), "RLC", "symbol");
        vm.assertEq(hub.token(), address(rlc), "the hub's");
    }

    function testFuzz_deposit_and_withdraw(uint256 amount, uint256 back) public {
        amount %= rlc.balanceOf(rich) + 1;
        (uint256 free,) = money(rich);
        uint256 outside = rlc.balanceOf(rich);
        vm.prank(rich);
        vm.assertTrue(hub.deposit(amount), "true");
        vm.assertEq(hub.balanceOf(rich), free + amount, "free");
        vm.assertEq(rlc.balanceOf(rich), outside - amount, "outside");
        back %= free + amount + 1;
        vm.prank(rich);
        vm.assertTrue(hub.withdraw(back), "true");
        vm.assertEq(hub.balanceOf(rich), free + amount - back, "free");
        vm.assertEq(rlc.balanceOf(rich), outside - amount + back, "outside");
        held();
    }

    function test_for_others() public {
        address to = address(0x70);
        vm.prank(rich);
        hub.depositFor(7, to);
        vm.assertEq(hub.balanceOf(to), 7, "deposited");
        uint256[] memory amounts = new uint256[](2);
        address[] memory targets = new address[](2);
        (amounts[0], amounts[1], targets[0], targets[1]) = (1, 2, to, address(0x71));
        vm.prank(rich);
        hub.depositForArray(amounts, targets);
        vm.assertEq(hub.balanceOf(to), 8, "first");
        vm.assertEq(hub.balanceOf(address(0x71)), 2, "second");
        failsFrom(rich, abi.encodeCall(Hub.depositForArray, (amounts, new address[](1))));
        vm.prank(to);
        hub.withdrawTo(3, address(0x72));
        vm.assertEq(rlc.balanceOf(address(0x72)), 3, "withdrawn to another");
        vm.assertEq(hub.balanceOf(to), 5, "what is left");
        held();
    }

    function test_deposits_and_withdrawals_are_transfers_from_and_to_nobody() public {
        vm.recordLogs();
        vm.prank(rich);
        hub.deposit(4);
        vm.prank(rich);
        hub.withdraw(3);
        Vm.Log[] memory logs = hubLogs();
        vm.assertEq(logs.length, 2, "two");
        vm.assertEq(logs[0].topics[1], bytes32(0), "from nobody");
        vm.assertEq(logs[0].topics[2], bytes32(uint256(uint160(rich))), "to the account");
        vm.assertEq(logs[0].data, abi.encode(4), "in");
        vm.assertEq(logs[1].topics[2], bytes32(0), "to nobody");
        vm.assertEq(logs[1].data, abi.encode(3), "out");
    }

    function test_transfers_and_approvals_are_told() public {
        address to = address(0x70);
        vm.recordLogs();
        vm.prank(rich);
        hub.transfer(to, 9);
        vm.prank(rich);
        hub.approve(to, 5);
        Vm.Log[] memory logs = hubLogs();
        vm.assertEq(logs.length, 2, "two");
        for (uint256 i; i < 2; i++) {
            vm.assertEq(logs[i].topics[1], bytes32(uint256(uint160(rich))), "whose");
            vm.assertEq(logs[i].topics[2], bytes32(uint256(uint160(to))), "for whom");
        }
        vm.assertEq(logs[0].topics[0], keccak256("Transfer(address,address,uint256)"), "moved");
        vm.assertEq(logs[0].data, abi.encode(9), "how much");
        vm.assertEq(logs[1].topics[0], keccak256("Approval(address,address,uint256)"), "allowed");
        vm.assertEq(logs[1].data, abi.encode(5), "how much");
    }

    function test_nobody_takes_more_than_is_free() public {
        uint256 free = hub.balanceOf(actor(REQUESTER));
        failsFrom(actor(REQUESTER), abi.encodeCall(Hub.withdraw, (free + 1)));
        failsFrom(actor(REQUESTER), abi.encodeCall(Hub.withdrawTo, (free + 1, rich)));
        failsFrom(actor(REQUESTER), abi.encodeCall(Hub.transfer, (rich, free + 1)));
        failsFrom(actor(REQUESTER), abi.encodeCall(Hub.transfer, (address(0), 1)));
        failsFrom(actor(REQUESTER), abi.encodeCall(Hub.transferFrom, (rich, actor(REQUESTER), 1)));
        failsFrom(actor(REQUESTER), abi.encodeCall(Hub.deposit, (1)));
        signAndMatch(orders());
        failsFrom(actor(REQUESTER), abi.encodeCall(Hub.withdraw, (free)));
    }

    function test_allowances_grow_and_shrink() public {
        address to = address(0x70);
        vm.prank(rich);
        hub.increaseAllowance(to, 5);
        vm.prank(rich);
        hub.decreaseAllowance(to, 2);
        vm.assertEq(hub.allowance(rich, to), 3, "5 - 2");
        failsFrom(rich, abi.encodeCall(Hub.decreaseAllowance, (to, 4)));
        failsFrom(rich, abi.encodeCall(Hub.approve, (address(0), 1)));
    }

    function test_tokens_sent_without_a_deposit_are_the_owners() public {
        uint256 free = hub.balanceOf(rich);
        vm.prank(rich);
        rlc.transfer(address(hub), 11);
        vm.prank(actor(ANYONE));
        (bool done,) = address(hub).call(abi.encodeCall(HubAdmin.recover, ()));
        vm.assertFalse(done, "the owner's only");
        vm.prank(rich);
        HubAdmin(address(hub)).recover();
        vm.assertEq(hub.balanceOf(rich), free + 11, "credited");
        held();
        failsFrom(rich, abi.encodeCall(Hub.depositFor, (1, address(0))));
    }

    function test_free_money_is_a_token() public {
        address to = address(0x70);
        vm.prank(rich);
        hub.transfer(to, 9);
        vm.assertEq(hub.balanceOf(to), 9, "transferred");
        vm.prank(to);
        hub.approve(rich, 5);
        vm.assertEq(hub.allowance(to, rich), 5, "allowed");
        vm.prank(rich);
        hub.transferFrom(to, address(0x71), 4);
        vm.assertEq(hub.allowance(to, rich), 1, "what is left");
        vm.assertEq(hub.balanceOf(address(0x71)), 4, "moved");
        failsFrom(rich, abi.encodeCall(Hub.transferFrom, (to, rich, 2)));
        Spender spender = new Spender();
        vm.prank(to);
        hub.approveAndCall(address(spender), 2, "word");
        vm.assertEq(spender.sender(), to, "who");
        vm.assertEq(spender.amount(), 2, "how much");
        vm.assertEq(spender.token(), address(hub), "of what");
        vm.assertEq(spender.data(), "word", "with what");
        vm.assertEq(hub.allowance(to, address(spender)), 2, "allowed");
        held();
    }
}
