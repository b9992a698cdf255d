// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IERC734} from "../interfaces/IExternal.sol";
import {GROUPMEMBER_PURPOSE} from "./Constants.sol";

/// @title Whom an order accepts (PoCo `_isAccountAuthorizedByRestriction`)
library Restrictions {
    /// 0 accepts all; an address accepts itself; a contract accepts the members of its ERC-734 group. A group that fails to
    /// answer, or answers something else than true, accepts nobody: a broken group must not be able to make a match revert
    /// without its code.
    function allows(address restriction, address account) internal view returns (bool) {
        if (restriction == address(0) || restriction == account) return true;
        if (restriction.code.length == 0) return false;
        (bool ok, bytes memory answer) = restriction.staticcall(
            abi.encodeCall(IERC734.keyHasPurpose, (bytes32(uint256(uint160(account))), GROUPMEMBER_PURPOSE))
        );
        return ok && answer.length >= 32 && abi.decode(answer, (uint256)) == 1;
    }
}
