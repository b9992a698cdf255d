// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {AppOrder, DatasetOrder, WorkerpoolOrder, RequestOrder} from "./PocoTypes.sol";

/// @title Every event of the hub, with the topics of the live network
/// @notice Workers and schedulers follow the chain by these alone, so which arguments are indexed is part of the ABI.
interface IPocoEvents {
    // Escrow: an ERC-20 plus four movements of frozen money.
    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);
    event Lock(address owner, uint256 amount);
    event Unlock(address owner, uint256 amount);
    event Reward(address owner, uint256 amount, bytes32 ref);
    event Seize(address owner, uint256 amount, bytes32 ref);

    // Orders.
    event BroadcastAppOrder(AppOrder apporder);
    event BroadcastDatasetOrder(DatasetOrder datasetorder);
    event BroadcastWorkerpoolOrder(WorkerpoolOrder workerpoolorder);
    event BroadcastRequestOrder(RequestOrder requestorder);
    event SignedAppOrder(bytes32 appHash);
    event SignedDatasetOrder(bytes32 datasetHash);
    event SignedWorkerpoolOrder(bytes32 workerpoolHash);
    event SignedRequestOrder(bytes32 requestHash);
    event ClosedAppOrder(bytes32 appHash);
    event ClosedDatasetOrder(bytes32 datasetHash);
    event ClosedWorkerpoolOrder(bytes32 workerpoolHash);
    event ClosedRequestOrder(bytes32 requestHash);

    // Deals.
    event SchedulerNotice(address indexed workerpool, bytes32 dealid);
    event OrdersMatched(
        bytes32 dealid,
        bytes32 appHash,
        bytes32 datasetHash,
        bytes32 workerpoolHash,
        bytes32 requestHash,
        uint256 volume
    );
    event DealSponsored(bytes32 dealId, address sponsor);

    // Tasks.
    event TaskInitialize(bytes32 indexed taskid, address indexed workerpool);
    event TaskContribute(bytes32 indexed taskid, address indexed worker, bytes32 hash);
    event TaskConsensus(bytes32 indexed taskid, bytes32 consensus);
    event TaskReveal(bytes32 indexed taskid, address indexed worker, bytes32 digest);
    event TaskReopen(bytes32 indexed taskid);
    event TaskFinalize(bytes32 indexed taskid, bytes results);
    event TaskClaimed(bytes32 indexed taskid);
    event AccurateContribution(address indexed worker, bytes32 indexed taskid);
    event FaultyContribution(address indexed worker, bytes32 indexed taskid);

    // Administration.
    event CreateCategory(uint256 catid, string name, string description, uint256 workClockTimeRef);
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);
}
