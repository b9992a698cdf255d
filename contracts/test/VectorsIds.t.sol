// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm} from "./base/Vm.sol";
import {Vectors} from "./base/Vectors.sol";
import {Hashes} from "./base/Hashes.sol";
import {Hub} from "./base/Abi.sol";
import "./base/Types.sol";

/// The vectors' `ids`: deals and tasks out of a signed request, messages between scheduler, worker and enclave, deadlines.
contract VectorsIdsTest is Vectors {
    function test_deals() public {
        uint256 deals = rows("ids", "deals");
        vm.assertEq(deals, 2, "deals");
        for (uint256 i; i < deals; i++) {
            open("ids", "deals", i);
            deal();
        }
    }

    /// The app and the requester's signature are the vectors' own; the two other orders are ours, so their hashes are not compared.
    function deal() private {
        Orders memory o = orders();
        o.request = requestOrder(".requestOrder");
        pretend(address(appRegistry), o.request.app, actor(APP_OWNER));
        o.app.app = o.request.app;
        o.app.appprice = 0;
        o.app.sign = signDigest(APP_OWNER, digestOf(o.app));
        o.pool.workerpoolprice = 0;
        o.pool.volume = num(".workerpoolOrderVolume");
        o.pool.sign = signDigest(SCHEDULER, digestOf(o.pool));
        vm.assertEq(digestOf(o.request), word(".requestOrderHash"), "request hash");
        vm.recordLogs();
        bytes32 dealid = matchSigned(o);
        eventsAre(".events");
        vm.assertEq(dealid, word(".dealid"), "dealid");
        Deal memory d = hub.viewDeal(dealid);
        vm.assertEq(d.botFirst, num(".botFirst"), "first");
        vm.assertEq(d.botSize, num(".botSize"), "size");
        vm.assertEq(d.trust, num(".trustInDeal"), "trust");
        vm.assertEq(count(".tasks"), d.botSize, "tasks");
        for (uint256 i; i < d.botSize; i++) {
            uint256 index = num(item(".tasks", i, ".index"));
            vm.assertEq(hub.initialize(dealid, index), word(item(".tasks", i, ".taskid")), "taskid");
        }
    }

    function test_messages() public {
        uint256 messages = rows("ids", "contributionMessages");
        vm.assertEq(messages, 4, "messages");
        for (uint256 i; i < messages; i++) {
            open("ids", "contributionMessages", i);
            message();
        }
    }

    /// The hashes and signatures, and the hub itself: one of its tasks is put where the vectors' task lies, and takes the vectors' words.
    function message() private {
        bytes32 taskid = word(".taskid");
        address who = actor(num(".workerAccountIndex"));
        uint256 signer = num(".authorizationSignerAccountIndex");
        bytes32 digest = word(".resultDigest");
        address enclave = vm.parseJsonAddress(json, ".enclave");
        bytes memory authorization = blob(".authorizationSignature");
        vm.assertEq(who, vm.parseJsonAddress(json, ".worker"), "worker");
        vm.assertEq(actor(signer), vm.parseJsonAddress(json, ".authorizationSigner"), "signer");
        vm.assertEq(taskid, Hashes.taskid(word(".dealid"), 0), "taskid");
        bytes32 h = Hashes.authorization(who, taskid, enclave);
        vm.assertEq(h, word(".authorizationHash"), "authorization");
        vm.assertEq(ethSigned(h), word(".authorizationEthSignedDigest"), "its digest");
        vm.assertEq(signMessage(signer, h), authorization, "its signature");
        bytes32 hash = word(".resultHash");
        bytes32 seal = word(".resultSeal");
        vm.assertEq(Hashes.resultHash(taskid, digest), hash, "result hash");
        vm.assertEq(Hashes.resultSeal(who, taskid, digest), seal, "result seal");
        bytes memory proof;
        if (enclave != address(0)) {
            vm.assertEq(enclave, actor(ENCLAVE), "enclave");
            h = keccak256(abi.encodePacked(hash, seal));
            proof = blob(".enclaveSignature");
            vm.assertEq(h, word(".enclaveHash"), "enclave's hash");
            vm.assertEq(ethSigned(h), word(".enclaveEthSignedDigest"), "its digest");
            vm.assertEq(signMessage(ENCLAVE, h), proof, "its signature");
        }
        placeTask(taskid, enclave == address(0) ? bytes32(0) : bytes32(uint256(1)));
        vm.prank(who);
        hub.contribute(taskid, hash, seal, enclave, proof, authorization);
        vm.prank(who);
        hub.reveal(taskid, digest);
        vm.assertEq(hub.viewContribution(taskid, who).status, 2, "PROVED");
    }

    /// Makes an ACTIVE task of trust 1 under an id that no deal of ours can have.
    function placeTask(bytes32 taskid, bytes32 tag) private {
        Orders memory o = orders();
        o.app.tag = o.pool.tag = tag;
        bytes32 ours = taskOf(o);
        bytes32[] memory from = slotsOf(ours);
        bytes32[] memory to = slotsOf(taskid);
        vm.assertEq(from.length, to.length, "a task without contributors has the slots of an unset one");
        for (uint256 i; i < from.length; i++) {
            vm.store(address(hub), to[i], vm.load(address(hub), from[i]));
        }
        vm.assertEq(status(taskid), 1, "ACTIVE");
    }

    /// What the view of a task reads, in order: its slots, without a word about the layout.
    function slotsOf(bytes32 taskid) private returns (bytes32[] memory reads) {
        vm.record();
        hub.viewTask(taskid);
        (reads,) = vm.accesses(address(hub));
    }

    function test_accounts() public {
        open("accounts");
        string[10] memory names = [
            "admin",
            "requester",
            "sponsor",
            "beneficiary",
            "appOwner",
            "datasetOwner",
            "scheduler",
            "enclave",
            "broker",
            "anyone"
        ];
        for (uint256 i; i < names.length; i++) {
            vm.assertEq(actor(i), vm.parseJsonAddress(json, string.concat(".", names[i])), names[i]);
        }
        uint256 workers = count(".workers");
        vm.assertEq(workers, 30, "workers");
        for (uint256 w; w < workers; w++) {
            vm.assertEq(worker(w), vm.parseJsonAddress(json, item(".workers", w, "")), "worker");
        }
    }

    function test_deadlines() public {
        open("ids");
        uint256 all = count(".deadlines");
        vm.assertEq(all, 5, "categories");
        vm.assertEq(hub.countCategory(), all, "in the hub too");
        for (uint256 i; i < all; i++) {
            uint256 category = num(item(".deadlines", i, ".category"));
            vm.assertEq(
                hub.viewCategory(category).workClockTimeRef, num(item(".deadlines", i, ".workClockTimeRef")), "T"
            );
            Orders memory o = orders();
            o.pool.category = o.request.category = category;
            uint256 start = block.timestamp;
            bytes32 dealid = signAndMatch(o);
            vm.warp(start + 60);
            bytes32 taskid = hub.initialize(dealid, 0);
            vm.warp(start + 100);
            contribute(0, taskid, DIGEST);
            Task memory t = hub.viewTask(taskid);
            vm.assertEq(
                t.contributionDeadline, start + num(item(".deadlines", i, ".contributionAfterStart")), "contribution"
            );
            vm.assertEq(t.finalDeadline, start + num(item(".deadlines", i, ".finalAfterStart")), "final");
            vm.assertEq(t.revealDeadline, start + 100 + num(item(".deadlines", i, ".revealAfterConsensus")), "reveal");
        }
    }
}
