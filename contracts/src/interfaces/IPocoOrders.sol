// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {
    AppOrder,
    DatasetOrder,
    WorkerpoolOrder,
    RequestOrder,
    AppOrderOperation,
    DatasetOrderOperation,
    WorkerpoolOrderOperation,
    RequestOrderOperation
} from "./PocoTypes.sol";

/// @title Matching: four orders become a deal (PoCo `IexecPoco1`)
interface IPocoDeals {
    /// The dataset order cannot join the deal; `reason` says which rule forbids it.
    error IncompatibleDatasetOrder(string reason);

    function verifySignature(address account, bytes32 hash, bytes calldata signature) external view returns (bool);
    function verifyPresignature(address account, bytes32 hash) external view returns (bool);
    function verifyPresignatureOrSignature(address account, bytes32 hash, bytes calldata signature)
        external
        view
        returns (bool);

    /// The requester pays, whoever calls.
    function matchOrders(
        AppOrder calldata apporder,
        DatasetOrder calldata datasetorder,
        WorkerpoolOrder calldata workerpoolorder,
        RequestOrder calldata requestorder
    ) external returns (bytes32 dealid);

    /// The caller pays.
    function sponsorMatchOrders(
        AppOrder calldata apporder,
        DatasetOrder calldata datasetorder,
        WorkerpoolOrder calldata workerpoolorder,
        RequestOrder calldata requestorder
    ) external returns (bytes32 dealid);

    /// How many tasks a match of these orders would buy now; checks no signature and no rule but volumes.
    function computeDealVolume(
        AppOrder calldata apporder,
        DatasetOrder calldata datasetorder,
        WorkerpoolOrder calldata workerpoolorder,
        RequestOrder calldata requestorder
    ) external view returns (uint256 volume);

    /// Reverts with `IncompatibleDatasetOrder` unless the dataset order could be used in the dataset-less deal.
    function assertDatasetDealCompatibility(DatasetOrder calldata datasetorder, bytes32 dealid) external view;
}

/// @title Presigning, closing and broadcasting orders (PoCo `IexecOrderManagement`, `IexecRelay`)
interface IPocoOrders {
    function manageAppOrder(AppOrderOperation calldata operation) external;
    function manageDatasetOrder(DatasetOrderOperation calldata operation) external;
    function manageWorkerpoolOrder(WorkerpoolOrderOperation calldata operation) external;
    function manageRequestOrder(RequestOrderOperation calldata operation) external;

    function broadcastAppOrder(AppOrder calldata order) external;
    function broadcastDatasetOrder(DatasetOrder calldata order) external;
    function broadcastWorkerpoolOrder(WorkerpoolOrder calldata order) external;
    function broadcastRequestOrder(RequestOrder calldata order) external;
}
