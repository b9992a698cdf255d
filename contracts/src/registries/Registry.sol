// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {ERC721, ERC721Enumerable} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Enumerable.sol";
import {IRegistry} from "../interfaces/IRegistries.sol";

/// @title Entries as ERC-721 tokens at addresses that can be foretold (PoCo `Registry`)
/// @notice An entry's address follows from its owner and its content (CREATE2), so that an app can be named in an order before
/// it is deployed, and the same one cannot be made twice.
abstract contract Registry is ERC721Enumerable, IRegistry {
    IRegistry private immutable previousRegistry;
    address private immutable master;

    constructor(string memory name, string memory symbol, address master_, IRegistry previous_) ERC721(name, symbol) {
        master = master_;
        previousRegistry = previous_;
    }

    /// @inheritdoc IRegistry
    function previous() external view returns (address) {
        return address(previousRegistry);
    }

    /// @inheritdoc IRegistry
    function isRegistered(address entry) external view returns (bool) {
        if (_ownerOf(uint256(uint160(entry))) != address(0)) return true;
        return address(previousRegistry) != address(0) && previousRegistry.isRegistered(entry);
    }

    /// @inheritdoc IRegistry
    /// @dev ERC-1167.
    function proxyCode() public view returns (bytes memory) {
        return
            abi.encodePacked(hex"3d602d80600a3d3981f3363d3d373d3d3d363d73", master, hex"5af43d82803e903d91602b57fd5bf3");
    }

    /// `args` is the calldata of the entry's `initialize`.
    function mintEntry(address owner, bytes memory args) internal returns (address entry) {
        bytes memory code = proxyCode();
        bytes32 salt = saltOf(owner, args);
        assembly ("memory-safe") {
            entry := create2(0, add(code, 32), mload(code), salt)
        }
        require(entry != address(0), "Create2: Failed on deploy");
        (bool ok,) = entry.call(args);
        require(ok, "entry-initialization-failed");
        _mint(owner, uint256(uint160(entry)));
    }

    function predictEntry(address owner, bytes memory args) internal view returns (address) {
        return address(
            uint160(
                uint256(
                    keccak256(abi.encodePacked(hex"ff", address(this), saltOf(owner, args), keccak256(proxyCode())))
                )
            )
        );
    }

    function saltOf(address owner, bytes memory args) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(args, owner));
    }
}
