// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm} from "./Vm.sol";
import {Actors} from "./Actors.sol";
import {Hashes} from "./Hashes.sol";
import {AppRegistry, DatasetRegistry, Hub, HubAdmin, Rlc, WorkerpoolRegistry} from "./Abi.sol";

/// One implementation and what it carries, as the hub's `addFacets` takes it.
struct Facet {
    address implementation;
    bytes4[] selectors;
}

interface HubSetup {
    function addFacets(Facet[] calldata facets) external;
    function configure(address, string calldata, string calldata, uint8, address, address, address, address) external;
}

/// Deploys the contracts of src/ by the plan that the devnet follows too (artifacts/deploy.json): the token, three registries, the hub,
/// its facets, the categories. Owned by the admin, who holds all the RLC. Owns the addresses of the deployment.
abstract contract Deploy is Actors {
    Hub internal hub;
    Rlc internal rlc;
    AppRegistry internal appRegistry;
    DatasetRegistry internal datasetRegistry;
    WorkerpoolRegistry internal poolRegistry;
    bytes32 internal separator;

    /// Where the hub must lie; zero for anywhere.
    address internal hubAddress;
    /// Where old scores are imported from; zero for nowhere.
    address internal previousHub;

    function deploy() internal {
        string memory plan = vm.readFile("artifacts/deploy.json");
        rlc = Rlc(create("src/token/Rlc.sol:Rlc", ""));
        rlc.transfer(actor(ADMIN), rlc.totalSupply());
        bytes memory noPrevious = abi.encode(address(0));
        appRegistry = AppRegistry(create("src/registries/AppRegistry.sol:AppRegistry", noPrevious));
        datasetRegistry = DatasetRegistry(create("src/registries/DatasetRegistry.sol:DatasetRegistry", noPrevious));
        poolRegistry =
            WorkerpoolRegistry(create("src/registries/WorkerpoolRegistry.sol:WorkerpoolRegistry", noPrevious));
        hub = Hub(hubAddress == address(0) ? create("src/Hub.sol:Hub", "") : createAt(hubAddress, "src/Hub.sol:Hub"));
        HubAdmin(address(hub)).transferOwnership(actor(ADMIN));
        separator = Hashes.separator(block.chainid, address(hub));
        Facet[] memory facets = facetsOf(plan);
        vm.prank(actor(ADMIN));
        HubSetup(address(hub)).addFacets(facets);
        configure(plan);
        categories(plan);
    }

    function create(string memory what, bytes memory args) internal returns (address made) {
        bytes memory code = bytes.concat(vm.getCode(what), args);
        assembly {
            made := create(0, add(code, 32), mload(code))
        }
        vm.assertTrue(made != address(0), what);
    }

    /// Runs the creation code at a chosen address, as if its deployer's nonce had led there.
    function createAt(address where, string memory what) private returns (address) {
        vm.etch(where, vm.getCode(what));
        (bool done, bytes memory runtime) = where.call("");
        vm.assertTrue(done, what);
        vm.etch(where, runtime);
        return where;
    }

    function facetsOf(string memory plan) private returns (Facet[] memory facets) {
        facets = new Facet[](count(plan, ".facets"));
        for (uint256 i; i < facets.length; i++) {
            string memory name = vm.parseJsonString(plan, item(".facets", i, ".contract"));
            bytes[] memory selectors = vm.parseJsonBytesArray(plan, item(".facets", i, ".selectors"));
            facets[i].implementation = create(string.concat("src/facets/", name, ".sol:", name), "");
            facets[i].selectors = new bytes4[](selectors.length);
            for (uint256 j; j < selectors.length; j++) {
                facets[i].selectors[j] = bytes4(selectors[j]);
            }
        }
    }

    function configure(string memory plan) private {
        string memory name = vm.parseJsonString(plan, ".escrow.name");
        string memory symbol = vm.parseJsonString(plan, ".escrow.symbol");
        uint256 decimals = vm.parseJsonUint(plan, ".escrow.decimals");
        vm.prank(actor(ADMIN));
        HubSetup(address(hub))
            .configure(
                address(rlc),
                name,
                symbol,
                uint8(decimals),
                address(appRegistry),
                address(datasetRegistry),
                address(poolRegistry),
                previousHub
            );
    }

    function categories(string memory plan) private {
        uint256 all = count(plan, ".categories");
        for (uint256 i; i < all; i++) {
            string memory name = vm.parseJsonString(plan, item(".categories", i, ".name"));
            string memory description = vm.parseJsonString(plan, item(".categories", i, ".description"));
            uint256 time = vm.parseJsonUint(plan, item(".categories", i, ".workClockTimeRef"));
            vm.prank(actor(ADMIN));
            HubAdmin(address(hub)).createCategory(name, description, time);
        }
    }

    /// The path of element `index` of a list in a JSON text, with an optional field below it.
    function item(string memory list, uint256 index, string memory field) internal pure returns (string memory) {
        return string.concat(list, "[", vm.toString(index), "]", field);
    }

    function count(string memory text_, string memory list) internal view returns (uint256 n) {
        while (vm.keyExistsJson(text_, item(list, n, ""))) n++;
    }
}
