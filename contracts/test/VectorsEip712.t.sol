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

    function test_domain() public view {
        vm.assertEq(hub.eip712domain_separator(), word(".eip712.domainSeparator"), "separator");
        vm.assertEq(separator, word(".eip712.domainSeparator"), "the tests' own");
        Domain memory d = hub.domain();
        vm.assertEq(d.name, text(".eip712.domain.name"), "name");
        vm.assertEq(d.version, text(".eip712.domain.version"), "version");
        vm.assertEq(d.chainId, num(".eip712.domain.chainId"), "chain");
        vm.assertEq(d.verifyingContract, address(hub), "contract");
    }

    function test_types() public view {
        string[] memory names = vm.parseJsonKeys(json, ".eip712.types");
        vm.assertEq(names.length, 9, "types");
        for (uint256 i; i < names.length; i++) {
            string memory path = string.concat(".eip712.types.", names[i]);
            vm.assertEq(keccak256(bytes(text(string.concat(path, ".typeString")))), word(string.concat(path, ".typeHash")), names[i]);
        }
        vm.assertEq(Hashes.APP, text(".eip712.types.AppOrder.typeString"), "the tests' app type");
        vm.assertEq(Hashes.DATASET, text(".eip712.types.DatasetOrder.typeString"), "the tests' dataset type");
        vm.assertEq(Hashes.POOL, text(".eip712.types.WorkerpoolOrder.typeString"), "the tests' pool type");
        vm.assertEq(Hashes.REQUEST, text(".eip712.types.RequestOrder.typeString"), "the tests' request type");
    }

    /// The struct hash of an order as the tests compute it, the entry that it is about, and the hub call that manages it.
    function load(string memory path, uint8 what, bytes memory signature)
        private
        view
        returns (bytes32 structHash, address entry, uint256 volume, bytes memory call)
    {
        string memory kind = text(string.concat(path, ".type"));
        string memory at_ = string.concat(path, ".order");
        if (same(kind, "AppOrder")) {
            AppOrder memory o = appOrder(at_);
            return (Hashes.hash(o), o.app, o.volume, abi.encodeCall(Hub.manageAppOrder, (AppOrderOperation(o, what, signature))));
        }
        if (same(kind, "DatasetOrder")) {
            DatasetOrder memory o = datasetOrder(at_);
            call = abi.encodeCall(Hub.manageDatasetOrder, (DatasetOrderOperation(o, what, signature)));
            return (Hashes.hash(o), o.dataset, o.volume, call);
        }
        if (same(kind, "WorkerpoolOrder")) {
            WorkerpoolOrder memory o = poolOrder(at_);
            call = abi.encodeCall(Hub.manageWorkerpoolOrder, (WorkerpoolOrderOperation(o, what, signature)));
            return (Hashes.hash(o), o.workerpool, o.volume, call);
        }
        vm.assertEq(kind, "RequestOrder", "a type of order");
        RequestOrder memory r = requestOrder(at_);
        call = abi.encodeCall(Hub.manageRequestOrder, (RequestOrderOperation(r, what, signature)));
        return (Hashes.hash(r), address(0), r.volume, call);
    }

    function owned(address entry, address signer) private {
        if (entry != address(0)) pretend(address(appRegistry), entry, signer);
    }

    function test_samples() public {
        uint256 samples = count(".eip712.samples");
        vm.assertEq(samples, 7, "samples");
        for (uint256 i; i < samples; i++) {
            string memory path = item(".eip712.samples", i, "");
            address signer = vm.parseJsonAddress(json, string.concat(path, ".signer"));
            bytes32 orderHash = word(string.concat(path, ".orderHash"));
            (bytes32 structHash, address entry,, bytes memory call) = load(path, SIGN, "");
            vm.assertEq(structHash, word(string.concat(path, ".structHash")), "struct hash");
            vm.assertEq(Hashes.digest(separator, structHash), orderHash, "order hash");
            vm.assertTrue(hub.verifySignature(signer, orderHash, blob(string.concat(path, ".signature"))), "signature");
            vm.assertTrue(hub.verifySignature(signer, orderHash, blob(string.concat(path, ".compactSignature"))), "compact");
            owned(entry, signer);
            vm.prank(signer);
            (bool done,) = address(hub).call(call);
            vm.assertTrue(done, "presigned");
            vm.assertEq(hub.viewPresigned(orderHash), signer, "under the hub's own hash of it");
        }
    }

    function test_operations() public {
        uint256 operations = count(".eip712.operations");
        vm.assertEq(operations, 8, "operations");
        for (uint256 i; i < operations; i++) {
            operation(item(".eip712.operations", i, ""));
        }
    }

    function operation(string memory path) private {
        uint8 what = same(text(string.concat(path, ".operation")), "SIGN") ? SIGN : CLOSE;
        (bytes32 structHash, address entry, uint256 volume, bytes memory call) =
            load(path, what, blob(string.concat(path, ".signature")));
        vm.assertEq(operationDigest(path, structHash, what), word(string.concat(path, ".operationHash")), "operation hash");
        address signer = vm.parseJsonAddress(json, string.concat(path, ".signer"));
        owned(entry, signer);
        vm.recordLogs();
        vm.prank(actor(ANYONE));
        (bool done,) = address(hub).call(call);
        vm.assertTrue(done, "taken on its signature");
        bytes32 orderHash = word(string.concat(path, ".orderHash"));
        toldOnly(topicOf(text(string.concat(path, ".event"))), orderHash);
        if (what == SIGN) vm.assertEq(hub.viewPresigned(orderHash), signer, "presigned");
        else vm.assertEq(hub.viewConsumed(orderHash), volume, "consumed");
    }

    function operationDigest(string memory path, bytes32 structHash, uint8 what) private view returns (bytes32) {
        string memory kind = text(string.concat(path, ".type"));
        string memory order = text(string.concat(".eip712.types.", kind, ".typeString"));
        return Hashes.digest(separator, Hashes.operation(kind, order, structHash, what));
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
        uint256 forms = count(".eip712.signatureForms");
        vm.assertEq(forms, 6, "forms");
        for (uint256 i; i < forms; i++) {
            string memory name = text(item(".eip712.signatureForms", i, ".form"));
            string memory accepted = text(item(".eip712.signatureForms", i, ".accepted"));
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
