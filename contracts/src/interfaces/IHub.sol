// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

/// One implementation and the hub functions it carries.
struct Facet {
    address implementation;
    bytes4[] selectors;
}

/// @title The hub's own functions: its table of facets and its owner (in the spirit of ERC-2535, and ERC-173)
interface IHub {
    /// No facet carries this selector.
    error FunctionNotFound(bytes4 selector);
    /// A facet may add functions, never replace one.
    error SelectorAlreadyCarried(bytes4 selector);
    /// A facet must be a contract, else calls to it would silently succeed.
    error FacetHasNoCode(address implementation);

    event FacetAdded(address indexed implementation, bytes4[] selectors);

    /// Owner only; all facets of a deployment in one transaction.
    function addFacets(Facet[] calldata facets) external;
    /// The facet that carries a selector, 0 if none does (name as in the ERC-2535 loupe).
    function facetAddress(bytes4 selector) external view returns (address);
    function owner() external view returns (address);
    function transferOwnership(address newOwner) external;
}
