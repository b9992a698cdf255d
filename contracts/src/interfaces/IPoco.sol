// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IHub} from "./IHub.sol";
import {IPocoAdmin} from "./IPocoAdmin.sol";
import {IPocoEscrow} from "./IPocoEscrow.sol";
import {IPocoEvents} from "./IPocoEvents.sol";
import {IPocoDeals, IPocoOrders} from "./IPocoOrders.sol";
import {IPocoTasks} from "./IPocoTasks.sol";
import {IPocoLegacyViews, IPocoViews} from "./IPocoViews.sol";

/// @title The hub as a caller sees it: one address, every function and event of PoCo v6.2 in token mode
interface IPoco is
    IHub,
    IPocoEvents,
    IPocoDeals,
    IPocoOrders,
    IPocoTasks,
    IPocoEscrow,
    IPocoViews,
    IPocoLegacyViews,
    IPocoAdmin
{}
