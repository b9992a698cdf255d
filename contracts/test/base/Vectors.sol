// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm, Vm} from "./Vm.sol";
import {World} from "./World.sol";
import {Hashes} from "./Hashes.sol";
import "./Types.sol";

/// Reads the answers of iExec's own contracts (test/vectors/poco-6.1.json) and stands the world up where they were taken: the same chain
/// id and the same hub address, so that hashes and signatures are theirs. Paths are relative to the section last opened: forge parses
/// the whole text at each look, and the whole file is large.
abstract contract Vectors is World {
    string internal constant FILE = "test/vectors/poco-6.1.json";

    string internal json;
    bool private topicsRead;
    mapping(bytes32 => bytes32) private topicByName;

    function setUp() public virtual override {
        open("eip712");
        vm.chainId(num(".domain.chainId"));
        hubAddress = vm.parseJsonAddress(json, ".domain.verifyingContract");
        super.setUp();
    }

    /// Makes paths relative to an object of the file's top level.
    function open(string memory key) internal {
        json = inner(vm.readFile(FILE), key, " ", "{", "}");
    }

    /// Makes paths relative to element `index` of a list that is in an object of the top level.
    function open(string memory key, string memory list, uint256 index) internal {
        json = string.concat("{", vm.split(elements(key, list)[index + 1], "\n   }")[0], "}");
    }

    /// How many elements such a list has.
    function rows(string memory key, string memory list) internal view returns (uint256) {
        return elements(key, list).length - 1;
    }

    function elements(string memory key, string memory list) private view returns (string[] memory) {
        string memory object = inner(vm.readFile(FILE), key, " ", "{", "}");
        return vm.split(inner(object, list, "  ", "[", "]"), "\n   {");
    }

    /// Cuts a value out by its key and its indentation: the file has one space per level, and what is cut wrong does not parse.
    function inner(string memory all, string memory key, string memory indent, string memory left, string memory right)
        internal
        pure
        returns (string memory)
    {
        string memory begin = string.concat("\n", indent, '"', key, '": ', left);
        string memory end = string.concat("\n", indent, right);
        return string.concat(left, vm.split(vm.split(all, begin)[1], end)[0], end);
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
            string memory abi_ = inner(vm.readFile(FILE), "abi", " ", "{", "}");
            for (uint256 i; vm.keyExistsJson(abi_, item(".events", i, "")); i++) {
                string memory signature = vm.parseJsonString(abi_, item(".events", i, ".signature"));
                bytes32 topic0 = vm.parseJsonBytes32(abi_, item(".events", i, ".topic0"));
                topicByName[keccak256(bytes(vm.split(signature, "(")[0]))] = topic0;
            }
        }
        bytes32 topic = topicByName[keccak256(bytes(name))];
        vm.assertTrue(topic != 0, string.concat("the vectors know the event ", name));
        return topic;
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
        return string.concat(vm.split(typeString, ")")[0], ",bytes sign)");
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
