// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm, Vm} from "./Vm.sol";
import {World} from "./World.sol";
import {Hashes} from "./Hashes.sol";
import "./Types.sol";

/// Reads the answers of iExec's own contracts (test/vectors/poco-6.1.json) and stands the world up where they were taken: the same chain
/// id and the same hub address, so that hashes and signatures are theirs. Owns nothing but the text of the file.
abstract contract Vectors is World {
    string internal json;
    bool private topicsRead;
    mapping(bytes32 => bytes32) private topicByName;

    function setUp() public virtual override {
        json = vm.readFile("test/vectors/poco-6.1.json");
        vm.chainId(vm.parseJsonUint(json, ".eip712.domain.chainId"));
        hubAddress = vm.parseJsonAddress(json, ".eip712.domain.verifyingContract");
        super.setUp();
    }

    function count(string memory list) internal view returns (uint256 n) {
        while (vm.keyExistsJson(json, item(list, n, ""))) n++;
    }

    function num(string memory path) internal view returns (uint256) {
        return vm.parseJsonUint(json, path);
    }

    function word(string memory path) internal view returns (bytes32) {
        return vm.parseJsonBytes32(json, path);
    }

    function text(string memory path) internal view returns (string memory) {
        return vm.parseJsonString(json, path);
    }

    function blob(string memory path) internal view returns (bytes memory) {
        return vm.parseJsonBytes(json, path);
    }

    /// The topic of a hub event by its bare name, from the vectors' own list.
    function topicOf(string memory name) internal returns (bytes32) {
        if (!topicsRead) {
            topicsRead = true;
            uint256 events = count(".abi.events");
            for (uint256 i; i < events; i++) {
                string memory name_ = bareName(text(item(".abi.events", i, ".signature")));
                topicByName[keccak256(bytes(name_))] = word(item(".abi.events", i, ".topic0"));
            }
        }
        bytes32 topic = topicByName[keccak256(bytes(name))];
        vm.assertTrue(topic != 0, string.concat("the vectors know the event ", name));
        return topic;
    }

    function bareName(string memory signature) private pure returns (string memory) {
        bytes memory from = bytes(signature);
        uint256 length;
        while (from[length] != "(") length++;
        bytes memory name = new bytes(length);
        for (uint256 i; i < length; i++) {
            name[i] = from[i];
        }
        return string(name);
    }

    /// The hub's events since `vm.recordLogs()` are exactly these, by name and in order.
    function eventsAre(string memory path) internal {
        string[] memory names = vm.parseJsonStringArray(json, path);
        Vm.Log[] memory logs = hubLogs();
        vm.assertEq(logs.length, names.length, string.concat("how many events: ", path));
        for (uint256 i; i < names.length; i++) {
            vm.assertEq(logs[i].topics[0], topicOf(names[i]), string.concat(names[i], item(path, i, "")));
        }
    }

    function same(string memory a, string memory b) internal pure returns (bool) {
        return keccak256(bytes(a)) == keccak256(bytes(b));
    }

    /// The type string of an order with the `sign` field that the ABI has and the EIP-712 type has not.
    function abiType(string memory typeString) private pure returns (string memory) {
        bytes memory open = bytes(typeString);
        bytes memory body = new bytes(open.length - 1);
        for (uint256 i; i < body.length; i++) {
            body[i] = open[i];
        }
        return string.concat(string(body), ",bytes sign)");
    }

    function appOrder(string memory path) internal view returns (AppOrder memory) {
        return abi.decode(vm.parseJsonType(json, path, abiType(Hashes.APP)), (AppOrder));
    }

    function datasetOrder(string memory path) internal view returns (DatasetOrder memory) {
        return abi.decode(vm.parseJsonType(json, path, abiType(Hashes.DATASET)), (DatasetOrder));
    }

    function poolOrder(string memory path) internal view returns (WorkerpoolOrder memory) {
        return abi.decode(vm.parseJsonType(json, path, abiType(Hashes.POOL)), (WorkerpoolOrder));
    }

    function requestOrder(string memory path) internal view returns (RequestOrder memory) {
        return abi.decode(vm.parseJsonType(json, path, abiType(Hashes.REQUEST)), (RequestOrder));
    }

    /// Makes the hub take `entry` for one that `registry` holds and `owner` owns.
    function pretend(address registry, address entry, address owner) internal {
        vm.mockCall(registry, abi.encodeWithSignature("isRegistered(address)", entry), abi.encode(true));
        vm.etch(entry, hex"00");
        vm.mockCall(entry, abi.encodeWithSignature("owner()"), abi.encode(owner));
    }
}
