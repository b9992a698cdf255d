// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IPocoDeals} from "../interfaces/IPocoOrders.sol";
import {IPocoEscrow, ITokenSpender} from "../interfaces/IPocoEscrow.sol";
import {IPocoEvents} from "../interfaces/IPocoEvents.sol";
import {AppOrder, DatasetOrder, RequestOrder, WorkerpoolOrder} from "../interfaces/PocoTypes.sol";
import {HubStorage} from "../storage/HubStorage.sol";
import {PocoStorage} from "../storage/PocoStorage.sol";

/// @title RLC in and out, and free money as an ERC-20 (PoCo `IexecEscrowToken`, `IexecERC20`)
/// @notice One nRLC of the hub's token is one nRLC of RLC that the hub holds.
contract EscrowFacet is IPocoEscrow, IPocoEvents {
    /// @inheritdoc IPocoEscrow
    function deposit(uint256 amount) external returns (bool) {
        pull(msg.sender, amount);
        mint(msg.sender, amount);
        return true;
    }

    /// @inheritdoc IPocoEscrow
    function depositFor(uint256 amount, address target) external returns (bool) {
        pull(msg.sender, amount);
        mint(target, amount);
        return true;
    }

    /// @inheritdoc IPocoEscrow
    function depositForArray(uint256[] calldata amounts, address[] calldata targets) external returns (bool) {
        require(amounts.length == targets.length);
        for (uint256 i = 0; i < amounts.length; ++i) {
            pull(msg.sender, amounts[i]);
            mint(targets[i], amounts[i]);
        }
        return true;
    }

    /// @inheritdoc IPocoEscrow
    function withdraw(uint256 amount) external returns (bool) {
        burn(msg.sender, amount);
        push(msg.sender, amount);
        return true;
    }

    /// @inheritdoc IPocoEscrow
    function withdrawTo(uint256 amount, address target) external returns (bool) {
        burn(msg.sender, amount);
        push(target, amount);
        return true;
    }

    /// @inheritdoc IPocoEscrow
    function recover() external returns (uint256 delta) {
        HubStorage.requireOwner();
        PocoStorage.Layout storage $ = PocoStorage.load();
        delta = $.token.balanceOf(address(this)) - $.totalSupply;
        mint(msg.sender, delta);
    }

    /// @inheritdoc ITokenSpender
    /// @dev Deposits, then runs the match in `data` if there is one (v6.2): RLC.approveAndCall buys in one transaction. Only the
    /// requester's own order is taken, so nobody's fresh deposit can be spent on somebody else's deal.
    function receiveApproval(address sender, uint256 amount, address token, bytes calldata data)
        external
        returns (bool)
    {
        require(token == address(PocoStorage.load().token), "wrong-token");
        pull(sender, amount);
        mint(sender, amount);
        if (data.length > 0) matchFor(sender, data);
        return true;
    }

    /// @inheritdoc IPocoEscrow
    function transfer(address to, uint256 value) external returns (bool) {
        move(msg.sender, to, value);
        return true;
    }

    /// @inheritdoc IPocoEscrow
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        uint256 allowed = PocoStorage.load().allowances[from][msg.sender];
        require(value <= allowed, "ERC20: transfer amount exceeds allowance");
        move(from, to, value);
        allow(from, msg.sender, allowed - value);
        return true;
    }

    /// @inheritdoc IPocoEscrow
    function approve(address spender, uint256 value) external returns (bool) {
        allow(msg.sender, spender, value);
        return true;
    }

    /// @inheritdoc IPocoEscrow
    function approveAndCall(address spender, uint256 value, bytes calldata extraData) external returns (bool) {
        allow(msg.sender, spender, value);
        require(ITokenSpender(spender).receiveApproval(msg.sender, value, address(this), extraData), "approval-refused");
        return true;
    }

    /// @inheritdoc IPocoEscrow
    function increaseAllowance(address spender, uint256 addedValue) external returns (bool) {
        allow(msg.sender, spender, PocoStorage.load().allowances[msg.sender][spender] + addedValue);
        return true;
    }

    /// @inheritdoc IPocoEscrow
    function decreaseAllowance(address spender, uint256 subtractedValue) external returns (bool) {
        uint256 allowed = PocoStorage.load().allowances[msg.sender][spender];
        require(subtractedValue <= allowed, "ERC20: decreased allowance below zero");
        allow(msg.sender, spender, allowed - subtractedValue);
        return true;
    }

    /// Runs `matchOrders` calldata in the hub's own context.
    function matchFor(address sender, bytes calldata data) private {
        bytes4 selector = bytes4(data);
        if (selector != IPocoDeals.matchOrders.selector) revert UnsupportedOperation(selector);
        (,,, RequestOrder memory requestorder) =
            abi.decode(data[4:], (AppOrder, DatasetOrder, WorkerpoolOrder, RequestOrder));
        if (requestorder.requester != sender) revert CallerIsNotTheRequester();
        (bool ok, bytes memory answer) = address(this).delegatecall(data);
        if (ok) return;
        if (answer.length == 0) revert OperationFailed();
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }

    function pull(address from, uint256 amount) private {
        // The live network's spelling.
        require(PocoStorage.load().token.transferFrom(from, address(this), amount), "failled transferFrom");
    }

    function push(address to, uint256 amount) private {
        require(PocoStorage.load().token.transfer(to, amount), "failled transfer");
    }

    function mint(address account, uint256 amount) private {
        require(account != address(0), "ERC20: mint to the zero address");
        PocoStorage.Layout storage $ = PocoStorage.load();
        $.totalSupply += amount;
        $.balances[account] += amount;
        emit Transfer(address(0), account, amount);
    }

    function burn(address account, uint256 amount) private {
        PocoStorage.Layout storage $ = PocoStorage.load();
        require(amount <= $.balances[account], "ERC20: burn amount exceeds balance");
        $.balances[account] -= amount;
        $.totalSupply -= amount;
        emit Transfer(account, address(0), amount);
    }

    function move(address from, address to, uint256 value) private {
        require(from != address(0), "ERC20: transfer from the zero address");
        require(to != address(0), "ERC20: transfer to the zero address");
        PocoStorage.Layout storage $ = PocoStorage.load();
        require(value <= $.balances[from], "ERC20: transfer amount exceeds balance");
        $.balances[from] -= value;
        $.balances[to] += value;
        emit Transfer(from, to, value);
    }

    function allow(address owner, address spender, uint256 value) private {
        require(spender != address(0), "ERC20: approve to the zero address");
        PocoStorage.load().allowances[owner][spender] = value;
        emit Approval(owner, spender, value);
    }
}
