// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "./Types.sol";

/// The live network's hub as the reference (chapters 1.2, 1.5 to 1.10) gives it; the selectors are checked against the vectors in Abi.t.sol.
interface Hub {
    // Errors of the v6.1 and v6.2 additions.
    error IncompatibleDatasetOrder(string reason);
    error UnsupportedOperation(bytes4 selector);
    error OperationFailed();
    error CallerIsNotTheRequester();

    // Settings.
    function contribution_deadline_ratio() external view returns (uint256);
    function reveal_deadline_ratio() external view returns (uint256);
    function final_deadline_ratio() external view returns (uint256);
    function workerpool_stake_ratio() external view returns (uint256);
    function kitty_ratio() external view returns (uint256);
    function kitty_min() external view returns (uint256);
    function kitty_address() external view returns (address);
    function groupmember_purpose() external view returns (uint256);
    function callbackgas() external view returns (uint256);
    function teebroker() external view returns (address);
    function appregistry() external view returns (address);
    function datasetregistry() external view returns (address);
    function workerpoolregistry() external view returns (address);
    function token() external view returns (address);
    function domain() external view returns (Domain memory);
    function eip712domain_separator() external view returns (bytes32);
    function owner() external view returns (address);
    function countCategory() external view returns (uint256);
    function viewCategory(uint256 id) external view returns (Category memory);

    // Orders.
    function matchOrders(AppOrder calldata, DatasetOrder calldata, WorkerpoolOrder calldata, RequestOrder calldata)
        external
        returns (bytes32);
    function sponsorMatchOrders(
        AppOrder calldata,
        DatasetOrder calldata,
        WorkerpoolOrder calldata,
        RequestOrder calldata
    ) external returns (bytes32);
    function computeDealVolume(
        AppOrder calldata,
        DatasetOrder calldata,
        WorkerpoolOrder calldata,
        RequestOrder calldata
    ) external view returns (uint256);
    function assertDatasetDealCompatibility(DatasetOrder calldata order, bytes32 dealid) external view;
    function manageAppOrder(AppOrderOperation calldata) external;
    function manageDatasetOrder(DatasetOrderOperation calldata) external;
    function manageWorkerpoolOrder(WorkerpoolOrderOperation calldata) external;
    function manageRequestOrder(RequestOrderOperation calldata) external;
    function broadcastAppOrder(AppOrder calldata) external;
    function broadcastDatasetOrder(DatasetOrder calldata) external;
    function broadcastWorkerpoolOrder(WorkerpoolOrder calldata) external;
    function broadcastRequestOrder(RequestOrder calldata) external;
    function viewPresigned(bytes32 hash) external view returns (address);
    function viewConsumed(bytes32 hash) external view returns (uint256);
    function verifySignature(address account, bytes32 hash, bytes calldata signature) external view returns (bool);
    function verifyPresignature(address account, bytes32 hash) external view returns (bool);
    function verifyPresignatureOrSignature(address account, bytes32 hash, bytes calldata signature)
        external
        view
        returns (bool);

    // Tasks.
    function initialize(bytes32 dealid, uint256 idx) external returns (bytes32);
    function contribute(
        bytes32 taskid,
        bytes32 resultHash,
        bytes32 resultSeal,
        address enclaveChallenge,
        bytes calldata enclaveSign,
        bytes calldata authorizationSign
    ) external;
    function reveal(bytes32 taskid, bytes32 resultDigest) external;
    function finalize(bytes32 taskid, bytes calldata results, bytes calldata resultsCallback) external;
    function contributeAndFinalize(
        bytes32 taskid,
        bytes32 resultDigest,
        bytes calldata results,
        bytes calldata resultsCallback,
        address enclaveChallenge,
        bytes calldata enclaveSign,
        bytes calldata authorizationSign
    ) external;
    function reopen(bytes32 taskid) external;
    function claim(bytes32 taskid) external;
    function initializeArray(bytes32[] calldata dealids, uint256[] calldata idx) external returns (bool);
    function claimArray(bytes32[] calldata taskids) external returns (bool);
    function initializeAndClaimArray(bytes32[] calldata dealids, uint256[] calldata idx) external returns (bool);
    function resultFor(bytes32 id) external view returns (bytes memory);

    // Views.
    function viewDeal(bytes32 dealid) external view returns (Deal memory);
    function viewTask(bytes32 taskid) external view returns (Task memory);
    function viewContribution(bytes32 taskid, address worker) external view returns (Contribution memory);
    function viewScore(address worker) external view returns (uint256);
    function viewAccount(address account) external view returns (Account memory);
    function viewApp(address app) external view returns (AppInfo memory);
    function viewDataset(address dataset) external view returns (DatasetInfo memory);
    function viewWorkerpool(address workerpool) external view returns (WorkerpoolInfo memory);

    // Escrow.
    function deposit(uint256 amount) external returns (bool);
    function depositFor(uint256 amount, address target) external returns (bool);
    function depositForArray(uint256[] calldata amounts, address[] calldata targets) external returns (bool);
    function withdraw(uint256 amount) external returns (bool);
    function withdrawTo(uint256 amount, address target) external returns (bool);
    function receiveApproval(address sender, uint256 amount, address token, bytes calldata data) external returns (bool);
    function name() external view returns (string memory);
    function symbol() external view returns (string memory);
    function decimals() external view returns (uint8);
    function totalSupply() external view returns (uint256);
    function balanceOf(address account) external view returns (uint256);
    function frozenOf(address account) external view returns (uint256);
    function allowance(address holder, address spender) external view returns (uint256);
    function transfer(address to, uint256 amount) external returns (bool);
    function approve(address spender, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
    function approveAndCall(address spender, uint256 amount, bytes calldata data) external returns (bool);
    function increaseAllowance(address spender, uint256 amount) external returns (bool);
    function decreaseAllowance(address spender, uint256 amount) external returns (bool);
}

/// The calls that only the owner of the hub may make.
interface HubAdmin {
    function setTeeBroker(address broker) external;
    function setCallbackGas(uint256 gasAmount) external;
    function createCategory(string calldata name, string calldata description, uint256 workClockTimeRef)
        external
        returns (uint256);
    function transferOwnership(address to) external;
    function importScore(address worker) external;
    function recover() external returns (uint256);
}

/// The old views, for clients built against version 5. They answer flat tuples, too long to be decoded here but as bytes.
interface HubLegacy {
    function viewDealABILegacy_pt1(bytes32 dealid) external view;
    function viewDealABILegacy_pt2(bytes32 dealid) external view;
    function viewConfigABILegacy(bytes32 dealid) external view;
    function viewAccountABILegacy(address account) external view;
    function viewTaskABILegacy(bytes32 taskid) external view;
    function viewContributionABILegacy(bytes32 taskid, address worker) external view;
}

/// The token that the escrow holds.
interface Rlc {
    function totalSupply() external view returns (uint256);
    function decimals() external view returns (uint8);
    function symbol() external view returns (string memory);
    function balanceOf(address account) external view returns (uint256);
    function transfer(address to, uint256 amount) external returns (bool);
    function approve(address spender, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
    function approveAndCall(address spender, uint256 amount, bytes calldata data) external returns (bool);
}

/// What the three registries share: an ERC-721 whose token id is the entry's address.
interface Registry {
    function isRegistered(address entry) external view returns (bool);
    function proxyCode() external view returns (bytes memory);
    function ownerOf(uint256 id) external view returns (address);
    function balanceOf(address account) external view returns (uint256);
    function totalSupply() external view returns (uint256);
    function tokenOfOwnerByIndex(address account, uint256 index) external view returns (uint256);
    function transferFrom(address from, address to, uint256 id) external;
    function previous() external view returns (address);
}

interface AppRegistry is Registry {
    function createApp(address, string calldata, string calldata, bytes calldata, bytes32, bytes calldata)
        external
        returns (address);
    function predictApp(address, string calldata, string calldata, bytes calldata, bytes32, bytes calldata)
        external
        view
        returns (address);
}

interface DatasetRegistry is Registry {
    function createDataset(address, string calldata, bytes calldata, bytes32) external returns (address);
    function predictDataset(address, string calldata, bytes calldata, bytes32) external view returns (address);
}

interface WorkerpoolRegistry is Registry {
    function createWorkerpool(address, string calldata) external returns (address);
    function predictWorkerpool(address, string calldata) external view returns (address);
}

/// The getters of the three kinds of entry.
interface Entry {
    function owner() external view returns (address);
    function registry() external view returns (address);
    function m_appName() external view returns (string memory);
    function m_appType() external view returns (string memory);
    function m_appMultiaddr() external view returns (bytes memory);
    function m_appChecksum() external view returns (bytes32);
    function m_appMREnclave() external view returns (bytes memory);
    function m_datasetName() external view returns (string memory);
    function m_datasetMultiaddr() external view returns (bytes memory);
    function m_datasetChecksum() external view returns (bytes32);
    function m_workerpoolDescription() external view returns (string memory);
    function m_workerStakeRatioPolicy() external view returns (uint256);
    function m_schedulerRewardRatioPolicy() external view returns (uint256);
    function changePolicy(uint256 stakeRatio, uint256 rewardRatio) external;
    function initialize(
        string calldata name,
        string calldata kind,
        bytes calldata multiaddr,
        bytes32 checksum,
        bytes calldata mrenclave
    ) external;
    function initialize(string calldata name, bytes calldata multiaddr, bytes32 checksum) external;
    function initialize(string calldata description) external;
}
