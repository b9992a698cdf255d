// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm, Vm} from "./base/Vm.sol";
import {Vectors} from "./base/Vectors.sol";
import {Hashes} from "./base/Hashes.sol";
import {Model} from "./base/Model.sol";
import "./base/Types.sol";

/// The vectors' `consensus`: decisions of the contract, contribution by contribution. The weights of groups are in no view, so they are
/// read from what a contribution writes.
contract VectorsConsensusTest is Vectors {
    mapping(bytes32 => uint256) private group;
    uint256 private total;

    function setUp() public override {
        super.setUp();
        for (uint256 w = 4; w < 12; w++) {
            fund(worker(w), RICH);
        }
    }

    function test_unanimous() public {
        open("consensus");
        uint256 cases = count(".unanimous");
        vm.assertEq(cases, 14, "cases");
        for (uint256 i; i < cases; i++) {
            uint256 needed = num(item(".unanimous", i, ".workersNeeded"));
            bytes32 taskid = task(num(item(".unanimous", i, ".trust")));
            for (uint256 w; w < needed; w++) {
                vm.assertEq(status(taskid), 1, "not before");
                contribute(w, taskid, DIGEST);
            }
            vm.assertEq(status(taskid), 2, "reached");
        }
    }

    function test_score_thresholds() public {
        uint256 cases = rows("consensus", "scoreThresholds");
        vm.assertEq(cases, 11, "cases");
        for (uint256 i; i < cases; i++) {
            open("consensus", "scoreThresholds", i);
            uint256 weight = num(".weight");
            uint256 trust = num(".maxTrustAlone");
            setScore(worker(0), num(".score"));
            bytes32 taskid = task(trust);
            contribute(0, taskid, DIGEST);
            vm.assertEq(status(taskid), 2, "alone");
            vm.assertEq(hub.viewContribution(taskid, worker(0)).weight, Model.log2(weight), "log of the weight");
            taskid = task(trust + 1);
            contribute(0, taskid, DIGEST);
            vm.assertEq(status(taskid), 1, "not one more");
        }
    }

    function test_sequences() public {
        uint256 sequences = rows("consensus", "sequences");
        vm.assertEq(sequences, 23, "sequences");
        for (uint256 i; i < sequences; i++) {
            uint256 id = vm.snapshotState();
            open("consensus", "sequences", i);
            sequence();
            vm.revertToState(id);
        }
    }

    function sequence() private {
        string memory name = text(".name");
        bytes32 taskid = task(num(".trust"));
        uint256 contributions = count(".steps");
        vm.assertEq(contributions, num(".contributions"), name);
        total = 1;
        for (uint256 i; i < contributions; i++) {
            step(taskid, item(".steps", i, ""), name);
        }
        Task memory t = hub.viewTask(taskid);
        vm.assertEq(t.winnerCounter, num(".winners"), name);
        string memory winner = text(".consensus");
        vm.assertEq(t.status, same(winner, "null") ? 1 : 2, name);
        if (t.status == 2) vm.assertEq(t.consensusValue, Hashes.resultHash(taskid, keccak256(bytes(winner))), name);
    }

    /// Columns: worker, score, result, weight, group after, total after, consensus reached.
    function step(bytes32 taskid, string memory row, string memory name) private {
        uint256 w = num(string.concat(row, "[0]"));
        bytes32 digest = keccak256(bytes(text(string.concat(row, "[2]"))));
        setScore(worker(w), num(string.concat(row, "[1]")));
        uint256 weight = num(string.concat(row, "[3]"));
        uint256 groupAfter = num(string.concat(row, "[4]"));
        uint256 totalAfter = num(string.concat(row, "[5]"));
        vm.startStateDiffRecording();
        contribute(w, taskid, digest);
        Vm.AccountAccess[] memory accesses = vm.stopAndReturnStateDiff();
        vm.assertTrue(wrote(accesses, group[digest], groupAfter), string.concat("group's weight: ", name));
        vm.assertTrue(wrote(accesses, total, totalAfter), string.concat("total weight: ", name));
        (group[digest], total) = (groupAfter, totalAfter);
        vm.assertEq(hub.viewContribution(taskid, worker(w)).weight, Model.log2(weight), name);
        vm.assertEq(status(taskid), vm.parseJsonBool(json, string.concat(row, "[6]")) ? 2 : 1, name);
    }

    function wrote(Vm.AccountAccess[] memory accesses, uint256 from, uint256 to) private view returns (bool) {
        for (uint256 i; i < accesses.length; i++) {
            for (uint256 j; j < accesses[i].storageAccesses.length; j++) {
                Vm.StorageAccess memory a = accesses[i].storageAccesses[j];
                if (a.account != address(hub) || !a.isWrite) continue;
                if (uint256(a.previousValue) == from && uint256(a.newValue) == to) return true;
            }
        }
        return false;
    }
}
