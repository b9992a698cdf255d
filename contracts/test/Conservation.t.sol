// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm} from "./base/Vm.sol";
import {Handler} from "./base/Handler.sol";
import {Hub} from "./base/Abi.sol";

/// Issue 2: the escrow is conserved to the last unit, whatever anybody does in whatever order.
contract ConservationTest {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Handler private handler;
    Hub private hub;
    address[] private accounts;

    function setUp() public {
        handler = new Handler();
        handler.setUp();
        hub = handler.theHub();
        accounts = handler.known();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// Twice what tasks need most.
    function actions() private pure returns (bytes4[16] memory) {
        return [
            Handler.deposit.selector,
            Handler.withdraw.selector,
            Handler.transfer.selector,
            Handler.matching.selector,
            Handler.matching.selector,
            Handler.initialize.selector,
            Handler.initialize.selector,
            Handler.contribute.selector,
            Handler.contribute.selector,
            Handler.rush.selector,
            Handler.reveal.selector,
            Handler.reveal.selector,
            Handler.finalize.selector,
            Handler.reopen.selector,
            Handler.claim.selector,
            Handler.warp.selector
        ];
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0].addr = address(handler);
        targets[0].selectors = new bytes4[](16);
        for (uint256 i; i < 16; i++) {
            targets[0].selectors[i] = actions()[i];
        }
    }

    /// forge-config: default.invariant.depth = 128
    function invariant_the_escrow_is_conserved() public view {
        uint256 all;
        uint256 locked;
        uint256[] memory owed = handler.owed(accounts);
        for (uint256 i; i < accounts.length; i++) {
            uint256 frozen = hub.frozenOf(accounts[i]);
            uint256 free = hub.balanceOf(accounts[i]);
            all += free + frozen;
            locked += frozen;
            // The last is the kitty, which is owed by nobody.
            if (i + 1 < accounts.length) vm.assertEq(frozen, owed[i], "locked for deals and tasks that are not over");
            else vm.assertEq(free, 0, "the kitty has nothing free");
        }
        vm.assertEq(all, hub.totalSupply(), "free and locked make the supply");
        vm.assertEq(handler.held(), hub.totalSupply(), "the supply is what the hub holds");
        vm.assertEq(hub.balanceOf(address(hub)), locked, "the hub's own balance is what is locked");
    }

    /// The invariant means nothing if the handler never gets anywhere: a long walk must have taken every kind of step.
    function test_the_handler_takes_every_step() public {
        for (uint256 i; i < 700; i++) {
            uint256 seed = uint256(keccak256(abi.encode("walk", i)));
            bytes memory args = abi.encode(seed, seed >> 220, seed >> 217, seed >> 218);
            bytes4 action = actions()[seed % 16];
            if (action == Handler.warp.selector) args = abi.encode((seed >> 100) % 200);
            if (action == Handler.withdraw.selector || action == Handler.deposit.selector) {
                args = abi.encode(seed, (seed >> 100) % 1e9);
            }
            if (action == Handler.transfer.selector) args = abi.encode(seed, seed >> 50, (seed >> 100) % 1e9);
            (bool ok,) = address(handler).call(bytes.concat(action, args));
            vm.assertTrue(ok, "an action does not revert");
        }
        invariant_the_escrow_is_conserved();
        string[12] memory steps = [
            "deposit",
            "withdraw",
            "transfer",
            "match",
            "sponsor",
            "initialize",
            "contribute",
            "rush",
            "reveal",
            "finalize",
            "reopen",
            "claim"
        ];
        for (uint256 i; i < steps.length; i++) {
            vm.assertTrue(handler.done(steps[i]) > 0, steps[i]);
        }
    }
}
