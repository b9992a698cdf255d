//! The chain as it really is: blocks, what waits to be mined, reorgs, and the deeds of everybody but our worker. It also
//! keeps the record that the laws are held against.

use super::dice::Dice;
use super::hub::{Fixed, Hub, OnChain};
use super::life::Story;
use super::plan::Plan;
use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use poco::chain::{Action, Event, Happening, Head};
use poco::poco::{
    ContributionStatus, DealId, ResultDigest, ResultHash, TaskId, TaskStatus, result_hash, result_seal,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// The chain's time at the start of every simulation.
pub(crate) const GENESIS: u64 = 1_800_000_000;
/// Our worker's wallet.
pub(crate) const WALLET: Address = Address::repeat_byte(0xaa);
/// The workerpool.
pub(crate) const POOL: Address = Address::repeat_byte(0xbb);
/// The owner of everything.
pub(crate) const OWNER: Address = Address::repeat_byte(0xcc);

/// Under so many blocks a worker takes the end of a task as settled and lets go of it.
const SETTLED: u64 = 48;

/// One block.
pub(crate) struct Block {
    pub(crate) head: Head,
    pub(crate) events: Vec<Event>,
    /// All that is on chain after it.
    pub(crate) hub: Arc<Hub>,
    /// When it became part of the chain, which is later than its own time when a reorg made it.
    pub(crate) appended_at: u64,
    transactions: Vec<Transaction>,
}

#[derive(Clone)]
struct Transaction {
    id: usize,
    action: Action,
    not_before: u64,
}

/// A container, running or ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Container {
    /// In milliseconds since the start.
    pub(crate) ends_at: u64,
    /// Whether it has written what it writes.
    pub(crate) written: bool,
}

/// What became of a transaction of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Waiting,
    Mined { block: u64, succeeded: bool },
    Gone,
}

/// Everything.
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) dice: Dice,
    pub(crate) blocks: Vec<Block>,
    /// The newest head that an endpoint has told.
    pub(crate) told: Head,
    pub(crate) tasks: Vec<(TaskId, Fixed)>,
    /// When each task may appear; a reorg may put it off.
    appears_at: Vec<u64>,
    /// The engine's containers; they outlive the worker.
    pub(crate) containers: BTreeMap<TaskId, Container>,
    waiting: Vec<Transaction>,
    fates: Vec<Fate>,
    /// What our wallet signed, with the second it was sent.
    pub(crate) signed: Vec<(u64, Action)>,
    /// When something of ours was last lost from the chain, per task.
    pub(crate) lost_at: BTreeMap<TaskId, u64>,
    /// How many of our contributions and reveals were sent in vain.
    pub(crate) vain: BTreeMap<TaskId, u64>,
    /// The digests of runs that ended well.
    pub(crate) computed: BTreeMap<TaskId, Vec<ResultDigest>>,
    /// The tasks of which engine or disk spoilt something.
    pub(crate) spoilt: BTreeSet<TaskId>,
    /// How many pulls and downloads were spoilt.
    pub(crate) pulls_spoilt: u64,
    pub(crate) delivered: BTreeSet<TaskId>,
    /// From when to when a worker was alive.
    pub(crate) lives: Vec<(u64, u64)>,
    /// The tasks that were settled, until a reorg took that back: the worker was done with them by then.
    pub(crate) unsettled: BTreeSet<TaskId>,
    pub(crate) trace: Vec<String>,
    forks: u64,
}

/// The world, shared by all who play in it.
pub(crate) struct Shared {
    world: Mutex<World>,
    /// Rings in the order in which it was waited for, unlike a watch channel, whose order is left to chance.
    bell: Notify,
    began: Instant,
}

impl Story for Shared {
    fn note(&self, line: String) {
        let at = self.elapsed();
        self.world().trace.push(format!("{:>9.3} {line}", at.as_secs_f64()));
    }
}

impl Shared {
    pub(crate) fn new(plan: Plan, began: Instant) -> Arc<Self> {
        Arc::new(Self { world: Mutex::new(World::new(plan)), bell: Notify::new(), began })
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Waits for the next head that an endpoint tells.
    pub(crate) async fn next_head(&self) {
        self.bell.notified().await;
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Seconds since the start.
    pub(crate) fn now(&self) -> u64 {
        self.elapsed().as_secs()
    }

    /// Whether the pool is silent.
    pub(crate) fn pool_silent(&self) -> bool {
        let now = self.now();
        self.world().plan.pool_outages.iter().any(|(from, long)| (*from..from + long).contains(&now))
    }

    /// Whether no endpoint answers.
    pub(crate) fn out(&self) -> bool {
        let now = self.now();
        self.world().plan.outages.iter().any(|(from, long)| (*from..from + long).contains(&now))
    }

    /// The next block, and perhaps others in the place of those before it.
    pub(crate) fn mine(&self) {
        let now = self.now();
        let told = self.world().mine(now);
        for line in told {
            self.note(line);
        }
        if !self.out() {
            let mut world = self.world();
            world.told = world.newest().head;
            self.bell.notify_waiters();
        }
    }
}

impl World {
    fn new(plan: Plan) -> Self {
        let tasks = plan.tasks.iter().enumerate().map(|(at, task)| {
            let deal = DealId(keccak256(format!("deal {at}")));
            let fixed = Fixed {
                deal,
                index: 0,
                start_time: GENESIS + task.starts_at,
                timeref: task.timeref,
                trust: task.trust,
                stake: task.stake,
                workerpool: POOL,
            };
            (TaskId::new(deal, U256::ZERO), fixed)
        });
        let tasks = tasks.collect();
        let plan_starts = plan.tasks.iter().map(|task| GENESIS + task.starts_at).collect();
        let mut hub = Hub::default();
        hub.accounts.insert(WALLET, (100, 0));
        for (at, task) in plan.tasks.iter().enumerate() {
            for peer in 0..task.peers.len() {
                hub.accounts.insert(peer_wallet(at, peer), (1000, 0));
            }
        }
        let first = Block {
            head: Head { number: 100, hash: B256::ZERO, parent: B256::ZERO, timestamp: GENESIS, bloom: None },
            events: Vec::new(),
            hub: Arc::new(hub),
            appended_at: 0,
            transactions: Vec::new(),
        };
        Self {
            dice: Dice::new(plan.seed),
            plan,
            told: first.head,
            blocks: vec![first],
            tasks,
            appears_at: plan_starts,
            containers: BTreeMap::new(),
            waiting: Vec::new(),
            fates: Vec::new(),
            signed: Vec::new(),
            lost_at: BTreeMap::new(),
            vain: BTreeMap::new(),
            computed: BTreeMap::new(),
            spoilt: BTreeSet::new(),
            pulls_spoilt: 0,
            delivered: BTreeSet::new(),
            lives: Vec::new(),
            unsettled: BTreeSet::new(),
            trace: Vec::new(),
            forks: 0,
        }
    }

    pub(crate) fn newest(&self) -> &Block {
        &self.blocks[self.blocks.len() - 1]
    }

    /// The blocks of these numbers.
    pub(crate) fn stretch(&self, from: u64, to: u64) -> &[Block] {
        let first = self.blocks[0].head.number;
        let until = (to + 1).saturating_sub(first).min(self.blocks.len() as u64) as usize;
        let from = from.saturating_sub(first) as usize;
        self.blocks.get(from..until).unwrap_or_default()
    }

    /// The number of the block `back` before the newest.
    pub(crate) fn known(&self, back: u64) -> u64 {
        self.newest().head.number.saturating_sub(back)
    }

    /// All that is on chain `back` blocks before the newest.
    pub(crate) fn hub(&self, back: u64) -> Arc<Hub> {
        let at = (self.blocks.len() - 1).saturating_sub(back as usize);
        self.blocks[at].hub.clone()
    }

    /// The plan's place for a task.
    pub(crate) fn place(&self, task: TaskId) -> usize {
        self.tasks.iter().position(|(known, _)| *known == task).unwrap()
    }

    /// What the dapp of a task writes in its `attempt`th run.
    pub(crate) fn output(&self, task: TaskId, attempt: usize) -> String {
        format!("result of {task}, {attempt}")
    }

    pub(crate) fn fate(&self, transaction: usize) -> Fate {
        self.fates[transaction]
    }

    /// A transaction of ours that did this very thing.
    pub(crate) fn done(&self, action: &Action) -> Option<u64> {
        let mine = self.blocks.iter().flat_map(|block| &block.transactions).filter(|tx| tx.action == *action);
        mine.map(|tx| self.fates[tx.id]).find_map(|fate| match fate {
            Fate::Mined { block, succeeded: true } => Some(block),
            _ => None,
        })
    }

    /// Takes a transaction of ours.
    pub(crate) fn submit(&mut self, action: Action, now: u64) -> usize {
        let id = self.fates.len();
        self.signed.push((now, action.clone()));
        let mut wait = self.dice.between("wait", 0, 0, 2) * self.plan.block_time;
        self.fates.push(Fate::Waiting);
        if self.dice.chance("dropped", 0, self.plan.faults.dropped) {
            if self.dice.chance("stuck", 0, 50) {
                wait = self.dice.between("stuck for", 0, 30, 300);
            } else {
                self.fates[id] = Fate::Gone;
            }
            if let Action::Contribute { task, .. } | Action::Reveal { task, .. } = action {
                *self.vain.entry(task).or_default() += 1;
            }
        }
        if self.fates[id] == Fate::Waiting {
            self.waiting.push(Transaction { id, action, not_before: GENESIS + now + wait });
        }
        id
    }

    /// How many blocks a reorganisation throws out now, if there is one.
    fn upheaval(&mut self, now: u64) -> Option<usize> {
        if let Some((_, depth)) = self.plan.reorg_at.take_if(|(at, _)| *at <= now) {
            return Some(depth);
        }
        let faults = self.plan.faults;
        let deep = self.dice.chance("deep", 0, faults.deep);
        // The last task's end is left in peace, or no run would have an end.
        if now >= self.plan.last_deadline() || !(deep || self.dice.chance("reorg", 0, faults.reorg)) {
            return None;
        }
        let depth = match deep {
            true => self.dice.between("how deep", 0, 100, 200),
            false => self.dice.between("depth", 0, 1, self.plan.deepest_reorg.max(1)),
        };
        Some(depth as usize)
    }

    fn mine(&mut self, now: u64) -> Vec<String> {
        let mut told = Vec::new();
        if let Some(depth) = self.upheaval(now) {
            let depth = depth.min(self.blocks.len() - 1);
            let newest = self.newest().head.number;
            let thrown_out = self.blocks.split_off(self.blocks.len() - depth);
            told.push(format!("reorg of {depth} blocks"));
            self.forks += 1;
            for at in 0..self.tasks.len() {
                let there = self.newest().hub.task(self.tasks[at].0).is_some();
                if !there
                    && self.appears_at[at] < GENESIS + now
                    && self.dice.chance("postponed", 0, self.plan.faults.postponed)
                {
                    self.appears_at[at] = GENESIS + now + self.dice.between("for", 0, 0, 60);
                    told.push(format!("task {at} appears later"));
                }
            }
            for event in thrown_out.iter().flat_map(|block| &block.events) {
                if event.block + SETTLED > newest {
                    continue;
                }
                match &event.what {
                    Happening::Finalized { task, .. } | Happening::Claimed(task) => {
                        self.unsettled.insert(*task);
                    }
                    Happening::Revealed { task, worker, .. } if *worker == WALLET => {
                        self.unsettled.insert(*task);
                    }
                    _ => {}
                }
            }
            for transaction in thrown_out.iter().flat_map(|block| &block.transactions) {
                told.extend(self.revert(transaction.clone(), now));
            }
            for block in thrown_out {
                told.extend(self.append(block.head.timestamp, now));
            }
        }
        told.extend(self.append(GENESIS + now, now));
        told
    }

    /// A transaction is thrown out with its block: it waits again, or is gone.
    fn revert(&mut self, mut transaction: Transaction, now: u64) -> Option<String> {
        let Fate::Mined { succeeded, .. } = self.fates[transaction.id] else { return None };
        let name = transaction.action.name();
        if succeeded
            && let Action::Contribute { task, .. } | Action::Reveal { task, .. } = &transaction.action
        {
            self.lost_at.insert(*task, now);
        }
        if self.dice.chance("forgotten", 0, self.plan.faults.forgotten) {
            self.fates[transaction.id] = Fate::Gone;
            return Some(format!("our {name} is reverted and forgotten"));
        }
        self.fates[transaction.id] = Fate::Waiting;
        transaction.not_before += self.dice.between("again", 0, 0, 3) * self.plan.block_time;
        self.waiting.push(transaction);
        Some(format!("our {name} is reverted"))
    }

    fn append(&mut self, timestamp: u64, now: u64) -> Vec<String> {
        let number = self.newest().head.number + 1;
        // Most blocks change nothing and share what is on chain with the one before.
        let mut hub = self.newest().hub.clone();
        let mut happened = Vec::new();
        let mut told = Vec::new();
        for ((task, fixed), appears_at) in self.tasks.iter().zip(&self.appears_at) {
            if timestamp > *appears_at && hub.task(*task).is_none() {
                happened.extend(Arc::make_mut(&mut hub).initialize(*task, *fixed, timestamp));
            }
        }
        if self.dice.chance("they are first", 0, 50) {
            self.others(&mut hub, timestamp, &mut happened);
        }
        let (ready, waiting) =
            std::mem::take(&mut self.waiting).into_iter().partition(|tx| tx.not_before <= timestamp);
        self.waiting = waiting;
        let transactions: Vec<Transaction> = ready;
        for Transaction { id, action, .. } in &transactions {
            let done = Arc::make_mut(&mut hub).apply(WALLET, action, timestamp);
            self.fates[*id] = Fate::Mined { block: number, succeeded: done.is_ok() };
            told.push(format!("our {} is mined in {number}: {:?}", action.name(), done.as_ref().map(|_| ())));
            happened.extend(done.unwrap_or_default());
        }
        self.others(&mut hub, timestamp, &mut happened);
        let events: Vec<Event> = happened
            .into_iter()
            .zip(0..)
            .map(|(what, log_index)| Event { block: number, log_index, what })
            .collect();
        told.extend(events.iter().map(|event| format!("block {number}: {}", event.what.name())));
        let hash = B256::from(U256::from(number) << 64 | U256::from(self.forks));
        let parent = self.newest().head.hash;
        self.blocks.push(Block {
            head: Head { number, hash, parent, timestamp, bloom: None },
            events,
            hub,
            appended_at: now,
            transactions,
        });
        told
    }

    /// What the other workers and the pool do in a block of this time.
    fn others(&self, hub: &mut Arc<Hub>, now: u64, happened: &mut Vec<Happening>) {
        for (at, (id, _)) in self.tasks.iter().enumerate() {
            let plan = &self.plan.tasks[at];
            let open =
                |entry: &OnChain| matches!(entry.task.status, TaskStatus::Active | TaskStatus::Revealing);
            if !hub.task(*id).is_some_and(open) {
                continue;
            }
            for (number, peer) in plan.peers.iter().enumerate() {
                let wallet = peer_wallet(at, number);
                let digest = || {
                    let text = if peer.honest { self.output(*id, 0) } else { "a lie".into() };
                    ResultDigest(keccak256(text))
                };
                let Some(entry) = hub.task(*id) else { continue };
                let own = hub.contribution(*id, wallet);
                let action = match (entry.task.status, own.status) {
                    (TaskStatus::Active, ContributionStatus::Unset)
                        if now >= entry.initialized_at + peer.contributes_after =>
                    {
                        let digest = digest();
                        Action::Contribute {
                            task: *id,
                            hash: result_hash(*id, digest),
                            seal: result_seal(wallet, *id, digest),
                            authorization: Bytes::new(),
                            contributors: 0,
                        }
                    }
                    (TaskStatus::Revealing, ContributionStatus::Contributed)
                        if entry.task.consensus == Some(own.hash)
                            && peer.reveals_after.is_some_and(|wait| now >= entry.consensus_at + wait) =>
                    {
                        Action::Reveal { task: *id, digest: digest() }
                    }
                    _ => continue,
                };
                happened.extend(Arc::make_mut(hub).apply(wallet, &action, now).unwrap_or_default());
            }
            let Some(entry) = hub.task(*id) else { continue };
            let facts = entry.task.facts();
            let finalized = now >= entry.consensus_at + plan.finalized_after;
            let mut ways = Vec::new();
            if facts.may_reopen(now).is_ok() {
                ways.push(Action::Reopen(*id));
            }
            if facts.may_claim(now).is_ok() {
                ways.push(Action::Claim(*id));
            }
            if finalized && facts.may_finalize(now).is_ok() {
                ways.push(Action::Finalize { task: *id, results: Bytes::new(), callback: Bytes::new() });
            }
            for way in ways {
                happened.extend(Arc::make_mut(hub).apply(OWNER, &way, now).unwrap_or_default());
            }
        }
    }

    /// Whether no task can move any more.
    pub(crate) fn over(&self) -> bool {
        let hub = &self.newest().hub;
        let over = |task: &TaskId| {
            hub.task(*task)
                .is_some_and(|entry| matches!(entry.task.status, TaskStatus::Completed | TaskStatus::Failed))
        };
        self.tasks.iter().all(|(task, _)| over(task))
    }

    /// The hash that our wallet first signed for a task.
    pub(crate) fn first_signed(&self, task: TaskId) -> Option<ResultHash> {
        self.signed.iter().find_map(|(_, action)| match action {
            Action::Contribute { task: of, hash, .. } if *of == task => Some(*hash),
            _ => None,
        })
    }
}

fn peer_wallet(task: usize, peer: usize) -> Address {
    Address::left_padding_from(&[1, task as u8, peer as u8])
}
