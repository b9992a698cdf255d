// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "./Types.sol";

/// The hashes of the protocol, written from EIP-712 and the reference (chapter 1.4) without a look at the contracts.
/// A struct hash leaves out the `sign` field; long encodings are joined from two halves, which for static words changes nothing.
library Hashes {
    string internal constant APP =
        "AppOrder(address app,uint256 appprice,uint256 volume,bytes32 tag,address datasetrestrict,address workerpoolrestrict,address requesterrestrict,bytes32 salt)";
    string internal constant DATASET =
        "DatasetOrder(address dataset,uint256 datasetprice,uint256 volume,bytes32 tag,address apprestrict,address workerpoolrestrict,address requesterrestrict,bytes32 salt)";
    string internal constant POOL =
        "WorkerpoolOrder(address workerpool,uint256 workerpoolprice,uint256 volume,bytes32 tag,uint256 category,uint256 trust,address apprestrict,address datasetrestrict,address requesterrestrict,bytes32 salt)";
    string internal constant REQUEST =
        "RequestOrder(address app,uint256 appmaxprice,address dataset,uint256 datasetmaxprice,address workerpool,uint256 workerpoolmaxprice,address requester,uint256 volume,bytes32 tag,uint256 category,uint256 trust,address beneficiary,address callback,string params,bytes32 salt)";
    bytes32 internal constant DOMAIN =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    function separator(uint256 chainId, address verifyingContract) internal pure returns (bytes32) {
        return keccak256(abi.encode(DOMAIN, keccak256("iExecODB"), keccak256("5.0.0"), chainId, verifyingContract));
    }

    function digest(bytes32 domainSeparator, bytes32 structHash) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domainSeparator, structHash));
    }

    function hash(AppOrder memory o) internal pure returns (bytes32) {
        bytes memory head = abi.encode(keccak256(bytes(APP)), o.app, o.appprice, o.volume, o.tag);
        return
            keccak256(
                bytes.concat(head, abi.encode(o.datasetrestrict, o.workerpoolrestrict, o.requesterrestrict, o.salt))
            );
    }

    function hash(DatasetOrder memory o) internal pure returns (bytes32) {
        bytes memory head = abi.encode(keccak256(bytes(DATASET)), o.dataset, o.datasetprice, o.volume, o.tag);
        return
            keccak256(bytes.concat(head, abi.encode(o.apprestrict, o.workerpoolrestrict, o.requesterrestrict, o.salt)));
    }

    function hash(WorkerpoolOrder memory o) internal pure returns (bytes32) {
        bytes memory head =
            abi.encode(keccak256(bytes(POOL)), o.workerpool, o.workerpoolprice, o.volume, o.tag, o.category, o.trust);
        return keccak256(bytes.concat(head, abi.encode(o.apprestrict, o.datasetrestrict, o.requesterrestrict, o.salt)));
    }

    function hash(RequestOrder memory o) internal pure returns (bytes32) {
        bytes memory head = abi.encode(
            keccak256(bytes(REQUEST)),
            o.app,
            o.appmaxprice,
            o.dataset,
            o.datasetmaxprice,
            o.workerpool,
            o.workerpoolmaxprice,
            o.requester
        );
        bytes memory tail = abi.encode(
            o.volume, o.tag, o.category, o.trust, o.beneficiary, o.callback, keccak256(bytes(o.params)), o.salt
        );
        return keccak256(bytes.concat(head, tail));
    }

    /// The hash of an operation on an order: `name` is the order's type name, `order` its type string, 0 signs and 1 closes.
    function operation(string memory name, string memory order, bytes32 orderHash, uint256 what)
        internal
        pure
        returns (bytes32)
    {
        bytes32 typeHash = keccak256(abi.encodePacked(name, "Operation(", name, " order,uint256 operation)", order));
        return keccak256(abi.encode(typeHash, orderHash, what));
    }

    function dealid(bytes32 requestHash, uint256 consumed) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(requestHash, consumed));
    }

    function taskid(bytes32 deal, uint256 index) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(deal, index));
    }

    function resultHash(bytes32 task, bytes32 resultDigest) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(task, resultDigest));
    }

    function resultSeal(address worker, bytes32 task, bytes32 resultDigest) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(worker, task, resultDigest));
    }

    function authorization(address worker, bytes32 task, address enclave) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(worker, task, enclave));
    }
}
