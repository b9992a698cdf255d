// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IPocoEvents} from "../interfaces/IPocoEvents.sol";
import {IPocoOrders} from "../interfaces/IPocoOrders.sol";
import {
    AppOrder,
    AppOrderOperation,
    DatasetOrder,
    DatasetOrderOperation,
    OrderOperation,
    RequestOrder,
    RequestOrderOperation,
    WorkerpoolOrder,
    WorkerpoolOrderOperation
} from "../interfaces/PocoTypes.sol";
import {IRegistryEntry} from "../interfaces/IRegistries.sol";
import {Eip712} from "../libs/Eip712.sol";
import {Signatures} from "../libs/Signatures.sol";
import {PocoStorage} from "../storage/PocoStorage.sol";

/// @title Presigning, closing and broadcasting orders (PoCo `IexecOrderManagement`, `IexecRelay`)
/// @notice An order's owner manages it by calling, or anyone does with the owner's EIP-712 signature of the operation. To close
/// is to mark the whole volume as consumed. Broadcasting only writes the order to the log, it proves nothing.
contract OrdersFacet is IPocoOrders, IPocoEvents {
    using Eip712 for AppOrder;
    using Eip712 for AppOrderOperation;
    using Eip712 for DatasetOrder;
    using Eip712 for DatasetOrderOperation;
    using Eip712 for WorkerpoolOrder;
    using Eip712 for WorkerpoolOrderOperation;
    using Eip712 for RequestOrder;
    using Eip712 for RequestOrderOperation;

    /// @inheritdoc IPocoOrders
    function manageAppOrder(AppOrderOperation calldata operation) external {
        address owner = IRegistryEntry(operation.order.app).owner();
        requireConsent(owner, operation.hash(), operation.sign);
        bytes32 hash = operation.order.hash();
        if (record(operation.operation, owner, hash, operation.order.volume)) {
            emit SignedAppOrder(hash);
        } else {
            emit ClosedAppOrder(hash);
        }
    }

    /// @inheritdoc IPocoOrders
    function manageDatasetOrder(DatasetOrderOperation calldata operation) external {
        address owner = IRegistryEntry(operation.order.dataset).owner();
        requireConsent(owner, operation.hash(), operation.sign);
        bytes32 hash = operation.order.hash();
        if (record(operation.operation, owner, hash, operation.order.volume)) {
            emit SignedDatasetOrder(hash);
        } else {
            emit ClosedDatasetOrder(hash);
        }
    }

    /// @inheritdoc IPocoOrders
    function manageWorkerpoolOrder(WorkerpoolOrderOperation calldata operation) external {
        address owner = IRegistryEntry(operation.order.workerpool).owner();
        requireConsent(owner, operation.hash(), operation.sign);
        bytes32 hash = operation.order.hash();
        if (record(operation.operation, owner, hash, operation.order.volume)) {
            emit SignedWorkerpoolOrder(hash);
        } else {
            emit ClosedWorkerpoolOrder(hash);
        }
    }

    /// @inheritdoc IPocoOrders
    function manageRequestOrder(RequestOrderOperation calldata operation) external {
        address owner = operation.order.requester;
        requireConsent(owner, operation.hash(), operation.sign);
        bytes32 hash = operation.order.hash();
        if (record(operation.operation, owner, hash, operation.order.volume)) {
            emit SignedRequestOrder(hash);
        } else {
            emit ClosedRequestOrder(hash);
        }
    }

    /// @inheritdoc IPocoOrders
    function broadcastAppOrder(AppOrder calldata order) external {
        emit BroadcastAppOrder(order);
    }

    /// @inheritdoc IPocoOrders
    function broadcastDatasetOrder(DatasetOrder calldata order) external {
        emit BroadcastDatasetOrder(order);
    }

    /// @inheritdoc IPocoOrders
    function broadcastWorkerpoolOrder(WorkerpoolOrder calldata order) external {
        emit BroadcastWorkerpoolOrder(order);
    }

    /// @inheritdoc IPocoOrders
    function broadcastRequestOrder(RequestOrder calldata order) external {
        emit BroadcastRequestOrder(order);
    }

    function requireConsent(address owner, bytes32 operationHash, bytes calldata sign) private view {
        require(msg.sender == owner || Signatures.verify(owner, operationHash, sign));
    }

    /// Does the operation; true if it was SIGN.
    function record(OrderOperation operation, address owner, bytes32 hash, uint256 volume)
        private
        returns (bool signed)
    {
        signed = operation == OrderOperation.SIGN;
        if (signed) {
            PocoStorage.load().presigned[hash] = owner;
        } else {
            PocoStorage.load().consumed[hash] = volume;
        }
    }
}
