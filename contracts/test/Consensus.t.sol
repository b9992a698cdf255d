// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Hashes} from "./base/Hashes.sol";
import {Model} from "./base/Model.sol";
import "./base/Types.sol";

/// Chapter 1.7: the consensus of random contributions is the model's, one by one.
contract ConsensusTest is World {
    uint256 private constant WORKERS = 8;

    mapping(uint256 => uint256) private group;

    function setUp() public override {
        super.setUp();
        for (uint256 w = 4; w < WORKERS; w++) {
            fund(worker(w), RICH);
        }
    }

    function digestOf(uint256 result) private pure returns (bytes32) {
        return keccak256(abi.encode("result", result));
    }

    function testFuzz_consensus_is_the_models(uint16 trust, uint16[8] memory scores, uint256 results) public {
        bytes32 taskid = task(trust);
        uint256 total = 1;
        uint256[3] memory members;
        for (uint256 w; w < WORKERS; w++) {
            uint256 score = scores[w] % 200;
            uint256 result = (results >> (8 * w)) % 3;
            setScore(worker(w), score);
            contribute(w, taskid, digestOf(result));
            members[result]++;
            uint256 weight = Model.weight(score);
            uint256 after_ = Model.groupAfter(group[result], weight);
            total += after_ - group[result];
            group[result] = after_;
            vm.assertEq(hub.viewContribution(taskid, worker(w)).weight, Model.log2(weight), "log weight");
            Task memory t = hub.viewTask(taskid);
            if (!Model.reached(after_, total, trust)) {
                vm.assertEq(t.status, 1, "ACTIVE");
                continue;
            }
            vm.assertEq(t.status, 2, "REVEALING");
            vm.assertEq(t.consensusValue, Hashes.resultHash(taskid, digestOf(result)), "value");
            vm.assertEq(t.winnerCounter, members[result], "winners");
            return;
        }
    }

    function testFuzz_a_score_decides_how_much_trust_one_worker_is_worth(uint32 score) public {
        setScore(worker(0), score);
        uint256 weight = Model.weight(score);
        bytes32 taskid = task(weight);
        contribute(0, taskid, DIGEST);
        vm.assertEq(status(taskid), 2, "its weight");
        taskid = task(weight + 1);
        contribute(0, taskid, DIGEST);
        vm.assertEq(status(taskid), 1, "not one more");
    }
}
