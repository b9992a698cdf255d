// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm, Vm} from "./base/Vm.sol";
import {Vectors} from "./base/Vectors.sol";
import {Hashes} from "./base/Hashes.sol";
import {Hub} from "./base/Abi.sol";
import "./base/Types.sol";

/// The vectors' `eip712`: domain, types, signed orders, signed operations, forms of signatures.
contract VectorsEip712Test is Vectors {
    uint256 private constant CURVE = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    function test_domain() public {
        open("eip712");
        vm.assertEq(hub.eip712domain_separator(), word(".domainSeparator"), "separator");
        vm.assertEq(separator, word(".domainSeparator"), "the tests' own");
        Domain memory d = hub.domain();
        vm.assertEq(d.name, text(".domain.name"), "name");
        vm.assertEq(d.version, text(".domain.version"), "version");
        vm.assertEq(d.chainId, num(".domain.chainId"), "chain");
        vm.assertEq(d.verifyingContract, address(hub), "contract");
    }

    function test_types() public {
        open("eip712");
        string[] memory names = vm.parseJsonKeys(json, ".types");
        vm.assertEq(names.length, 9, "types");
        for (uint256 i; i < names.length; i++) {
            string memory path = string.concat(".types.", names[i]);
            vm.assertEq(
                keccak256(bytes(text(string.concat(path, ".typeString")))),
                word(string.concat(path, ".typeHash")),
                names[i]
            );
        }
        for (uint256 i; i < 4; i++) {
            vm.assertEq(
                typeOf(kinds()[i]), text(string.concat(".types.", kinds()[i], ".typeString")), "the tests' own type"
            );
            bytes32 operationType = keccak256(
                abi.encodePacked(kinds()[i], "Operation(", kinds()[i], " order,uint256 operation)", typeOf(kinds()[i]))
            );
            vm.assertEq(operationType, word(string.concat(".types.", kinds()[i], "Operation.typeHash")), "operation");
        }
    }

    function kinds() private pure returns (string[4] memory) {
        return ["AppOrder", "DatasetOrder", "WorkerpoolOrder", "RequestOrder"];
    }

    function typeOf(string memory kind) private pure returns (string memory) {
        string[4] memory types = [Hashes.APP, Hashes.DATASET, Hashes.POOL, Hashes.REQUEST];
        for (uint256 i; i < 4; i++) {
            if (same(kind, kinds()[i])) return types[i];
        }
        revert(kind);
    }

    /// The struct hash of an order as the tests compute it, the entry that it is about, and the hub call that manages it.
    function load(uint8 what, bytes memory signature)
        private
        view
        returns (bytes32 structHash, address entry, uint256 volume, bytes memory call)
    {
        string memory kind = text(".type");
        if (same(kind, "AppOrder")) {
            AppOrder memory o = appOrder(".order");
            return (
                Hashes.hash(o),
                o.app,
                o.volume,
                abi.encodeCall(Hub.manageAppOrder, (AppOrderOperation(o, what, signature)))
            );
        }
        if (same(kind, "DatasetOrder")) {
            DatasetOrder memory o = datasetOrder(".order");
            call = abi.encodeCall(Hub.manageDatasetOrder, (DatasetOrderOperation(o, what, signature)));
            return (Hashes.hash(o), o.dataset, o.volume, call);
        }
        if (same(kind, "WorkerpoolOrder")) {
            WorkerpoolOrder memory o = poolOrder(".order");
            call = abi.encodeCall(Hub.manageWorkerpoolOrder, (WorkerpoolOrderOperation(o, what, signature)));
            return (Hashes.hash(o), o.workerpool, o.volume, call);
        }
        vm.assertEq(kind, "RequestOrder", "a type of order");
        RequestOrder memory r = requestOrder(".order");
        call = abi.encodeCall(Hub.manageRequestOrder, (RequestOrderOperation(r, what, signature)));
        return (Hashes.hash(r), address(0), r.volume, call);
    }

    function owned(address entry, address signer) private {
        if (entry != address(0)) pretend(address(appRegistry), entry, signer);
    }

    function test_samples() public {
        uint256 samples = rows("eip712", "samples");
        vm.assertEq(samples, 7, "samples");
        for (uint256 i; i < samples; i++) {
            open("eip712", "samples", i);
            address signer = vm.parseJsonAddress(json, ".signer");
            bytes32 orderHash = word(".orderHash");
            (bytes32 structHash, address entry,, bytes memory call) = load(SIGN, "");
            vm.assertEq(structHash, word(".structHash"), "struct hash");
            vm.assertEq(Hashes.digest(separator, structHash), orderHash, "order hash");
            vm.assertTrue(hub.verifySignature(signer, orderHash, blob(".signature")), "signature");
            vm.assertTrue(hub.verifySignature(signer, orderHash, blob(".compactSignature")), "compact");
            owned(entry, signer);
            vm.prank(signer);
            (bool done,) = address(hub).call(call);
            vm.assertTrue(done, "presigned");
            vm.assertEq(hub.viewPresigned(orderHash), signer, "under the hub's own hash of it");
        }
    }

    function test_operations() public {
        uint256 operations = rows("eip712", "operations");
        vm.assertEq(operations, 8, "operations");
        for (uint256 i; i < operations; i++) {
            open("eip712", "operations", i);
            operation();
        }
    }

    function operation() private {
        uint8 what = same(text(".operation"), "SIGN") ? SIGN : CLOSE;
        (bytes32 structHash, address entry, uint256 volume, bytes memory call) = load(what, blob(".signature"));
        string memory kind = text(".type");
        bytes32 digest = Hashes.digest(separator, Hashes.operation(kind, typeOf(kind), structHash, what));
        vm.assertEq(digest, word(".operationHash"), "operation hash");
        address signer = vm.parseJsonAddress(json, ".signer");
        owned(entry, signer);
        vm.recordLogs();
        vm.prank(actor(ANYONE));
        (bool done,) = address(hub).call(call);
        vm.assertTrue(done, "taken on its signature");
        bytes32 orderHash = word(".orderHash");
        toldOnly(topicOf(text(".event")), orderHash);
        if (what == SIGN) vm.assertEq(hub.viewPresigned(orderHash), signer, "presigned");
        else vm.assertEq(hub.viewConsumed(orderHash), volume, "consumed");
    }

    function toldOnly(bytes32 topic, bytes32 orderHash) private {
        Vm.Log[] memory logs = hubLogs();
        vm.assertEq(logs.length, 1, "one event");
        vm.assertEq(logs[0].topics[0], topic, "its name");
        vm.assertEq(logs[0].data, abi.encode(orderHash), "its order");
    }

    function form(string memory name, bytes32 digest) private returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key(REQUESTER), digest);
        if (same(name, "65 bytes, v=27/28")) return abi.encodePacked(r, s, v);
        if (same(name, "64 bytes (EIP-2098)")) return abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255));
        if (same(name, "65 bytes, v=0/1")) return abi.encodePacked(r, s, v - 27);
        if (same(name, "65 bytes, high s")) return abi.encodePacked(r, CURVE - uint256(s), 55 - v);
        if (same(name, "66 bytes")) return abi.encodePacked(r, s, v, uint8(0));
        vm.assertEq(name, "empty", "a form that is known");
        return "";
    }

    function test_forms() public {
        uint256 forms = rows("eip712", "signatureForms");
        vm.assertEq(forms, 6, "forms");
        for (uint256 i; i < forms; i++) {
            open("eip712", "signatureForms", i);
            string memory name = text(".form");
            string memory accepted = text(".accepted");
            bytes memory call = abi.encodeCall(Hub.verifySignature, (actor(REQUESTER), DIGEST, form(name, DIGEST)));
            if (same(accepted, "revert: invalid-signature-format")) {
                refuses(actor(ANYONE), call, "invalid-signature-format");
                continue;
            }
            (bool done, bytes memory answer) = address(hub).call(call);
            vm.assertTrue(done, name);
            vm.assertEq(abi.decode(answer, (bool)), same(accepted, "true"), name);
        }
    }
}
