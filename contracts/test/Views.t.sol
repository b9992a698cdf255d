// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm, Vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Hashes} from "./base/Hashes.sol";
import {HubAdmin, HubLegacy} from "./base/Abi.sol";
import "./base/Types.sol";

interface Separator {
    function updateDomainSeparator() external;
}

/// The tuple that viewTaskABILegacy answers: a task without the fields of version 5.
struct LegacyTask {
    uint8 status;
    bytes32 dealid;
    uint256 idx;
    uint256 timeref;
    uint256 contributionDeadline;
    uint256 revealDeadline;
    uint256 finalDeadline;
    bytes32 consensusValue;
    uint256 revealCounter;
    uint256 winnerCounter;
    address[] contributors;
    bytes results;
}

/// Chapters 1.2 and 1.10: settings, and the same facts as structs and as the old flat tuples.
contract ViewsTest is World {
    function test_settings() public view {
        vm.assertEq(hub.name(), "Staked RLC", "name");
        vm.assertEq(hub.symbol(), "SRLC", "symbol");
        vm.assertEq(hub.decimals(), 9, "decimals");
        vm.assertEq(hub.contribution_deadline_ratio(), 7, "contribution");
        vm.assertEq(hub.reveal_deadline_ratio(), 2, "reveal");
        vm.assertEq(hub.final_deadline_ratio(), 10, "final");
        vm.assertEq(hub.workerpool_stake_ratio(), 30, "stake");
        vm.assertEq(hub.kitty_ratio(), 10, "kitty");
        vm.assertEq(hub.kitty_min(), 1e9, "kitty's least");
        vm.assertEq(hub.kitty_address(), 0x99c2268479b93fDe36232351229815DF80837e23, "kitty's address");
        vm.assertEq(hub.groupmember_purpose(), 4, "purpose");
        vm.assertEq(hub.callbackgas(), 200_000, "gas");
        vm.assertEq(hub.teebroker(), address(0), "broker");
        vm.assertEq(hub.appregistry(), address(appRegistry), "apps");
        vm.assertEq(hub.datasetregistry(), address(datasetRegistry), "datasets");
        vm.assertEq(hub.workerpoolregistry(), address(poolRegistry), "pools");
        vm.assertEq(hub.owner(), addressOfAdmin(), "owner");
    }

    function addressOfAdmin() private pure returns (address) {
        return 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266;
    }

    function test_categories() public {
        string[5] memory names = ["XS", "S", "M", "L", "XL"];
        uint256[5] memory times = [uint256(300), 1200, 3600, 10800, 36000];
        vm.assertEq(hub.countCategory(), 5, "categories");
        for (uint256 i; i < 5; i++) {
            vm.assertEq(hub.viewCategory(i).name, names[i], "name");
            vm.assertEq(hub.viewCategory(i).workClockTimeRef, times[i], "time");
        }
        vm.prank(actor(ANYONE));
        (bool done,) = address(hub).call(abi.encodeCall(HubAdmin.createCategory, ("n", "d", 7)));
        vm.assertFalse(done, "the owner's only");
        vm.recordLogs();
        vm.prank(actor(ADMIN));
        vm.assertEq(HubAdmin(address(hub)).createCategory("n", "d", 7), 5, "id");
        Vm.Log[] memory logs = hubLogs();
        vm.assertEq(logs[0].topics[0], keccak256("CreateCategory(uint256,string,string,uint256)"), "event");
        vm.assertEq(logs[0].data, abi.encode(5, "n", "d", 7), "what it says");
        (bool found,) = address(hub).call(abi.encodeCall(hub.viewCategory, (6)));
        vm.assertFalse(found, "no such category");
    }

    function test_only_the_owner_gives_the_hub_away() public {
        vm.prank(actor(ANYONE));
        (bool done,) = address(hub).call(abi.encodeCall(HubAdmin.transferOwnership, (actor(ANYONE))));
        vm.assertFalse(done, "a stranger");
        vm.prank(actor(ADMIN));
        HubAdmin(address(hub)).transferOwnership(actor(ANYONE));
        vm.assertEq(hub.owner(), actor(ANYONE), "owner");
    }

    function test_the_domain_follows_the_chain_when_asked() public {
        vm.chainId(777);
        vm.assertEq(hub.eip712domain_separator(), separator, "as deployed");
        Separator(address(hub)).updateDomainSeparator();
        vm.assertEq(hub.eip712domain_separator(), Hashes.separator(777, address(hub)), "as the chain is");
    }

    function test_deals_as_tuples() public {
        Orders memory o = ordersWithDataset();
        o.request.callback = address(0xcb);
        bytes32 id = signAndMatch(o);
        Deal memory d = hub.viewDeal(id);
        raw(abi.encodeCall(HubLegacy.viewDealABILegacy_pt1, (id)), abi.encode(d.app, d.dataset, d.workerpool));
        bytes memory second = abi.encode(d.trust, d.tag, d.requester, d.beneficiary, d.callback, d.params);
        raw(abi.encodeCall(HubLegacy.viewDealABILegacy_pt2, (id)), second);
        bytes memory config =
            abi.encode(d.category, d.startTime, d.botFirst, d.botSize, d.workerStake, d.schedulerRewardRatio);
        raw(abi.encodeCall(HubLegacy.viewConfigABILegacy, (id)), config);
        vm.assertTrue(d.callback == address(0xcb) && d.dataset.price == DATASET_PRICE, "it is the deal");
    }

    function raw(bytes memory call, bytes memory expected) private view {
        (bool done, bytes memory answer) = address(hub).staticcall(call);
        vm.assertTrue(done, "answered");
        vm.assertEq(answer, expected, "the same facts");
    }

    function test_tasks_as_tuples() public {
        bytes32 id = revealing();
        reveal(0, id, DIGEST);
        reveal(1, id, DIGEST);
        finalize(id);
        Task memory t = hub.viewTask(id);
        LegacyTask memory old = LegacyTask(
            t.status,
            t.dealid,
            t.idx,
            t.timeref,
            t.contributionDeadline,
            t.revealDeadline,
            t.finalDeadline,
            t.consensusValue,
            2,
            2,
            t.contributors,
            "results"
        );
        // A struct is encoded as its tuple behind the word that says where it begins.
        (bool done, bytes memory answer) = address(hub).staticcall(abi.encodeCall(HubLegacy.viewTaskABILegacy, (id)));
        vm.assertTrue(done, "answered");
        vm.assertEq(bytes.concat(bytes32(uint256(32)), answer), abi.encode(old), "the same facts");
    }

    function test_contributions_and_accounts_as_tuples() public {
        bytes32 id = revealing();
        Contribution memory c = hub.viewContribution(id, worker(0));
        bytes memory expected = abi.encode(c.status, c.resultHash, c.resultSeal, c.enclaveChallenge);
        raw(abi.encodeCall(HubLegacy.viewContributionABILegacy, (id, worker(0))), expected);
        vm.assertEq(hub.frozenOf(worker(0)), 3e9, "something is locked");
        expected = abi.encode(hub.balanceOf(worker(0)), uint256(3e9));
        raw(abi.encodeCall(HubLegacy.viewAccountABILegacy, (worker(0))), expected);
    }

    /// The structs' ABI, word by word: what a client of another language decodes.
    function test_the_words_of_a_task() public {
        bytes32 id = task(1);
        (, bytes memory answer) = address(hub).staticcall(abi.encodeCall(hub.viewTask, (id)));
        vm.assertEq(uint256(bytes32(answer)), 32, "the tuple's offset");
        vm.assertEq(answer.length, (1 + 15 + 3) * 32, "fifteen fields, three of them empty and dynamic");
        (, answer) = address(hub).staticcall(abi.encodeCall(hub.viewContribution, (id, worker(0))));
        vm.assertEq(answer.length, 5 * 32, "contribution");
        (, answer) = address(hub).staticcall(abi.encodeCall(hub.viewAccount, (worker(0))));
        vm.assertEq(answer.length, 2 * 32, "account");
    }
}
