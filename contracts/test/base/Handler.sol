// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm} from "./Vm.sol";
import {World} from "./World.sol";
import {Hashes} from "./Hashes.sol";
import {Hub} from "./Abi.sol";
import "./Types.sol";

/// Random people doing random things to one hub, for the invariants. Every action picks something that has a chance from what there
/// is, and goes on when the hub refuses; `done` counts what it took. Owns the lists of deals and tasks.
contract Handler is World {
    uint256 private constant WORKERS = 5;

    bytes32[] private deals;
    bytes32[] private tasks;
    mapping(string => uint256) public done;

    function known() public returns (address[] memory all) {
        all = new address[](FIRST_WORKER + WORKERS + 1);
        for (uint256 i; i + 1 < all.length; i++) {
            all[i] = actor(i);
        }
        all[all.length - 1] = hub.kitty_address();
    }

    function theHub() external view returns (Hub) {
        return hub;
    }

    function held() external view returns (uint256) {
        return rlc.balanceOf(address(hub));
    }

    function attempt(string memory what, address from, bytes memory call)
        private
        returns (bool ok, bytes memory answer)
    {
        vm.prank(from);
        (ok, answer) = address(hub).call(call);
        if (ok) done[what]++;
    }

    function some(uint256 seed) private returns (address) {
        return actor(seed % (FIRST_WORKER + WORKERS));
    }

    /// A task in the given state, the first from a random place on; zero if there is none.
    function taskIn(uint8 state, uint256 seed) private view returns (bytes32) {
        for (uint256 i; i < tasks.length; i++) {
            bytes32 id = tasks[(seed % tasks.length + i) % tasks.length];
            if (hub.viewTask(id).status == state) return id;
        }
        return 0;
    }

    function deposit(uint256 who, uint40 amount) external {
        address account = some(who);
        vm.prank(actor(ADMIN));
        rlc.transfer(account, amount);
        vm.prank(account);
        rlc.approve(address(hub), amount);
        attempt("deposit", account, abi.encodeCall(Hub.deposit, (amount)));
    }

    function withdraw(uint256 who, uint64 amount) external {
        attempt("withdraw", some(who), abi.encodeCall(Hub.withdraw, (amount)));
    }

    function transfer(uint256 from, uint256 to, uint64 amount) external {
        attempt("transfer", some(from), abi.encodeCall(Hub.transfer, (some(to), amount)));
    }

    function matching(uint256 seed, uint40 appPrice, uint40 datasetPrice, uint40 poolPrice) external {
        Orders memory o = seed & 1 == 0 ? orders() : ordersWithDataset();
        setPolicy((seed >> 8) % 120, (seed >> 16) % 101);
        o.app.appprice = o.request.appmaxprice = appPrice;
        o.request.datasetmaxprice = datasetPrice;
        if (seed & 1 == 1) o.dataset.datasetprice = datasetPrice;
        o.pool.workerpoolprice = o.request.workerpoolmaxprice = poolPrice;
        o.pool.trust = o.request.trust = (seed >> 24) % 9;
        o.request.volume = (seed >> 32) % 3 + 1;
        sign(o);
        bool sponsored = seed & 2 == 2;
        bytes memory call =
            sponsored ? abi.encodeCall(Hub.sponsorMatchOrders, (o.app, o.dataset, o.pool, o.request)) : matchCall(o);
        (bool ok, bytes memory answer) = attempt(sponsored ? "sponsor" : "match", actor(SPONSOR), call);
        if (ok) deals.push(abi.decode(answer, (bytes32)));
    }

    function initialize(uint256 seed) external {
        for (uint256 i; i < deals.length; i++) {
            bytes32 deal = deals[(seed % deals.length + i) % deals.length];
            uint256 size = hub.viewDeal(deal).botSize;
            for (uint256 index; index < size; index++) {
                bytes32 id = Hashes.taskid(deal, index);
                if (status(id) != 0) continue;
                attempt("initialize", actor(ANYONE), abi.encodeCall(Hub.initialize, (deal, index)));
                tasks.push(id);
                return;
            }
        }
    }

    function contribute(uint256 seed, uint256 w) external {
        bytes32 id = taskIn(1, seed);
        address who = worker(w % WORKERS);
        bytes32 digest = (seed >> 128) % 4 == 0 ? keccak256("wrong") : DIGEST;
        bytes memory word = authorize(who, id, address(0));
        bytes32 seal = Hashes.resultSeal(who, id, digest);
        bytes memory call =
            abi.encodeCall(Hub.contribute, (id, Hashes.resultHash(id, digest), seal, address(0), "", word));
        attempt("contribute", who, call);
    }

    function rush(uint256 seed, uint256 w) external {
        bytes32 id = taskIn(1, seed);
        address who = worker(w % WORKERS);
        bytes memory word = authorize(who, id, address(0));
        bytes memory call = abi.encodeCall(
            Hub.contributeAndFinalize, (id, DIGEST, bytes("results"), bytes(""), address(0), bytes(""), word)
        );
        attempt("rush", who, call);
    }

    function reveal(uint256 seed, uint256 w) external {
        bytes32 id = taskIn(2, seed);
        for (uint256 i; i < WORKERS; i++) {
            address who = worker((w % WORKERS + i) % WORKERS);
            (bool ok,) = attempt("reveal", who, abi.encodeCall(Hub.reveal, (id, DIGEST)));
            if (!ok) (ok,) = attempt("reveal", who, abi.encodeCall(Hub.reveal, (id, keccak256("wrong"))));
            if (ok) return;
        }
    }

    function finalize(uint256 seed) external {
        bytes32 id = taskIn(2, seed);
        attempt("finalize", actor(SCHEDULER), abi.encodeCall(Hub.finalize, (id, bytes("results"), bytes(""))));
    }

    function reopen(uint256 seed) external {
        attempt("reopen", actor(SCHEDULER), abi.encodeCall(Hub.reopen, (taskIn(2, seed))));
    }

    function claim(uint256 seed) external {
        for (uint256 i; i < tasks.length; i++) {
            bytes32 id = tasks[(seed % tasks.length + i) % tasks.length];
            (bool ok,) = attempt("claim", actor(ANYONE), abi.encodeCall(Hub.claim, (id)));
            if (ok) return;
        }
    }

    function warp(uint16 seconds_) external {
        vm.warp(block.timestamp + seconds_ % (3 * T));
    }

    /// What each of these accounts must have locked, from the deals and tasks that are not over.
    function owed(address[] calldata accounts) external view returns (uint256[] memory sums) {
        sums = new uint256[](accounts.length);
        for (uint256 i; i < deals.length; i++) {
            Deal memory d = hub.viewDeal(deals[i]);
            for (uint256 index; index < d.botSize; index++) {
                Task memory t = hub.viewTask(Hashes.taskid(deals[i], index));
                if (t.status > 2) continue;
                owe(accounts, sums, d.sponsor, d.app.price + d.dataset.price + d.workerpool.price);
                owe(accounts, sums, d.workerpool.owner, d.workerpool.price * 30 / 100);
                for (uint256 c; c < t.contributors.length; c++) {
                    owe(accounts, sums, t.contributors[c], d.workerStake);
                }
            }
        }
    }

    function owe(address[] calldata accounts, uint256[] memory sums, address account, uint256 amount) private pure {
        for (uint256 i; i < accounts.length; i++) {
            if (accounts[i] == account) sums[i] += amount;
        }
    }
}
