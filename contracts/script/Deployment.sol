// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {AdminFacet} from "../src/facets/AdminFacet.sol";
import {DealsFacet} from "../src/facets/DealsFacet.sol";
import {EscrowFacet} from "../src/facets/EscrowFacet.sol";
import {OrdersFacet} from "../src/facets/OrdersFacet.sol";
import {TasksFacet} from "../src/facets/TasksFacet.sol";
import {ViewsFacet} from "../src/facets/ViewsFacet.sol";
import {Facet} from "../src/interfaces/IHub.sol";
import {IPoco} from "../src/interfaces/IPoco.sol";

/// The cheatcodes of forge that read the plan.
interface PlanReader {
    function readFile(string calldata path) external view returns (string memory);
    function keyExistsJson(string calldata json, string calldata key) external pure returns (bool);
    function parseBytes(string calldata hexadecimal) external pure returns (bytes memory);
    function parseJsonString(string calldata json, string calldata key) external pure returns (string memory);
    function parseJsonStringArray(string calldata json, string calldata key) external pure returns (string[] memory);
    function parseJsonUint(string calldata json, string calldata key) external pure returns (uint256);
    function toString(uint256 value) external pure returns (string memory);
}

/// The addresses that a fresh hub is given.
struct Parts {
    address rlc;
    address appRegistry;
    address datasetRegistry;
    address workerpoolRegistry;
}

/// @title The deployment of README.md in Solidity, for tests: a bare hub becomes a PoCo hub by artifacts/deploy.json
/// @notice The caller must own the hub. Reading the committed plan rather than repeating it here is what tests the plan.
library Deployment {
    PlanReader private constant vm = PlanReader(address(uint160(uint256(keccak256("hevm cheat code")))));

    function wire(IPoco hub, Parts memory parts) internal {
        string memory plan = vm.readFile("artifacts/deploy.json");
        addFacets(hub, plan);
        hub.configure(
            parts.rlc,
            vm.parseJsonString(plan, ".escrow.name"),
            vm.parseJsonString(plan, ".escrow.symbol"),
            uint8(vm.parseJsonUint(plan, ".escrow.decimals")),
            parts.appRegistry,
            parts.datasetRegistry,
            parts.workerpoolRegistry,
            address(0)
        );
        for (uint256 i = 0; vm.keyExistsJson(plan, item(".categories", i)); ++i) {
            string memory key = item(".categories", i);
            hub.createCategory(
                vm.parseJsonString(plan, string.concat(key, ".name")),
                vm.parseJsonString(plan, string.concat(key, ".description")),
                vm.parseJsonUint(plan, string.concat(key, ".workClockTimeRef"))
            );
        }
    }

    function addFacets(IPoco hub, string memory plan) private {
        uint256 count = 0;
        while (vm.keyExistsJson(plan, item(".facets", count))) ++count;
        Facet[] memory facets = new Facet[](count);
        for (uint256 i = 0; i < count; ++i) {
            string memory key = item(".facets", i);
            string[] memory texts = vm.parseJsonStringArray(plan, string.concat(key, ".selectors"));
            bytes4[] memory selectors = new bytes4[](texts.length);
            for (uint256 j = 0; j < texts.length; ++j) {
                selectors[j] = bytes4(vm.parseBytes(texts[j]));
            }
            facets[i] = Facet(implementation(vm.parseJsonString(plan, string.concat(key, ".contract"))), selectors);
        }
        hub.addFacets(facets);
    }

    function item(string memory list, uint256 i) private pure returns (string memory) {
        return string.concat(list, "[", vm.toString(i), "]");
    }

    function implementation(string memory name) private returns (address) {
        bytes32 id = keccak256(bytes(name));
        if (id == keccak256("DealsFacet")) return address(new DealsFacet());
        if (id == keccak256("OrdersFacet")) return address(new OrdersFacet());
        if (id == keccak256("TasksFacet")) return address(new TasksFacet());
        if (id == keccak256("EscrowFacet")) return address(new EscrowFacet());
        if (id == keccak256("ViewsFacet")) return address(new ViewsFacet());
        if (id == keccak256("AdminFacet")) return address(new AdminFacet());
        revert(string.concat("the plan names an unknown facet: ", name));
    }
}
