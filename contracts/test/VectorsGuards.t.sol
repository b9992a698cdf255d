// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm} from "./base/Vm.sol";
import {Vectors} from "./base/Vectors.sol";
import {Hashes} from "./base/Hashes.sol";
import {Hub, HubAdmin} from "./base/Abi.sol";
import "./base/Types.sol";

/// The vectors' `guards`: for each name, the situation that it describes and the one call in it; the file says how the hub must answer.
contract VectorsGuardsTest is Vectors {
    /// The call of a guard and who makes it.
    struct Attempt {
        address from;
        bytes call;
    }

    function test_guards() public {
        string[] memory guards = vm.split(inner(vm.readFile(FILE), "guards", " ", "[", "]"), "\n  {");
        vm.assertEq(guards.length - 1, 29, "guards");
        for (uint256 i = 1; i < guards.length; i++) {
            json = string.concat("{", vm.split(guards[i], "\n  }")[0], "}");
            uint256 id = vm.snapshotState();
            guard(text(".name"), text(".method"));
            vm.revertToState(id);
        }
    }

    function guard(string memory name, string memory method) private {
        Attempt memory a = same(method, "matchOrders")
            ? matching(name)
            : same(method, "contribute") ? contributing(name) : other(name);
        if (vm.keyExistsJson(json, ".revert")) return refuses(a.from, a.call, text(".revert"));
        vm.assertTrue(vm.parseJsonBool(json, ".allowed"), name);
        vm.prank(a.from);
        (bool done,) = address(hub).call(a.call);
        vm.assertTrue(done, name);
    }

    function unknown(string memory name) private pure {
        revert(string.concat("a guard that no test knows: ", name));
    }

    function matching(string memory name) private returns (Attempt memory) {
        Orders memory o = ordersWithDataset();
        bool signDataset = true;
        if (same(name, "matchOrders 0x00")) o.request.category = 1;
        else if (same(name, "matchOrders 0x03")) o.request.appmaxprice = APP_PRICE - 1;
        else if (same(name, "matchOrders 0x06")) o.request.tag = bytes32(uint256(0x100));
        else if (same(name, "matchOrders 0x11")) o.request.dataset = address(0xbad);
        else if (same(name, "matchOrders 0x14")) o.app.workerpoolrestrict = address(0xbad);
        else if (same(name, "matchOrders 0x17")) o.dataset.workerpoolrestrict = address(0xbad);
        else if (same(name, "matchOrders 0x1a")) o.pool.datasetrestrict = address(0xbad);
        else if (same(name, "matchOrders 0x30")) o.dataset.dataset = o.request.dataset = app;
        else if (same(name, "matchOrders 0x31")) signDataset = false;
        else if (same(name, "matchOrders 0x60")) o.request.volume = 0;
        else unknown(name);
        sign(o);
        if (!signDataset) o.dataset.sign = signDigest(ANYONE, digestOf(o.dataset));
        return Attempt(actor(ANYONE), matchCall(o));
    }

    function contribution(bytes32 taskid, address enclave, bytes memory proof, uint256 signer)
        private
        returns (Attempt memory)
    {
        bytes32 hash = Hashes.resultHash(taskid, DIGEST);
        bytes32 seal = Hashes.resultSeal(worker(0), taskid, DIGEST);
        if (proof.length == 1) proof = signMessage(ENCLAVE, keccak256(abi.encodePacked(hash, seal)));
        bytes memory word_ = signMessage(signer, Hashes.authorization(worker(0), taskid, enclave));
        return Attempt(worker(0), abi.encodeCall(Hub.contribute, (taskid, hash, seal, enclave, proof, word_)));
    }

    function tee() private returns (bytes32) {
        Orders memory o = orders();
        o.app.tag = o.pool.tag = bytes32(uint256(1));
        return taskOf(o);
    }

    /// A proof of one byte stands for the enclave's true signature.
    function contributing(string memory name) private returns (Attempt memory a) {
        bytes memory proof = hex"01";
        if (same(name, "contribute: authorization signed by a stranger")) {
            return contribution(task(1), address(0), "", ANYONE);
        }
        if (same(name, "contribute: EIP-2098 compact authorization")) return compact();
        if (same(name, "contribute: enclave signature missing")) {
            return contribution(task(1), actor(ENCLAVE), "", SCHEDULER);
        }
        if (same(name, "contribute: task not initialized")) {
            return contribution(Hashes.taskid(signAndMatch(orders()), 0), address(0), "", SCHEDULER);
        }
        if (same(name, "contribute: with exactly the stake")) {
            keepOnly(worker(0), POOL_PRICE * 30 / 100);
            return contribution(task(1), address(0), "", SCHEDULER);
        }
        if (same(name, "contribute: TEE tag without an enclave")) {
            return contribution(tee(), address(0), "", SCHEDULER);
        }
        if (same(name, "contribute: broker set, broker signs")) {
            vm.prank(actor(ADMIN));
            HubAdmin(address(hub)).setTeeBroker(actor(BROKER));
            return contribution(tee(), actor(ENCLAVE), proof, BROKER);
        }
        if (same(name, "contribute: at the contribution deadline")) {
            a = contribution(task(1), address(0), "", SCHEDULER);
            vm.warp(block.timestamp + 7 * T);
            return a;
        }
        unknown(name);
    }

    function compact() private returns (Attempt memory) {
        bytes32 taskid = task(1);
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key(SCHEDULER), ethSigned(Hashes.authorization(worker(0), taskid, address(0))));
        bytes memory word_ = abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255));
        bytes32 seal = Hashes.resultSeal(worker(0), taskid, DIGEST);
        return Attempt(
            worker(0),
            abi.encodeCall(Hub.contribute, (taskid, Hashes.resultHash(taskid, DIGEST), seal, address(0), "", word_))
        );
    }

    function ending(bytes32 taskid, bytes memory callbackData) private returns (Attempt memory) {
        return Attempt(actor(SCHEDULER), abi.encodeCall(Hub.finalize, (taskid, bytes("results"), callbackData)));
    }

    function revealed() private returns (bytes32 taskid) {
        taskid = revealing();
        reveal(0, taskid, DIGEST);
        reveal(1, taskid, DIGEST);
    }

    function other(string memory name) private returns (Attempt memory) {
        if (same(name, "initialize: index past the deal")) {
            return Attempt(actor(ANYONE), abi.encodeCall(Hub.initialize, (signAndMatch(orders()), 1)));
        }
        if (same(name, "initialize: by anyone")) {
            return Attempt(actor(ANYONE), abi.encodeCall(Hub.initialize, (signAndMatch(orders()), 0)));
        }
        if (same(name, "initializeAndClaimArray: never-initialized task after the final deadline")) {
            bytes32[] memory deals = new bytes32[](1);
            deals[0] = signAndMatch(orders());
            vm.warp(block.timestamp + 10 * T);
            return Attempt(actor(ANYONE), abi.encodeCall(Hub.initializeAndClaimArray, (deals, new uint256[](1))));
        }
        if (same(name, "reveal: wrong digest")) {
            return Attempt(worker(0), abi.encodeCall(Hub.reveal, (revealing(), keccak256("wrong"))));
        }
        if (same(name, "reveal: twice")) return Attempt(worker(0), abi.encodeCall(Hub.reveal, (revealed(), DIGEST)));
        if (same(name, "finalize: callback data without a callback")) return ending(revealed(), "x");
        if (same(name, "finalize: twice")) {
            bytes32 taskid = revealed();
            finalize(taskid);
            return ending(taskid, "");
        }
        if (same(name, "finalize: at the final deadline")) {
            bytes32 taskid = revealed();
            vm.warp(hub.viewTask(taskid).finalDeadline);
            return ending(taskid, "");
        }
        return reopening(name);
    }

    function reopening(string memory name) private returns (Attempt memory) {
        bytes32 taskid;
        if (same(name, "reopen: before consensus")) {
            taskid = task(4);
        } else {
            taskid = revealing();
            if (same(name, "reopen: somebody revealed")) reveal(0, taskid, DIGEST);
            else if (!same(name, "reopen: at the reveal deadline with no reveal")) unknown(name);
            vm.warp(hub.viewTask(taskid).revealDeadline);
        }
        return Attempt(actor(SCHEDULER), abi.encodeCall(Hub.reopen, (taskid)));
    }
}
