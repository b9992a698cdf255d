// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

/// @title What the three registries share beside ERC-721 Enumerable (PoCo `IRegistry`)
/// @notice The token id of an entry is its address as an integer.
interface IRegistry {
    /// The registry of an earlier deployment whose entries stay valid, or 0.
    function previous() external view returns (address);
    /// True if the entry was created here or in `previous`.
    function isRegistered(address entry) external view returns (bool);
    /// The creation code of every entry: with it and the salt, CREATE2 addresses can be computed off chain.
    function proxyCode() external view returns (bytes memory);
}

interface IAppRegistry is IRegistry {
    function createApp(
        address owner,
        string calldata name,
        string calldata appType,
        bytes calldata multiaddr,
        bytes32 checksum,
        bytes calldata mrenclave
    ) external returns (address app);
    function predictApp(
        address owner,
        string calldata name,
        string calldata appType,
        bytes calldata multiaddr,
        bytes32 checksum,
        bytes calldata mrenclave
    ) external view returns (address app);
}

interface IDatasetRegistry is IRegistry {
    function createDataset(address owner, string calldata name, bytes calldata multiaddr, bytes32 checksum)
        external
        returns (address dataset);
    function predictDataset(address owner, string calldata name, bytes calldata multiaddr, bytes32 checksum)
        external
        view
        returns (address dataset);
}

interface IWorkerpoolRegistry is IRegistry {
    function createWorkerpool(address owner, string calldata description) external returns (address workerpool);
    function predictWorkerpool(address owner, string calldata description) external view returns (address workerpool);
}

/// @title What every entry answers
interface IRegistryEntry {
    function registry() external view returns (address);
    /// Whoever holds the entry's ERC-721 token now.
    function owner() external view returns (address);
}

interface IApp is IRegistryEntry {
    function m_appName() external view returns (string memory);
    function m_appType() external view returns (string memory);
    function m_appMultiaddr() external view returns (bytes memory);
    function m_appChecksum() external view returns (bytes32);
    function m_appMREnclave() external view returns (bytes memory);
}

interface IDataset is IRegistryEntry {
    function m_datasetName() external view returns (string memory);
    function m_datasetMultiaddr() external view returns (bytes memory);
    function m_datasetChecksum() external view returns (bytes32);
}

interface IWorkerpool is IRegistryEntry {
    event PolicyUpdate(
        uint256 oldWorkerStakeRatioPolicy,
        uint256 newWorkerStakeRatioPolicy,
        uint256 oldSchedulerRewardRatioPolicy,
        uint256 newSchedulerRewardRatioPolicy
    );

    function m_workerpoolDescription() external view returns (string memory);
    function m_workerStakeRatioPolicy() external view returns (uint256);
    function m_schedulerRewardRatioPolicy() external view returns (uint256);
    /// Owner only. Percentages; the scheduler's must be at most 100. Deals already made keep theirs.
    function changePolicy(uint256 newWorkerStakeRatioPolicy, uint256 newSchedulerRewardRatioPolicy) external;
}
