// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {
    AppOrder,
    AppOrderOperation,
    DatasetOrder,
    DatasetOrderOperation,
    EIP712Domain,
    RequestOrder,
    RequestOrderOperation,
    WorkerpoolOrder,
    WorkerpoolOrderOperation
} from "../interfaces/PocoTypes.sol";
import {PocoStorage} from "../storage/PocoStorage.sol";

/// @title EIP-712 hashes of the domain, the four order types and their operations (PoCo `IexecLibOrders_v5`)
/// @notice `sign` is never hashed; strings are hashed as keccak-256 of their UTF-8 bytes. Large orders are encoded in two
/// halves because one `abi.encode` of all fields would not fit the stack.
library Eip712 {
    string internal constant NAME = "iExecODB";
    string internal constant VERSION = "5.0.0"; // still so in every v6

    string private constant APP_TYPE =
        "AppOrder(address app,uint256 appprice,uint256 volume,bytes32 tag,address datasetrestrict,address workerpoolrestrict,address requesterrestrict,bytes32 salt)";
    string private constant DATASET_TYPE =
        "DatasetOrder(address dataset,uint256 datasetprice,uint256 volume,bytes32 tag,address apprestrict,address workerpoolrestrict,address requesterrestrict,bytes32 salt)";
    string private constant WORKERPOOL_TYPE =
        "WorkerpoolOrder(address workerpool,uint256 workerpoolprice,uint256 volume,bytes32 tag,uint256 category,uint256 trust,address apprestrict,address datasetrestrict,address requesterrestrict,bytes32 salt)";
    string private constant REQUEST_TYPE =
        "RequestOrder(address app,uint256 appmaxprice,address dataset,uint256 datasetmaxprice,address workerpool,uint256 workerpoolmaxprice,address requester,uint256 volume,bytes32 tag,uint256 category,uint256 trust,address beneficiary,address callback,string params,bytes32 salt)";

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant APP_TYPEHASH = keccak256(bytes(APP_TYPE));
    bytes32 private constant DATASET_TYPEHASH = keccak256(bytes(DATASET_TYPE));
    bytes32 private constant WORKERPOOL_TYPEHASH = keccak256(bytes(WORKERPOOL_TYPE));
    bytes32 private constant REQUEST_TYPEHASH = keccak256(bytes(REQUEST_TYPE));
    bytes32 private constant APP_OPERATION_TYPEHASH =
        keccak256(abi.encodePacked("AppOrderOperation(AppOrder order,uint256 operation)", APP_TYPE));
    bytes32 private constant DATASET_OPERATION_TYPEHASH =
        keccak256(abi.encodePacked("DatasetOrderOperation(DatasetOrder order,uint256 operation)", DATASET_TYPE));
    bytes32 private constant WORKERPOOL_OPERATION_TYPEHASH = keccak256(
        abi.encodePacked("WorkerpoolOrderOperation(WorkerpoolOrder order,uint256 operation)", WORKERPOOL_TYPE)
    );
    bytes32 private constant REQUEST_OPERATION_TYPEHASH =
        keccak256(abi.encodePacked("RequestOrderOperation(RequestOrder order,uint256 operation)", REQUEST_TYPE));

    /// The domain of the contract this code runs as: the hub.
    function domain() internal view returns (EIP712Domain memory) {
        return EIP712Domain(NAME, VERSION, block.chainid, address(this));
    }

    function computeSeparator() internal view returns (bytes32) {
        return keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256(bytes(NAME)), keccak256(bytes(VERSION)), block.chainid, address(this))
        );
    }

    /// What is signed: `0x1901 ‖ domain separator ‖ struct hash`.
    function digest(bytes32 dataHash) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", PocoStorage.load().domainSeparator, dataHash));
    }

    function hash(AppOrder calldata o) internal view returns (bytes32) {
        return digest(structHash(o));
    }

    function hash(DatasetOrder calldata o) internal view returns (bytes32) {
        return digest(structHash(o));
    }

    function hash(WorkerpoolOrder calldata o) internal view returns (bytes32) {
        return digest(structHash(o));
    }

    function hash(RequestOrder calldata o) internal view returns (bytes32) {
        return digest(structHash(o));
    }

    function hash(AppOrderOperation calldata o) internal view returns (bytes32) {
        return operationDigest(APP_OPERATION_TYPEHASH, structHash(o.order), uint256(o.operation));
    }

    function hash(DatasetOrderOperation calldata o) internal view returns (bytes32) {
        return operationDigest(DATASET_OPERATION_TYPEHASH, structHash(o.order), uint256(o.operation));
    }

    function hash(WorkerpoolOrderOperation calldata o) internal view returns (bytes32) {
        return operationDigest(WORKERPOOL_OPERATION_TYPEHASH, structHash(o.order), uint256(o.operation));
    }

    function hash(RequestOrderOperation calldata o) internal view returns (bytes32) {
        return operationDigest(REQUEST_OPERATION_TYPEHASH, structHash(o.order), uint256(o.operation));
    }

    function operationDigest(bytes32 typeHash, bytes32 orderHash, uint256 operation) private view returns (bytes32) {
        return digest(keccak256(abi.encode(typeHash, orderHash, operation)));
    }

    function structHash(AppOrder calldata o) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                APP_TYPEHASH,
                o.app,
                o.appprice,
                o.volume,
                o.tag,
                o.datasetrestrict,
                o.workerpoolrestrict,
                o.requesterrestrict,
                o.salt
            )
        );
    }

    function structHash(DatasetOrder calldata o) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                DATASET_TYPEHASH,
                o.dataset,
                o.datasetprice,
                o.volume,
                o.tag,
                o.apprestrict,
                o.workerpoolrestrict,
                o.requesterrestrict,
                o.salt
            )
        );
    }

    function structHash(WorkerpoolOrder calldata o) private pure returns (bytes32) {
        bytes memory head =
            abi.encode(WORKERPOOL_TYPEHASH, o.workerpool, o.workerpoolprice, o.volume, o.tag, o.category, o.trust);
        bytes memory tail = abi.encode(o.apprestrict, o.datasetrestrict, o.requesterrestrict, o.salt);
        return keccak256(bytes.concat(head, tail));
    }

    function structHash(RequestOrder calldata o) private pure returns (bytes32) {
        bytes memory head = abi.encode(
            REQUEST_TYPEHASH, o.app, o.appmaxprice, o.dataset, o.datasetmaxprice, o.workerpool, o.workerpoolmaxprice
        );
        bytes memory middle = abi.encode(o.requester, o.volume, o.tag, o.category, o.trust);
        bytes memory tail = abi.encode(o.beneficiary, o.callback, keccak256(bytes(o.params)), o.salt);
        return keccak256(bytes.concat(head, middle, tail));
    }
}
