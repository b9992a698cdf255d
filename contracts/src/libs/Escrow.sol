// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IPocoEvents} from "../interfaces/IPocoEvents.sol";
import {PocoStorage} from "../storage/PocoStorage.sol";

/// @title Movements of escrowed money (PoCo `IexecEscrow`)
/// @notice Amounts in nRLC. Frozen money is held by the hub's own balance, so at any time: balance of the hub ≥ sum of
/// frozens, and sum of all balances = total supply. A movement that lacks the money reverts.
library Escrow {
    /// Freezes free money of `account`.
    function lock(address account, uint256 value) internal {
        move(account, address(this), value);
        PocoStorage.load().frozens[account] += value;
        emit IPocoEvents.Lock(account, value);
    }

    /// Frees frozen money of `account`.
    function unlock(address account, uint256 value) internal {
        move(address(this), account, value);
        PocoStorage.load().frozens[account] -= value;
        emit IPocoEvents.Unlock(account, value);
    }

    /// Takes frozen money; where it goes is said by the rewards that follow.
    function seize(address account, uint256 value, bytes32 ref) internal {
        PocoStorage.load().frozens[account] -= value;
        emit IPocoEvents.Seize(account, value, ref);
    }

    /// Pays out what was seized before.
    function reward(address account, uint256 value, bytes32 ref) internal {
        move(address(this), account, value);
        emit IPocoEvents.Reward(account, value, ref);
    }

    function move(address from, address to, uint256 value) private {
        require(from != address(0), "IexecEscrow: Transfer from empty address");
        require(to != address(0), "IexecEscrow: Transfer to empty address");
        PocoStorage.Layout storage $ = PocoStorage.load();
        uint256 available = $.balances[from];
        require(value <= available, "IexecEscrow: Transfer amount exceeds balance");
        unchecked {
            $.balances[from] = available - value;
        }
        $.balances[to] += value;
        emit IPocoEvents.Transfer(from, to, value);
    }
}
