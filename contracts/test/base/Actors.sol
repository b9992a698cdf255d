// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm} from "./Vm.sol";

/// The people of the tests: accounts of the public anvil mnemonic, numbered as the vectors number them.
/// Keeps their private keys so that each is derived once; knows nothing of the hub.
abstract contract Actors {
    string private constant MNEMONIC = "test test test test test test test test test test test junk";

    uint256 internal constant ADMIN = 0;
    uint256 internal constant REQUESTER = 1;
    uint256 internal constant SPONSOR = 2;
    uint256 internal constant BENEFICIARY = 3;
    uint256 internal constant APP_OWNER = 4;
    uint256 internal constant DATASET_OWNER = 5;
    uint256 internal constant SCHEDULER = 6;
    uint256 internal constant ENCLAVE = 7;
    uint256 internal constant BROKER = 8;
    uint256 internal constant ANYONE = 9;
    uint256 internal constant FIRST_WORKER = 10;

    mapping(uint256 => uint256) private keys;
    mapping(uint256 => address) private addresses;

    function key(uint256 who) internal returns (uint256) {
        if (keys[who] == 0) {
            keys[who] = vm.deriveKey(MNEMONIC, uint32(who));
            addresses[who] = vm.addr(keys[who]);
        }
        return keys[who];
    }

    function actor(uint256 who) internal returns (address) {
        key(who);
        return addresses[who];
    }

    function worker(uint256 index) internal returns (address) {
        return actor(FIRST_WORKER + index);
    }

    /// The 65-byte signature r, s, v of a digest.
    function signDigest(uint256 who, bytes32 digest) internal returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key(who), digest);
        return abi.encodePacked(r, s, v);
    }

    /// The EIP-191 signature of a 32-byte message, as wallets make it.
    function signMessage(uint256 who, bytes32 message) internal returns (bytes memory) {
        return signDigest(who, ethSigned(message));
    }

    function ethSigned(bytes32 message) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", message));
    }
}
