// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm, Vm} from "./Vm.sol";
import {Deploy} from "./Deploy.sol";
import {Hashes} from "./Hashes.sol";
import {Entry, Hub} from "./Abi.sol";
import "./Types.sol";

/// A hub with an app, a dataset and a workerpool on it and people who have money, and short words for what they do: the tests read as
/// sentences. Owns the entries' addresses; decides nothing about the protocol.
abstract contract World is Deploy {
    uint256 internal constant APP_PRICE = 3e9;
    uint256 internal constant DATASET_PRICE = 5e9;
    uint256 internal constant POOL_PRICE = 10e9;
    uint256 internal constant RICH = 1_000_000e9;
    uint256 internal constant T = 300;
    uint8 internal constant SIGN = 0;
    uint8 internal constant CLOSE = 1;
    bytes32 internal constant DIGEST = keccak256("result");

    address internal app;
    address internal dataset;
    address internal pool;
    uint256 private salts;

    function setUp() public virtual {
        deploy();
        vm.warp(1_700_000_000);
        app = appRegistry.createApp(actor(APP_OWNER), "app", "DOCKER", "image", bytes32(uint256(1)), "");
        dataset = datasetRegistry.createDataset(actor(DATASET_OWNER), "dataset", "https://d", bytes32(uint256(2)));
        pool = poolRegistry.createWorkerpool(actor(SCHEDULER), "pool");
        for (uint256 who = ADMIN; who < FIRST_WORKER + 4; who++) {
            fund(actor(who), RICH);
        }
    }

    // Money.

    function fund(address account, uint256 amount) internal {
        vm.prank(actor(ADMIN));
        rlc.approve(address(hub), amount);
        vm.prank(actor(ADMIN));
        hub.depositFor(amount, account);
    }

    /// Leaves an account with exactly `amount` of free stake.
    function keepOnly(address account, uint256 amount) internal {
        uint256 free = hub.balanceOf(account);
        if (free < amount) return fund(account, amount - free);
        vm.prank(account);
        hub.withdraw(free - amount);
    }

    function money(address account) internal view returns (uint256 stake, uint256 locked) {
        Account memory a = hub.viewAccount(account);
        return (a.stake, a.locked);
    }

    // Orders.

    /// Four orders that match, with no dataset: one task of trust 1 in category 0.
    function orders() internal returns (Orders memory o) {
        o.app = AppOrder(app, APP_PRICE, 1000, 0, address(0), address(0), address(0), salt(), "");
        o.pool = WorkerpoolOrder(pool, POOL_PRICE, 1000, 0, 0, 1, address(0), address(0), address(0), salt(), "");
        o.request.app = app;
        o.request.appmaxprice = APP_PRICE;
        o.request.datasetmaxprice = DATASET_PRICE;
        o.request.workerpoolmaxprice = POOL_PRICE;
        o.request.requester = actor(REQUESTER);
        o.request.volume = 1;
        o.request.trust = 1;
        o.request.beneficiary = actor(BENEFICIARY);
        o.request.params = "{}";
        o.request.salt = salt();
    }

    function ordersWithDataset() internal returns (Orders memory o) {
        o = orders();
        o.dataset = DatasetOrder(dataset, DATASET_PRICE, 1000, 0, address(0), address(0), address(0), salt(), "");
        o.request.dataset = dataset;
    }

    function ordersOfTrust(uint256 trust) internal returns (Orders memory o) {
        o = orders();
        o.pool.trust = trust;
        o.request.trust = trust;
    }

    function salt() internal returns (bytes32) {
        return keccak256(abi.encode("salt", ++salts));
    }

    function digestOf(AppOrder memory o) internal view returns (bytes32) {
        return Hashes.digest(separator, Hashes.hash(o));
    }

    function digestOf(DatasetOrder memory o) internal view returns (bytes32) {
        return Hashes.digest(separator, Hashes.hash(o));
    }

    function digestOf(WorkerpoolOrder memory o) internal view returns (bytes32) {
        return Hashes.digest(separator, Hashes.hash(o));
    }

    function digestOf(RequestOrder memory o) internal view returns (bytes32) {
        return Hashes.digest(separator, Hashes.hash(o));
    }

    /// Signs each order with the key of the one who must: call it after the last bend.
    function sign(Orders memory o) internal returns (Orders memory) {
        o.app.sign = signDigest(APP_OWNER, digestOf(o.app));
        if (o.dataset.dataset != address(0)) o.dataset.sign = signDigest(DATASET_OWNER, digestOf(o.dataset));
        o.pool.sign = signDigest(SCHEDULER, digestOf(o.pool));
        o.request.sign = signDigest(REQUESTER, digestOf(o.request));
        return o;
    }

    function matchSigned(Orders memory o) internal returns (bytes32) {
        return hub.matchOrders(o.app, o.dataset, o.pool, o.request);
    }

    function signAndMatch(Orders memory o) internal returns (bytes32) {
        return matchSigned(sign(o));
    }

    function setPolicy(uint256 stakeRatio, uint256 rewardRatio) internal {
        vm.prank(actor(SCHEDULER));
        Entry(pool).changePolicy(stakeRatio, rewardRatio);
    }

    // Tasks.

    /// A task of the given trust, initialized.
    function task(uint256 trust) internal returns (bytes32) {
        return hub.initialize(signAndMatch(ordersOfTrust(trust)), 0);
    }

    function taskOf(Orders memory o) internal returns (bytes32) {
        return hub.initialize(signAndMatch(o), 0);
    }

    function authorize(address who, bytes32 taskid, address enclave) internal returns (bytes memory) {
        return signMessage(SCHEDULER, Hashes.authorization(who, taskid, enclave));
    }

    function contribute(uint256 w, bytes32 taskid, bytes32 digest) internal {
        address who = worker(w);
        bytes memory authorization = authorize(who, taskid, address(0));
        bytes32 hash = Hashes.resultHash(taskid, digest);
        bytes32 seal = Hashes.resultSeal(who, taskid, digest);
        vm.prank(who);
        hub.contribute(taskid, hash, seal, address(0), "", authorization);
    }

    function reveal(uint256 w, bytes32 taskid, bytes32 digest) internal {
        vm.prank(worker(w));
        hub.reveal(taskid, digest);
    }

    function finalize(bytes32 taskid, bytes memory results, bytes memory callbackData) internal {
        vm.prank(actor(SCHEDULER));
        hub.finalize(taskid, results, callbackData);
    }

    function finalize(bytes32 taskid) internal {
        finalize(taskid, "results", "");
    }

    /// Contribution and finalization in one call by worker `w`, authorised.
    function rush(uint256 w, bytes32 taskid, bytes32 digest, bytes memory callbackData) internal {
        address who = worker(w);
        bytes memory authorization = authorize(who, taskid, address(0));
        vm.prank(who);
        hub.contributeAndFinalize(taskid, digest, "results", callbackData, address(0), "", authorization);
    }

    /// A task of trust 4 in REVEALING, by workers 0 and 1.
    function revealing() internal returns (bytes32 taskid) {
        taskid = task(4);
        contribute(0, taskid, DIGEST);
        contribute(1, taskid, DIGEST);
    }

    function status(bytes32 taskid) internal view returns (uint256) {
        return hub.viewTask(taskid).status;
    }

    // Refusals.

    /// Calls the hub and holds it to a revert with exactly this data.
    function refusesWith(address from, bytes memory call, bytes memory expected) internal {
        vm.prank(from);
        (bool done, bytes memory answer) = address(hub).call(call);
        vm.assertFalse(done, "the call must revert");
        vm.assertEq(answer, expected, "revert data");
    }

    /// The same with a reason; an empty one means a revert without any data, as a bare `require` gives.
    function refuses(address from, bytes memory call, string memory reason) internal {
        refusesWith(
            from, call, bytes(reason).length == 0 ? bytes("") : abi.encodeWithSignature("Error(string)", reason)
        );
    }

    function matchCall(Orders memory o) internal pure returns (bytes memory) {
        return abi.encodeCall(Hub.matchOrders, (o.app, o.dataset, o.pool, o.request));
    }

    // Storage that no call can set, found by what the matching view reads so that no layout is assumed.

    function setScore(address who, uint256 score) internal {
        vm.record();
        hub.viewScore(who);
        (bytes32[] memory reads,) = vm.accesses(address(hub));
        vm.store(address(hub), reads[reads.length - 1], bytes32(score));
        vm.assertEq(hub.viewScore(who), score, "the score's slot was found");
    }

    // Events.

    /// The logs of the hub since `vm.recordLogs()`, in order.
    function hubLogs() internal returns (Vm.Log[] memory logs) {
        Vm.Log[] memory all = vm.getRecordedLogs();
        uint256 count;
        for (uint256 i; i < all.length; i++) {
            if (all[i].emitter == address(hub)) all[count++] = all[i];
        }
        logs = new Vm.Log[](count);
        for (uint256 i; i < count; i++) {
            logs[i] = all[i];
        }
    }
}
