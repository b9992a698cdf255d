// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm, Vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Entry, Registry} from "./base/Abi.sol";
import "./base/Types.sol";

/// Chapter 1.9: entries at foretold addresses, owned as ERC-721 tokens.
contract RegistriesTest is World {
    bytes32 private constant SUM = keccak256("content");

    function predicted(Registry registry, address owner, bytes memory args) private view returns (address) {
        bytes32 salt_ = keccak256(abi.encodePacked(args, owner));
        bytes32 code = keccak256(registry.proxyCode());
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"ff", address(registry), salt_, code)))));
    }

    function born(Registry registry, address owner, address entry) private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        bool told;
        for (uint256 i; i < logs.length; i++) {
            if (
                logs[i].emitter != address(registry)
                    || logs[i].topics[0] != keccak256("Transfer(address,address,uint256)")
            ) continue;
            vm.assertEq(logs[i].topics[1], bytes32(0), "from nobody");
            vm.assertEq(logs[i].topics[2], bytes32(uint256(uint160(owner))), "to the owner");
            vm.assertEq(logs[i].topics[3], bytes32(uint256(uint160(entry))), "the address is the id");
            told = true;
        }
        vm.assertTrue(told, "Transfer");
        vm.assertTrue(registry.isRegistered(entry), "registered");
        vm.assertEq(registry.ownerOf(uint160(entry)), owner, "ownerOf");
        vm.assertEq(Entry(entry).owner(), owner, "owner");
        vm.assertEq(Entry(entry).registry(), address(registry), "registry");
    }

    function refusedTwice(Registry registry, bytes memory call) private {
        (bool done, bytes memory answer) = address(registry).call(call);
        vm.assertFalse(done, "a second time");
        vm.assertEq(answer, abi.encodeWithSignature("Error(string)", "Create2: Failed on deploy"), "reason");
    }

    function test_an_app() public {
        address owner = actor(SPONSOR);
        address foretold = appRegistry.predictApp(owner, "a", "DOCKER", "image:1", SUM, "{}");
        bytes memory args = abi.encodeWithSignature(
            "initialize(string,string,bytes,bytes32,bytes)", "a", "DOCKER", bytes("image:1"), SUM, bytes("{}")
        );
        vm.assertEq(foretold, predicted(appRegistry, owner, args), "the reference's salt");
        vm.assertFalse(appRegistry.isRegistered(foretold), "not yet");
        vm.recordLogs();
        address made = appRegistry.createApp(owner, "a", "DOCKER", "image:1", SUM, "{}");
        vm.assertEq(made, foretold, "address");
        born(appRegistry, owner, made);
        refusedTwice(appRegistry, abi.encodeCall(appRegistry.createApp, (owner, "a", "DOCKER", "image:1", SUM, "{}")));
        vm.assertTrue(
            appRegistry.createApp(actor(ANYONE), "a", "DOCKER", "image:1", SUM, "{}") != made,
            "another owner, another app"
        );
        AppInfo memory info = hub.viewApp(made);
        vm.assertEq(info.owner, owner, "owner");
        vm.assertEq(info.m_appName, "a", "name");
        vm.assertEq(info.m_appType, "DOCKER", "type");
        vm.assertEq(info.m_appMultiaddr, "image:1", "multiaddr");
        vm.assertEq(info.m_appChecksum, SUM, "checksum");
        vm.assertEq(info.m_appMREnclave, "{}", "enclave");
        vm.assertEq(Entry(made).m_appName(), "a", "name");
        vm.assertEq(Entry(made).m_appType(), "DOCKER", "type");
        vm.assertEq(Entry(made).m_appMultiaddr(), "image:1", "multiaddr");
        vm.assertEq(Entry(made).m_appChecksum(), SUM, "checksum");
        vm.assertEq(Entry(made).m_appMREnclave(), "{}", "enclave");
    }

    function test_a_dataset() public {
        address owner = actor(SPONSOR);
        address foretold = datasetRegistry.predictDataset(owner, "d", "https://d/1", SUM);
        bytes memory args = abi.encodeWithSignature("initialize(string,bytes,bytes32)", "d", bytes("https://d/1"), SUM);
        vm.assertEq(foretold, predicted(datasetRegistry, owner, args), "the reference's salt");
        vm.recordLogs();
        address made = datasetRegistry.createDataset(owner, "d", "https://d/1", SUM);
        vm.assertEq(made, foretold, "address");
        born(datasetRegistry, owner, made);
        refusedTwice(datasetRegistry, abi.encodeCall(datasetRegistry.createDataset, (owner, "d", "https://d/1", SUM)));
        DatasetInfo memory info = hub.viewDataset(made);
        vm.assertEq(info.owner, owner, "owner");
        vm.assertEq(info.m_datasetName, "d", "name");
        vm.assertEq(info.m_datasetMultiaddr, "https://d/1", "multiaddr");
        vm.assertEq(info.m_datasetChecksum, SUM, "checksum");
        vm.assertEq(Entry(made).m_datasetName(), "d", "name");
        vm.assertEq(Entry(made).m_datasetMultiaddr(), "https://d/1", "multiaddr");
        vm.assertEq(Entry(made).m_datasetChecksum(), SUM, "checksum");
    }

    function test_a_pool_and_its_policy() public {
        address owner = actor(SPONSOR);
        address foretold = poolRegistry.predictWorkerpool(owner, "p");
        vm.assertEq(
            foretold,
            predicted(poolRegistry, owner, abi.encodeWithSignature("initialize(string)", "p")),
            "the reference's salt"
        );
        vm.recordLogs();
        address made = poolRegistry.createWorkerpool(owner, "p");
        vm.assertEq(made, foretold, "address");
        born(poolRegistry, owner, made);
        refusedTwice(poolRegistry, abi.encodeCall(poolRegistry.createWorkerpool, (owner, "p")));
        WorkerpoolInfo memory info = hub.viewWorkerpool(made);
        vm.assertEq(info.owner, owner, "owner");
        vm.assertEq(info.m_workerpoolDescription, "p", "description");
        vm.assertEq(info.m_workerStakeRatioPolicy, 30, "stake ratio");
        vm.assertEq(info.m_schedulerRewardRatioPolicy, 1, "reward ratio");
        policy(made, owner);
    }

    function policy(address made, address owner) private {
        vm.prank(actor(ANYONE));
        (bool done,) = made.call(abi.encodeCall(Entry.changePolicy, (1, 1)));
        vm.assertFalse(done, "a stranger");
        vm.prank(owner);
        (done,) = made.call(abi.encodeCall(Entry.changePolicy, (1, 101)));
        vm.assertFalse(done, "more than all");
        vm.recordLogs();
        vm.prank(owner);
        Entry(made).changePolicy(150, 100);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 1, "one event");
        vm.assertEq(logs[0].topics[0], keccak256("PolicyUpdate(uint256,uint256,uint256,uint256)"), "its name");
        vm.assertEq(bytes32(bytes4(logs[0].topics[0])), bytes32(bytes4(0x61f37ef3)), "the live network's topic");
        vm.assertEq(logs[0].data, abi.encode(30, 150, 1, 100), "old and new, each");
        vm.assertEq(Entry(made).m_workerStakeRatioPolicy(), 150, "stake ratio");
        vm.assertEq(Entry(made).m_schedulerRewardRatioPolicy(), 100, "reward ratio");
    }

    function test_a_transfer_changes_the_owner() public {
        vm.prank(actor(ANYONE));
        (bool done,) = address(poolRegistry)
            .call(abi.encodeCall(poolRegistry.transferFrom, (actor(SCHEDULER), actor(ANYONE), uint160(pool))));
        vm.assertFalse(done, "not by a stranger");
        vm.prank(actor(SCHEDULER));
        poolRegistry.transferFrom(actor(SCHEDULER), actor(ANYONE), uint160(pool));
        vm.assertEq(Entry(pool).owner(), actor(ANYONE), "owner");
        vm.assertEq(hub.viewWorkerpool(pool).owner, actor(ANYONE), "in the view");
        vm.prank(actor(SCHEDULER));
        (done,) = pool.call(abi.encodeCall(Entry.changePolicy, (1, 1)));
        vm.assertFalse(done, "the old owner");
        vm.prank(actor(ANYONE));
        Entry(pool).changePolicy(1, 1);
    }

    function test_entries_are_enumerated() public {
        address second = appRegistry.createApp(actor(APP_OWNER), "b", "DOCKER", "", 0, "");
        vm.assertEq(appRegistry.totalSupply(), 2, "all");
        vm.assertEq(appRegistry.balanceOf(actor(APP_OWNER)), 2, "of the owner");
        vm.assertEq(appRegistry.tokenOfOwnerByIndex(actor(APP_OWNER), 1), uint160(second), "the second");
    }

    function test_an_entry_is_initialized_once() public {
        (bool done,) = app.call(
            abi.encodeWithSignature(
                "initialize(string,string,bytes,bytes32,bytes)", "x", "x", bytes(""), SUM, bytes("")
            )
        );
        vm.assertFalse(done, "app");
        (done,) = dataset.call(abi.encodeWithSignature("initialize(string,bytes,bytes32)", "x", bytes(""), SUM));
        vm.assertFalse(done, "dataset");
        (done,) = pool.call(abi.encodeWithSignature("initialize(string)", "x"));
        vm.assertFalse(done, "pool");
    }

    function test_a_new_registry_follows_the_previous_one() public {
        Registry next = Registry(create("src/registries/AppRegistry.sol:AppRegistry", abi.encode(address(appRegistry))));
        vm.assertEq(next.previous(), address(appRegistry), "previous");
        vm.assertTrue(next.isRegistered(app), "an old entry");
        vm.assertFalse(next.isRegistered(pool), "something else");
    }

    function testFuzz_create_is_where_predict_says(
        address owner,
        string calldata name,
        bytes calldata multiaddr,
        bytes32 sum
    ) public {
        vm.assume(owner != address(0) && owner.code.length == 0);
        address foretold = datasetRegistry.predictDataset(owner, name, multiaddr, sum);
        vm.assertEq(datasetRegistry.createDataset(owner, name, multiaddr, sum), foretold, "address");
        vm.assertEq(Entry(foretold).owner(), owner, "owner");
    }
}
