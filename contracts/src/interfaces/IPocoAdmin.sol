// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

/// @title What the owner of a deployment sets (PoCo `IexecConfiguration`, `IexecCategoryManager`)
interface IPocoAdmin {
    /// One-shot. `previousHub` is where `importScore` reads old scores, or 0.
    function configure(
        address token,
        string calldata name,
        string calldata symbol,
        uint8 decimals,
        address appRegistry,
        address datasetRegistry,
        address workerpoolRegistry,
        address previousHub
    ) external;
    /// Anyone may call it after a fork changed the chain id.
    function updateDomainSeparator() external;
    function importScore(address worker) external;
    function setTeeBroker(address teebroker) external;
    function setCallbackGas(uint256 callbackgas) external;
    function createCategory(string calldata name, string calldata description, uint256 workClockTimeRef)
        external
        returns (uint256 catid);
}
