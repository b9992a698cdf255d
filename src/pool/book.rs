//! The pool's copy of what the chain says about its tasks, and what to do next about one of them.

use crate::chain::{Deal, Task};
use crate::poco::messages::Report;
use crate::poco::{DealId, ResultHash, TaskId, TaskStatus, callback_agrees};
use alloy::primitives::Address;
use std::collections::hash_map::Entry::Vacant;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

/// One task of the pool.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its deal.
    pub(super) deal: Arc<Deal>,
    /// As the chain had it last.
    pub(super) task: Task,
    /// Who contributed what, in order.
    pub(super) contributions: Vec<(Address, ResultHash)>,
    /// What was agreed on, by the chain's last word on it.
    agreed: Option<ResultHash>,
    /// Who said that it will not do it, and why.
    pub(super) reports: BTreeMap<Address, Report>,
    /// Something is being done about it on chain.
    pub(super) busy: bool,
    /// The block from which its events must be read again after a restart.
    pub(super) block: u64,
}

/// What the scheduler does next about a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing now.
    Wait,
    /// `finalize`.
    Finalize,
    /// `reopen`.
    Reopen,
    /// `claim`.
    Claim,
}

impl Entry {
    /// An entry as the chain has it.
    pub(super) fn new(deal: Arc<Deal>, task: Task, block: u64) -> Self {
        Self {
            deal,
            task,
            contributions: Vec::new(),
            agreed: None,
            reports: BTreeMap::new(),
            busy: false,
            block,
        }
    }

    /// A contribution was seen; seeing it twice changes nothing.
    pub(super) fn contributed(&mut self, worker: Address, hash: ResultHash) {
        if !self.contributions.contains(&(worker, hash)) {
            self.contributions.push((worker, hash));
        }
    }

    /// Consensus was seen.
    pub(super) fn agreed(&mut self, hash: ResultHash) {
        self.agreed = Some(hash);
    }

    /// Takes what the chain has in place of what events told.
    pub(super) fn rederive(&mut self, contributions: Vec<(Address, ResultHash)>, agreed: Option<ResultHash>) {
        self.contributions = contributions;
        self.agreed = agreed;
    }

    /// The agreed group kept silent: its contributions count no more.
    pub(super) fn reopened(&mut self) {
        if let Some(silent) = self.agreed.take() {
            self.contributions.retain(|(_, hash)| *hash != silent);
        }
    }

    /// A worker said that it does not do the task. Whoever was let in or contributed is always heard, of others the first few:
    /// anyone can make keys. Answers whether it was taken.
    pub(super) fn reported(&mut self, mut report: Report, let_in: bool) -> bool {
        let known = let_in
            || self.reports.contains_key(&report.worker)
            || self.contributions.iter().any(|(worker, _)| *worker == report.worker);
        if !known && self.reports.len() >= STRANGERS {
            return false;
        }
        if let Some((end, _)) = report.reason.char_indices().nth(REASON) {
            report.reason.truncate(end);
        }
        self.reports.insert(report.worker, report);
        true
    }

    /// What to do at chain time `now`, with the callback's bytes and whether a result was delivered.
    pub(super) fn next(&self, now: u64, delivered: bool, callback: &[u8]) -> Next {
        let facts = self.task.facts();
        let called = (!self.deal.callback.is_zero()).then_some(self.deal.callback);
        let proved = self.task.digest.is_some_and(|digest| callback_agrees(called, callback, digest));
        if facts.may_claim(now).is_ok() {
            Next::Claim
        } else if facts.may_reopen(now).is_ok() {
            Next::Reopen
        } else if delivered && proved && facts.may_finalize(now).is_ok() {
            Next::Finalize
        } else {
            Next::Wait
        }
    }

    /// Nothing remains to be done about it.
    pub(super) fn over(&self) -> bool {
        matches!(self.task.status, TaskStatus::Completed | TaskStatus::Failed)
    }
}

/// How many workers that were not let in may say of one task why they do not do it.
const STRANGERS: usize = 32;
/// How much of a reason is kept, in characters.
const REASON: usize = 1_000;

/// How many tasks that are over are remembered, for those who ask why.
const REMEMBERED: usize = 1_000;

/// All tasks of the pool that are not over, and the last words on some that are.
#[derive(Debug, Default)]
pub(super) struct Book {
    tasks: HashMap<TaskId, Entry>,
    /// Tasks that are over, oldest first.
    retired: VecDeque<TaskId>,
    /// Deals whose tasks are not all initialised, and the block they were struck in.
    deals: HashMap<DealId, u64>,
}

impl Book {
    pub(super) fn get(&self, task: TaskId) -> Option<&Entry> {
        self.tasks.get(&task)
    }

    pub(super) fn get_mut(&mut self, task: TaskId) -> Option<&mut Entry> {
        self.tasks.get_mut(&task)
    }

    pub(super) fn insert(&mut self, entry: Entry) {
        let (task, over) = (entry.task.id, entry.over());
        if let Vacant(place) = self.tasks.entry(task) {
            place.insert(entry);
            if over {
                self.retire(task);
            }
        }
    }

    /// Takes what the chain says of a task now.
    pub(super) fn update(&mut self, task: Task) {
        let id = task.id;
        if let Some(entry) = self.tasks.get_mut(&id) {
            let was_over = entry.over();
            entry.task = task;
            match (was_over, entry.over()) {
                (false, true) => self.retire(id),
                (true, false) => self.retired.retain(|retired| *retired != id),
                _ => {}
            }
        }
    }

    /// A task that the chain does not know any more.
    pub(super) fn remove(&mut self, task: TaskId) {
        self.tasks.remove(&task);
        self.retired.retain(|retired| *retired != task);
    }

    /// All tasks that are not over.
    pub(super) fn unfinished(&self) -> Vec<TaskId> {
        self.tasks.values().filter(|entry| !entry.over()).map(|entry| entry.task.id).collect()
    }

    /// A pool runs for months: of the tasks that are over only the last ones are kept.
    fn retire(&mut self, task: TaskId) {
        self.retired.push_back(task);
        if self.retired.len() > REMEMBERED
            && let Some(oldest) = self.retired.pop_front()
        {
            self.tasks.remove(&oldest);
        }
    }

    /// A deal waits for its tasks to be initialised.
    pub(super) fn deal_struck(&mut self, deal: DealId, block: u64) {
        self.deals.insert(deal, block);
    }

    /// A deal's tasks are initialised, or never will be.
    pub(super) fn deal_initialized(&mut self, deal: DealId) {
        self.deals.remove(&deal);
    }

    /// The oldest block that a restart must read again.
    pub(super) fn oldest_open(&self) -> Option<u64> {
        let tasks = self.tasks.values().filter(|entry| !entry.over()).map(|entry| entry.block);
        tasks.chain(self.deals.values().copied()).min()
    }

    /// The tasks about which something may have to be done.
    pub(super) fn open(&self) -> impl Iterator<Item = &Entry> {
        self.tasks.values().filter(|entry| !entry.over() && !entry.busy)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::chain::Resource;
    use crate::poco::ResultDigest;
    use alloy::primitives::{B256, Bytes, U256, keccak256};

    pub(in super::super) fn entry(
        status: TaskStatus,
        revealed: u64,
        winners: u64,
        callback: Address,
    ) -> Entry {
        let nobody = Resource { pointer: Address::ZERO, owner: Address::ZERO, price_nrlc: U256::ZERO };
        let deal = Deal {
            id: DealId(B256::ZERO),
            app: nobody,
            dataset: nobody,
            workerpool: nobody,
            trust: U256::ONE,
            category: U256::ZERO,
            tag: B256::ZERO,
            requester: Address::ZERO,
            beneficiary: Address::ZERO,
            callback,
            params: String::new(),
            start_time: 0,
            bot_first: 0,
            bot_size: 1,
            worker_stake_nrlc: U256::ZERO,
            scheduler_reward_ratio: U256::ZERO,
            sponsor: None,
        };
        let task = Task {
            id: TaskId(B256::ZERO),
            status,
            deal: deal.id,
            index: 0,
            timeref: 10,
            contribution_deadline: 70,
            reveal_deadline: 50,
            final_deadline: 100,
            consensus: None,
            reveal_counter: revealed,
            winner_counter: winners,
            contributors: vec![],
            digest: Some(ResultDigest(keccak256(b"called"))),
            results: Bytes::new(),
            results_callback: Bytes::new(),
        };
        Entry::new(Arc::new(deal), task, 0)
    }

    #[test]
    fn a_task_is_finalised_when_all_revealed_or_the_time_to_reveal_is_over() {
        let all = entry(TaskStatus::Revealing, 2, 2, Address::ZERO);
        assert_eq!(all.next(10, true, b""), Next::Finalize);
        assert_eq!(all.next(10, false, b""), Next::Wait, "the result's place is not known");
        let some = entry(TaskStatus::Revealing, 1, 2, Address::ZERO);
        assert_eq!(some.next(49, true, b""), Next::Wait);
        assert_eq!(some.next(50, true, b""), Next::Finalize);
    }

    #[test]
    fn silence_is_reopened_and_death_is_claimed() {
        let silent = entry(TaskStatus::Revealing, 0, 2, Address::ZERO);
        assert_eq!(silent.next(49, false, b""), Next::Wait);
        assert_eq!(silent.next(50, false, b""), Next::Reopen);
        assert_eq!(silent.next(100, false, b""), Next::Claim);
        assert_eq!(entry(TaskStatus::Active, 0, 0, Address::ZERO).next(100, false, b""), Next::Claim);
        assert_eq!(entry(TaskStatus::Completed, 2, 2, Address::ZERO).next(100, true, b""), Next::Wait);
    }

    #[test]
    fn of_tasks_that_are_over_only_the_last_are_remembered() {
        let mut book = Book::default();
        for n in 0..REMEMBERED as u64 + 10 {
            let mut entry = entry(TaskStatus::Active, 0, 0, Address::ZERO);
            entry.task.id = TaskId(B256::from(U256::from(n)));
            book.insert(entry.clone());
            entry.task.status = TaskStatus::Completed;
            book.update(entry.task);
        }
        assert_eq!(book.tasks.len(), REMEMBERED);
        assert!(book.get(TaskId(B256::ZERO)).is_none());
    }

    #[test]
    fn of_strangers_only_the_first_are_heard_and_none_at_length() {
        let mut entry = entry(TaskStatus::Active, 0, 0, Address::ZERO);
        let report = |n: u8| Report {
            worker: Address::repeat_byte(n),
            code: "P-CO-001".into(),
            reason: "ö".repeat(3_000),
            signature: Bytes::new(),
        };
        let taken = (0..=255).filter(|n| entry.reported(report(*n), false)).count();
        assert_eq!((taken, entry.reports.len()), (STRANGERS, STRANGERS));
        assert!(entry.reported(report(0), false), "it may say more");
        entry.contributed(Address::repeat_byte(200), ResultHash(B256::ZERO));
        assert!(entry.reported(report(200), false) && entry.reported(report(201), true));
        assert!(entry.reports.values().all(|report| report.reason.chars().count() == REASON));
    }

    #[test]
    fn after_a_reopening_only_the_silent_group_is_forgotten() {
        let mut entry = entry(TaskStatus::Active, 0, 0, Address::ZERO);
        let (silent, other) = (ResultHash(B256::repeat_byte(1)), ResultHash(B256::repeat_byte(2)));
        for (n, hash) in [(1, silent), (2, other), (3, silent), (1, silent)] {
            entry.contributed(Address::repeat_byte(n), hash);
        }
        entry.agreed(silent);
        entry.reopened();
        assert_eq!(entry.contributions, [(Address::repeat_byte(2), other)]);
    }

    #[test]
    fn a_callback_gets_only_the_bytes_that_were_proved() {
        let called = entry(TaskStatus::Revealing, 1, 1, Address::repeat_byte(1));
        assert_eq!(called.next(10, true, b"something else"), Next::Wait);
        assert_eq!(called.next(10, true, b"called"), Next::Finalize);
    }
}
