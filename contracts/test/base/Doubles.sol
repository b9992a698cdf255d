// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {Hub} from "./Abi.sol";

// Contracts that stand at the edges of the protocol: owners that sign by ERC-1271, ERC-734 groups, receivers of results.

/// An owner that is a contract and accepts exactly one signature.
contract Wallet {
    bytes32 private immutable accepted;

    constructor(bytes memory signature) {
        accepted = keccak256(signature);
    }

    function isValidSignature(bytes32, bytes calldata signature) external view returns (bytes4) {
        return keccak256(signature) == accepted ? bytes4(0x1626ba7e) : bytes4(0xffffffff);
    }
}

/// An owner whose answer is not a usable one.
contract RevertingWallet {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        revert("no");
    }
}

/// An ERC-734 identity in which one account holds one purpose.
contract Group {
    bytes32 private immutable member;
    uint256 private immutable purpose;

    constructor(address who, uint256 what) {
        member = bytes32(uint256(uint160(who)));
        purpose = what;
    }

    function keyHasPurpose(bytes32 key, uint256 what) external view returns (bool) {
        return key == member && what == purpose;
    }
}

/// A contract with code but no `keyHasPurpose`.
contract NotAGroup {
    uint256 public something = 1;
}

/// A group that fails.
contract RevertingGroup {
    function keyHasPurpose(bytes32, uint256) external pure returns (bool) {
        revert("no");
    }
}

/// Keeps what it was called with.
contract Receiver {
    bytes32 public taskid;
    bytes public data;
    uint256 public gasReceived;
    uint256 public calls;

    function receiveResult(bytes32 id, bytes calldata result) external {
        gasReceived = gasleft();
        taskid = id;
        data = result;
        calls++;
    }
}

contract RevertingReceiver {
    function receiveResult(bytes32, bytes calldata) external pure {
        revert("no");
    }
}

/// Burns every unit of gas that it is given.
contract LoopingReceiver {
    function receiveResult(bytes32, bytes calldata) external pure {
        for (;;) {}
    }
}

/// Tries to finalize the same task again from inside its callback, as an owner of the pool that is a contract could.
contract ReenteringReceiver {
    Hub private immutable hub;
    bool public tried;
    bool public succeeded;

    constructor(Hub target) {
        hub = target;
    }

    function receiveResult(bytes32 id, bytes calldata result) external {
        tried = true;
        (succeeded,) = address(hub).call(abi.encodeCall(Hub.finalize, (id, "", result)));
    }
}
