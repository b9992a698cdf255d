// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Wallet, RevertingWallet} from "./base/Doubles.sol";
import "./base/Types.sol";

/// Chapter 1.4: which signatures the hub takes, of people and of contracts.
contract SignaturesTest is World {
    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    string private constant FORMAT = "invalid-signature-format";

    function parts(bytes32 digest) private returns (uint8 v, bytes32 r, bytes32 s) {
        return vm.sign(key(REQUESTER), digest);
    }

    function compact(bytes32 digest) private returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = parts(digest);
        return abi.encodePacked(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
    }

    function requestWith(bytes memory signature, Orders memory o) private pure returns (Orders memory) {
        o.request.sign = signature;
        return o;
    }

    function test_65_and_64_bytes() public {
        Orders memory o = sign(orders());
        bytes32 digest = digestOf(o.request);
        vm.assertTrue(hub.verifySignature(actor(REQUESTER), digest, o.request.sign), "65 bytes");
        vm.assertTrue(hub.verifySignature(actor(REQUESTER), digest, compact(digest)), "64 bytes");
        vm.assertFalse(hub.verifySignature(actor(SPONSOR), digest, o.request.sign), "another account");
        vm.assertFalse(hub.verifySignature(actor(REQUESTER), ~digest, o.request.sign), "another digest");
        matchSigned(requestWith(compact(digest), o));
    }

    function test_v_of_0_or_1_and_high_s_are_nobodys() public {
        Orders memory o = sign(orders());
        bytes32 digest = digestOf(o.request);
        (uint8 v, bytes32 r, bytes32 s) = parts(digest);
        bytes memory lowV = abi.encodePacked(r, s, v - 27);
        bytes memory highS = abi.encodePacked(r, ORDER - uint256(s), v == 27 ? uint8(28) : uint8(27));
        vm.assertFalse(hub.verifySignature(actor(REQUESTER), digest, lowV), "v = 0 or 1");
        vm.assertFalse(hub.verifySignature(actor(REQUESTER), digest, highS), "high s");
        refuses(actor(ANYONE), matchCall(requestWith(lowV, o)), "iExecV5-matchOrders-0x50");
        refuses(actor(ANYONE), matchCall(requestWith(highS, o)), "iExecV5-matchOrders-0x50");
    }

    function test_a_zero_account_signs_nothing() public view {
        vm.assertFalse(hub.verifySignature(address(0), DIGEST, new bytes(65)), "all zero");
    }

    function test_other_lengths_are_no_signatures() public {
        Orders memory o = sign(orders());
        bytes memory good = o.request.sign;
        bytes[4] memory bad = [bytes(""), bytes.concat(good, hex"00"), new bytes(63), new bytes(1)];
        for (uint256 i; i < bad.length; i++) {
            bytes memory call = abi.encodeCall(hub.verifySignature, (actor(REQUESTER), DIGEST, bad[i]));
            refuses(actor(ANYONE), call, FORMAT);
            refuses(actor(ANYONE), matchCall(requestWith(bad[i], o)), FORMAT);
        }
    }

    function give(address owner) private {
        vm.prank(actor(APP_OWNER));
        appRegistry.transferFrom(actor(APP_OWNER), owner, uint256(uint160(app)));
    }

    function test_a_contract_signs_by_erc1271() public {
        give(address(new Wallet("a word")));
        Orders memory o = sign(orders());
        refuses(actor(ANYONE), matchCall(o), "iExecV5-matchOrders-0x21");
        o.app.sign = "a word";
        bytes32 dealid = matchSigned(o);
        vm.assertEq(hub.viewDeal(dealid).app.owner, appRegistry.ownerOf(uint256(uint160(app))), "owner in the deal");
    }

    function test_a_contract_requester() public {
        address wallet = address(new Wallet("mine"));
        fund(wallet, RICH);
        Orders memory o = orders();
        o.request.requester = wallet;
        sign(o);
        refuses(actor(ANYONE), matchCall(o), "iExecV5-matchOrders-0x50");
        matchSigned(requestWith("mine", o));
    }

    function test_a_contract_that_fails_or_cannot_sign_does_not_match() public {
        uint256 id = vm.snapshotState();
        give(address(new RevertingWallet()));
        (bool done,) = address(hub).call(matchCall(sign(orders())));
        vm.assertFalse(done, "a failing wallet");
        vm.revertToState(id);
        give(address(rlc));
        (done,) = address(hub).call(matchCall(sign(orders())));
        vm.assertFalse(done, "a contract without ERC-1271");
    }

    function test_a_new_owner_ends_the_old_ones_orders() public {
        Orders memory o = sign(orders());
        give(actor(SPONSOR));
        refuses(actor(ANYONE), matchCall(o), "iExecV5-matchOrders-0x21");
        o.app.sign = signDigest(SPONSOR, digestOf(o.app));
        matchSigned(o);
    }

    function testFuzz_only_the_signer_is_recovered(bytes32 digest, uint256 who, uint256 flip) public {
        who = FIRST_WORKER + who % 3;
        bytes memory signature = signDigest(who, digest);
        vm.assertTrue(hub.verifySignature(actor(who), digest, signature), "own signature");
        signature[(flip >> 3) % 65] ^= bytes1(uint8(1 << (flip % 8)));
        vm.assertFalse(hub.verifySignature(actor(who), digest, signature), "one bit changed");
    }
}
