// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Facet, IHub} from "./interfaces/IHub.sol";
import {IPocoEvents} from "./interfaces/IPocoEvents.sol";
import {HubStorage} from "./storage/HubStorage.sol";

/// @title The one address of a deployment: delegates each function to the facet that carries it
/// @notice In the spirit of ERC-2535, for the same reason as the live network: all of PoCo is larger than one contract may be
/// (EIP-170). Functions can be added by the owner but never replaced: a devnet is redeployed, not upgraded. Takes no ether.
contract Hub is IHub {
    constructor() {
        HubStorage.load().owner = msg.sender;
        emit IPocoEvents.OwnershipTransferred(address(0), msg.sender);
    }

    /// @inheritdoc IHub
    function addFacets(Facet[] calldata facets) external {
        HubStorage.requireOwner();
        HubStorage.Layout storage $ = HubStorage.load();
        for (uint256 i = 0; i < facets.length; ++i) {
            address implementation = facets[i].implementation;
            bytes4[] calldata selectors = facets[i].selectors;
            if (implementation.code.length == 0) revert FacetHasNoCode(implementation);
            for (uint256 j = 0; j < selectors.length; ++j) {
                if ($.facets[selectors[j]] != address(0)) revert SelectorAlreadyCarried(selectors[j]);
                $.facets[selectors[j]] = implementation;
            }
            emit FacetAdded(implementation, selectors);
        }
    }

    /// @inheritdoc IHub
    function facetAddress(bytes4 selector) external view returns (address) {
        return HubStorage.load().facets[selector];
    }

    /// @inheritdoc IHub
    function owner() external view returns (address) {
        return HubStorage.load().owner;
    }

    /// @inheritdoc IHub
    function transferOwnership(address newOwner) external {
        HubStorage.requireOwner();
        require(newOwner != address(0), "Ownable: new owner is the zero address");
        emit IPocoEvents.OwnershipTransferred(msg.sender, newOwner);
        HubStorage.load().owner = newOwner;
    }

    fallback() external {
        address facet = HubStorage.load().facets[msg.sig];
        if (facet == address(0)) revert FunctionNotFound(msg.sig);
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), facet, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(ok) { revert(0, returndatasize()) }
            return(0, returndatasize())
        }
    }
}
