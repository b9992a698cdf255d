// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm} from "./base/Vm.sol";
import {Vectors} from "./base/Vectors.sol";
import "./base/Types.sol";

/// The vectors' `money`: whole tasks settled by iExec's contracts, to the unit.
contract VectorsMoneyTest is Vectors {
    uint256 private constant WORKERS = 6;

    struct Purse {
        int256 stake;
        int256 locked;
        int256 score;
    }

    string[] private names;
    address[] private who;
    Purse[] private before;

    function setUp() public override {
        super.setUp();
        party("payer", actor(REQUESTER));
        party("scheduler", actor(SCHEDULER));
        party("kitty", hub.kitty_address());
        party("appOwner", actor(APP_OWNER));
        party("datasetOwner", actor(DATASET_OWNER));
        for (uint256 w; w < WORKERS; w++) {
            party(string.concat("worker", vm.toString(w)), worker(w));
            if (w > 3) fund(worker(w), RICH);
        }
    }

    function party(string memory name, address account) private {
        names.push(name);
        who.push(account);
    }

    function purse(address account) private view returns (Purse memory) {
        (uint256 stake, uint256 locked) = money(account);
        return Purse(int256(stake), int256(locked), int256(hub.viewScore(account)));
    }

    function begin() private {
        delete before;
        for (uint256 i; i < who.length; i++) {
            before.push(purse(who[i]));
        }
    }

    function optional(string memory path) private view returns (int256) {
        return vm.keyExistsJson(json, path) ? vm.parseJsonInt(json, path) : int256(0);
    }

    function moved(string memory stage, string memory name) private view {
        moved(stage, name, true);
    }

    /// `all`: an account that the stage does not name has not moved.
    function moved(string memory stage, string memory name, bool all) private view {
        for (uint256 i; i < who.length; i++) {
            if (!all && !vm.keyExistsJson(json, string.concat(stage, ".", names[i]))) continue;
            Purse memory now_ = purse(who[i]);
            string memory path = string.concat(stage, ".", names[i]);
            string memory what = string.concat(name, ": ", path);
            vm.assertEq(now_.stake - before[i].stake, optional(string.concat(path, ".stake")), what);
            vm.assertEq(now_.locked - before[i].locked, optional(string.concat(path, ".locked")), what);
            vm.assertEq(now_.score - before[i].score, optional(string.concat(path, ".score")), what);
        }
    }

    function test_cases() public {
        uint256 cases = rows("money", "cases");
        vm.assertEq(cases, 8, "cases");
        for (uint256 i; i < cases; i++) {
            uint256 id = vm.snapshotState();
            open("money", "cases", i);
            if (vm.keyExistsJson(json, ".kind")) reopened();
            else settled();
            vm.revertToState(id);
        }
    }

    /// Puts exactly this much in the kitty, by a claimed task whose pool stake it is.
    function fillKitty(uint256 amount) private {
        if (amount == 0) return;
        Orders memory o = orders();
        o.pool.workerpoolprice = (amount * 10 + 2) / 3;
        bytes32 taskid = taskOf(o);
        vm.warp(hub.viewTask(taskid).finalDeadline);
        hub.claim(taskid);
        (, uint256 locked) = money(hub.kitty_address());
        vm.assertEq(locked, amount, "kitty");
    }

    function ordersOf() private returns (Orders memory o) {
        o = ordersOfTrust(num(".trust"));
        o.app.appprice = 0;
        o.pool.workerpoolprice = num(".prices.workerpool");
        o.request.workerpoolmaxprice = o.pool.workerpoolprice;
    }

    function digestOfResult(string memory row) private view returns (bytes32) {
        return keccak256(bytes(text(string.concat(row, ".result"))));
    }

    function settled() private {
        string memory name = text(".name");
        fillKitty(num(".kittyLockedBefore"));
        setPolicy(num(".policy.workerStakeRatio"), num(".policy.schedulerRewardRatio"));
        Orders memory o = sign(ordersOf());
        begin();
        bytes32 dealid = matchSigned(o);
        moved(".deltas.match", name);
        vm.assertEq(hub.viewDeal(dealid).workerStake, num(".workerStake"), name);
        bytes32 taskid = hub.initialize(dealid, 0);
        uint256 contributions = count(".contributions");
        for (uint256 i; i < contributions; i++) {
            setScore(worker(num(item(".contributions", i, ".worker"))), num(item(".contributions", i, ".score")));
        }
        begin();
        for (uint256 i; i < contributions; i++) {
            contribute(num(item(".contributions", i, ".worker")), taskid, digestOfResult(item(".contributions", i, "")));
        }
        moved(".deltas.contribute", name);
        bytes32 winner = keccak256(bytes(text(".consensus")));
        for (uint256 i; i < contributions; i++) {
            uint256 w = num(item(".contributions", i, ".worker"));
            vm.assertEq(
                hub.viewContribution(taskid, worker(w)).weight, num(item(".contributions", i, ".logWeight")), name
            );
            if (vm.parseJsonBool(json, item(".contributions", i, ".revealed"))) reveal(w, taskid, winner);
        }
        vm.warp(hub.viewTask(taskid).revealDeadline);
        end(taskid, name, true);
        rewards(name);
    }

    function end(bytes32 taskid, string memory name, bool all) private {
        begin();
        vm.recordLogs();
        finalize(taskid);
        eventsAre(".finalizeEvents");
        moved(".deltas.finalize", name, all);
    }

    function rewards(string memory name) private {
        uint256 workers = count(".reward.workers");
        for (uint256 i; i < workers; i++) {
            uint256 w = num(item(".reward.workers", i, ".worker"));
            vm.assertEq(hub.viewScore(worker(w)), num(item(".reward.workers", i, ".scoreAfter")), name);
            int256 all =
                int256(num(item(".reward.workers", i, ".reward"))) - int256(num(item(".reward.workers", i, ".seized")));
            Purse memory now_ = purse(worker(w));
            vm.assertEq(now_.stake + now_.locked - before[5 + w].stake - before[5 + w].locked, all, name);
        }
        Purse memory scheduler = purse(actor(SCHEDULER));
        int256 gain = scheduler.stake + scheduler.locked - before[1].stake - before[1].locked;
        uint256 paid = num(".reward.scheduler") + num(".reward.fromKitty");
        vm.assertEq(gain, int256(paid), name);
    }

    function reopened() private {
        setPolicy(30, 1);
        bytes32 taskid = taskOf(ordersOf());
        contribute(0, taskid, DIGEST);
        contribute(1, taskid, DIGEST);
        vm.warp(hub.viewTask(taskid).revealDeadline);
        vm.recordLogs();
        vm.prank(actor(SCHEDULER));
        hub.reopen(taskid);
        eventsAre(".reopenEvents");
        for (uint256 w = 2; w < 4; w++) {
            contribute(w, taskid, DIGEST);
        }
        for (uint256 w = 2; w < 4; w++) {
            reveal(w, taskid, DIGEST);
        }
        vm.assertEq(hub.viewDeal(hub.viewTask(taskid).dealid).workerStake, num(".workerStake"), "stake");
        // This case names only the scheduler and the workers.
        end(taskid, "reopen", false);
    }
}
