// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ITokenSpender} from "../interfaces/IPocoEscrow.sol";

/// @title The devnet's RLC: as the real one, 87 million with 9 decimals, and `approveAndCall`
/// @notice Worth nothing: whoever deploys it holds it all.
contract Rlc is ERC20 {
    constructor() ERC20("iExec Network Token", "RLC") {
        _mint(msg.sender, 87_000_000e9);
    }

    function decimals() public pure override returns (uint8) {
        return 9;
    }

    /// Approves and tells the spender in one transaction; a spender that reverts undoes both.
    function approveAndCall(address spender, uint256 value, bytes calldata extraData) external returns (bool) {
        _approve(msg.sender, spender, value);
        require(ITokenSpender(spender).receiveApproval(msg.sender, value, address(this), extraData), "approval-refused");
        return true;
    }
}
