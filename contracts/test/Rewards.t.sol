// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Hashes} from "./base/Hashes.sol";
import {Model} from "./base/Model.sol";
import "./base/Types.sol";

/// Chapter 1.7, the money of finalize: random prices, policies, scores, wrong and silent workers, against the model, to the unit.
contract RewardsTest is World {
    uint256 private constant WORKERS = 5;

    struct Case {
        uint40 appPrice;
        uint40 datasetPrice;
        uint40 poolPrice;
        uint8 stakeRatio;
        uint8 rewardRatio;
        uint16[5] scores;
        uint8 wrong;
        uint8 silent;
        uint40 kitty;
    }

    struct Purse {
        uint256 stake;
        uint256 locked;
    }

    mapping(address => Purse) private before;
    bool[] private proved;
    uint256[] private logWeights;

    function setUp() public override {
        super.setUp();
        fund(worker(4), RICH);
    }

    function ordersOf(Case memory c) private returns (Orders memory o) {
        o = ordersWithDataset();
        o.app.appprice = o.request.appmaxprice = c.appPrice;
        o.dataset.datasetprice = o.request.datasetmaxprice = c.datasetPrice;
        o.pool.workerpoolprice = o.request.workerpoolmaxprice = c.poolPrice;
        o.pool.trust = o.request.trust = 1e9;
    }

    /// A task whose last contribution, by a worker of great score, makes the consensus.
    function revealed(Case memory c) private returns (bytes32 taskid) {
        taskid = taskOf(ordersOf(c));
        for (uint256 w; w < WORKERS; w++) {
            uint256 score = w == WORKERS - 1 ? 1e15 : c.scores[w] % 100;
            setScore(worker(w), score);
            logWeights.push(Model.log2(Model.weight(score)));
            bool wrong = w < WORKERS - 1 && (c.wrong >> w) & 1 == 1;
            contribute(w, taskid, wrong ? keccak256("wrong") : DIGEST);
            proved.push(!wrong);
        }
        vm.assertEq(status(taskid), 2, "REVEALING");
        for (uint256 w; w < WORKERS; w++) {
            if (!proved[w]) continue;
            // The last worker always reveals, so that there is something to finalize.
            proved[w] = w == WORKERS - 1 || (c.silent >> w) & 1 == 0;
            if (proved[w]) reveal(w, taskid, DIGEST);
        }
        vm.warp(hub.viewTask(taskid).revealDeadline);
    }

    function fillKitty(uint256 amount) private {
        Orders memory o = orders();
        o.pool.workerpoolprice = o.request.workerpoolmaxprice = amount;
        bytes32 taskid = taskOf(o);
        vm.warp(hub.viewTask(taskid).finalDeadline);
        hub.claim(taskid);
    }

    function remember(address account) private returns (address) {
        (uint256 stake, uint256 locked) = money(account);
        before[account] = Purse(stake, locked);
        return account;
    }

    function moved(address account, uint256 plus, uint256 unlocked, string memory what) private view {
        (uint256 stake, uint256 locked) = money(account);
        vm.assertEq(stake, before[account].stake + plus, what);
        vm.assertEq(locked, before[account].locked - unlocked, what);
    }

    function testFuzz_settlement_is_the_models(Case memory c) public {
        c.rewardRatio %= 101;
        fillKitty(c.kitty);
        setPolicy(c.stakeRatio, c.rewardRatio);
        bytes32 taskid = revealed(c);
        address kitty = remember(hub.kitty_address());
        address payer = remember(actor(REQUESTER));
        address scheduler = remember(actor(SCHEDULER));
        remember(actor(APP_OWNER));
        remember(actor(DATASET_OWNER));
        uint256[] memory scores = new uint256[](WORKERS);
        for (uint256 w; w < WORKERS; w++) {
            scores[w] = hub.viewScore(remember(worker(w)));
        }
        finalize(taskid);
        uint256 stake = uint256(c.poolPrice) * c.stakeRatio / 100;
        (uint256[] memory rewards, uint256 rest) = Model.split(c.poolPrice, stake, c.rewardRatio, logWeights, proved);
        for (uint256 w; w < WORKERS; w++) {
            moved(worker(w), proved[w] ? rewards[w] + stake : 0, stake, "worker");
            vm.assertEq(hub.viewScore(worker(w)), Model.scoreAfter(scores[w], proved[w], WORKERS), "score");
        }
        uint256 share = Model.kittyShare(before[kitty].locked);
        uint256 poolStake = uint256(c.poolPrice) * 30 / 100;
        moved(kitty, 0, share, "kitty");
        moved(scheduler, rest + share + poolStake, poolStake, "scheduler");
        moved(payer, 0, uint256(c.appPrice) + c.datasetPrice + c.poolPrice, "payer");
        moved(actor(APP_OWNER), c.appPrice, 0, "app owner");
        moved(actor(DATASET_OWNER), c.datasetPrice, 0, "dataset owner");
    }

    function testFuzz_one_worker_in_one_transaction(uint40 appPrice, uint40 poolPrice, uint8 rewardRatio, uint40 kitty)
        public
    {
        rewardRatio %= 101;
        fillKitty(kitty);
        setPolicy(30, rewardRatio);
        Orders memory o = orders();
        o.app.appprice = o.request.appmaxprice = appPrice;
        o.pool.workerpoolprice = o.request.workerpoolmaxprice = poolPrice;
        bytes32 taskid = taskOf(o);
        remember(actor(APP_OWNER));
        address scheduler = remember(actor(SCHEDULER));
        address payer = remember(actor(REQUESTER));
        address pot = remember(hub.kitty_address());
        remember(worker(0));
        rush(0, taskid, DIGEST, "");
        uint256 reward = uint256(poolPrice) * (100 - rewardRatio) / 100;
        uint256 poolStake = uint256(poolPrice) * 30 / 100;
        uint256 share = Model.kittyShare(before[pot].locked);
        moved(worker(0), reward, 0, "worker");
        moved(pot, 0, share, "kitty");
        moved(scheduler, poolPrice - reward + poolStake + share, poolStake, "scheduler");
        moved(payer, 0, uint256(appPrice) + poolPrice, "payer");
        moved(actor(APP_OWNER), appPrice, 0, "app owner");
    }

    function testFuzz_the_kittys_share(uint40 kitty) public {
        fillKitty(kitty);
        (, uint256 locked) = money(hub.kitty_address());
        vm.assertEq(locked, uint256(kitty) * 30 / 100, "a claimed stake");
        uint256 stake = hub.balanceOf(actor(SCHEDULER));
        Orders memory o = orders();
        o.pool.workerpoolprice = 0;
        rush(0, taskOf(o), DIGEST, "");
        uint256 share = hub.balanceOf(actor(SCHEDULER)) - stake;
        vm.assertTrue(share <= locked, "no more than there is");
        vm.assertEq(share, Model.kittyShare(locked), "the model's");
    }
}
