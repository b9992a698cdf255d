// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPocoAdmin} from "../interfaces/IPocoAdmin.sol";
import {IPocoEvents} from "../interfaces/IPocoEvents.sol";
import {IPocoViews} from "../interfaces/IPocoViews.sol";
import {Category} from "../interfaces/PocoTypes.sol";
import {IRegistry} from "../interfaces/IRegistries.sol";
import {DEFAULT_CALLBACK_GAS} from "../libs/Constants.sol";
import {Eip712} from "../libs/Eip712.sol";
import {HubStorage} from "../storage/HubStorage.sol";
import {PocoStorage} from "../storage/PocoStorage.sol";

/// @title What the owner of a deployment sets (PoCo `IexecConfiguration`, `IexecCategoryManager`)
contract AdminFacet is IPocoAdmin, IPocoEvents {
    /// @inheritdoc IPocoAdmin
    function configure(
        address token,
        string calldata name,
        string calldata symbol,
        uint8 decimals,
        address appRegistry,
        address datasetRegistry,
        address workerpoolRegistry,
        address previousHub
    ) external {
        HubStorage.requireOwner();
        PocoStorage.Layout storage $ = PocoStorage.load();
        require($.domainSeparator == 0, "already-configured");
        $.domainSeparator = Eip712.computeSeparator();
        $.token = IERC20(token);
        $.name = name;
        $.symbol = symbol;
        $.decimals = decimals;
        $.appRegistry = IRegistry(appRegistry);
        $.datasetRegistry = IRegistry(datasetRegistry);
        $.workerpoolRegistry = IRegistry(workerpoolRegistry);
        $.previousHub = previousHub;
        $.callbackgas = DEFAULT_CALLBACK_GAS;
    }

    /// @inheritdoc IPocoAdmin
    function updateDomainSeparator() external {
        PocoStorage.Layout storage $ = PocoStorage.load();
        require($.domainSeparator != 0, "not-configured");
        $.domainSeparator = Eip712.computeSeparator();
    }

    /// @inheritdoc IPocoAdmin
    function importScore(address worker) external {
        PocoStorage.Layout storage $ = PocoStorage.load();
        require(!$.scoreImported[worker], "score-already-imported");
        $.scoreImported[worker] = true;
        $.scores[worker] = Math.max($.scores[worker], IPocoViews($.previousHub).viewScore(worker));
    }

    /// @inheritdoc IPocoAdmin
    function setTeeBroker(address teebroker) external {
        HubStorage.requireOwner();
        PocoStorage.load().teebroker = teebroker;
    }

    /// @inheritdoc IPocoAdmin
    function setCallbackGas(uint256 callbackgas) external {
        HubStorage.requireOwner();
        PocoStorage.load().callbackgas = callbackgas;
    }

    /// @inheritdoc IPocoAdmin
    function createCategory(string calldata name, string calldata description, uint256 workClockTimeRef)
        external
        returns (uint256 catid)
    {
        HubStorage.requireOwner();
        Category[] storage categories = PocoStorage.load().categories;
        catid = categories.length;
        categories.push(Category(name, description, workClockTimeRef));
        emit CreateCategory(catid, name, description, workClockTimeRef);
    }
}
