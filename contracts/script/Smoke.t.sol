// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Hub} from "../src/Hub.sol";
import {IPoco} from "../src/interfaces/IPoco.sol";
import {
    AppOrder,
    AppOrderOperation,
    DatasetOrder,
    OrderOperation,
    RequestOrder,
    RequestOrderOperation,
    Task,
    TaskStatus,
    WorkerpoolOrder,
    WorkerpoolOrderOperation
} from "../src/interfaces/PocoTypes.sol";
import {IRegistry} from "../src/interfaces/IRegistries.sol";
import {AppRegistry} from "../src/registries/AppRegistry.sol";
import {DatasetRegistry} from "../src/registries/DatasetRegistry.sol";
import {WorkerpoolRegistry} from "../src/registries/WorkerpoolRegistry.sol";
import {Rlc} from "../src/token/Rlc.sol";
import {Deployment, Parts} from "./Deployment.sol";

interface Cheats {
    function addr(uint256 key) external pure returns (address);
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function prank(address sender) external;
}

/// @title One task from the match to the result, by the committed deployment plan
contract Smoke {
    Cheats private constant vm = Cheats(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 private constant SCHEDULER_KEY = 0x5c;
    uint256 private constant PRICE = 10e9;

    function test_threeWorkersCompleteATask() external {
        (IPoco hub, address app, address pool) = deploy();
        bytes32 taskid = hub.initialize(buy(hub, app, pool), 0);

        bytes32 digest = keccak256("the result");
        for (uint256 i = 0; i < 3; ++i) {
            contribute(hub, taskid, worker(i), digest);
        }
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(worker(i));
            hub.reveal(taskid, digest);
        }
        vm.prank(vm.addr(SCHEDULER_KEY));
        hub.finalize(taskid, "somewhere", "");

        Task memory task = hub.viewTask(taskid);
        require(task.status == TaskStatus.COMPLETED && task.resultDigest == digest, "not completed with the digest");
        require(hub.balanceOf(worker(0)) == 100e9 + 3.3e9, "a worker is not paid its third of 99 %");
        require(hub.balanceOf(vm.addr(SCHEDULER_KEY)) == 100e9 + 0.1e9, "the scheduler is not paid its 1 %");
        require(hub.balanceOf(address(hub)) == 0, "money stayed locked");
    }

    function deploy() private returns (IPoco hub, address app, address pool) {
        hub = IPoco(address(new Hub()));
        Rlc rlc = new Rlc();
        AppRegistry apps = new AppRegistry(IRegistry(address(0)));
        WorkerpoolRegistry pools = new WorkerpoolRegistry(IRegistry(address(0)));
        Deployment.wire(
            hub, Parts(address(rlc), address(apps), address(new DatasetRegistry(IRegistry(address(0)))), address(pools))
        );
        app = apps.createApp(address(this), "Echo", "DOCKER", "echo:1", 0, "");
        pool = pools.createWorkerpool(vm.addr(SCHEDULER_KEY), "smoke");
        rlc.approve(address(hub), type(uint256).max);
        hub.deposit(100e9);
        hub.depositFor(100e9, vm.addr(SCHEDULER_KEY));
        for (uint256 i = 0; i < 3; ++i) {
            hub.depositFor(100e9, worker(i));
        }
    }

    /// Every party presigns its order; signatures have tests of their own.
    function buy(IPoco hub, address app, address pool) private returns (bytes32 dealid) {
        AppOrder memory appOrder;
        appOrder.app = app;
        appOrder.volume = 1;
        WorkerpoolOrder memory poolOrder;
        poolOrder.workerpool = pool;
        poolOrder.workerpoolprice = PRICE;
        poolOrder.volume = 1;
        poolOrder.trust = 8;
        RequestOrder memory request;
        request.app = app;
        request.workerpoolmaxprice = PRICE;
        request.requester = address(this);
        request.volume = 1;
        request.trust = 8;
        hub.manageAppOrder(AppOrderOperation(appOrder, OrderOperation.SIGN, ""));
        hub.manageRequestOrder(RequestOrderOperation(request, OrderOperation.SIGN, ""));
        vm.prank(vm.addr(SCHEDULER_KEY));
        hub.manageWorkerpoolOrder(WorkerpoolOrderOperation(poolOrder, OrderOperation.SIGN, ""));
        DatasetOrder memory none;
        return hub.matchOrders(appOrder, none, poolOrder, request);
    }

    function contribute(IPoco hub, bytes32 taskid, address who, bytes32 digest) private {
        bytes32 message = keccak256(abi.encodePacked(who, taskid, address(0)));
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(SCHEDULER_KEY, keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", message)));
        bytes32 resultHash = keccak256(abi.encodePacked(taskid, digest));
        bytes32 seal = keccak256(abi.encodePacked(who, taskid, digest));
        vm.prank(who);
        hub.contribute(taskid, resultHash, seal, address(0), "", abi.encodePacked(r, s, v));
    }

    function worker(uint256 i) private pure returns (address) {
        return address(uint160(0xa0 + i));
    }
}
