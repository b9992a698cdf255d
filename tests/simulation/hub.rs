//! A small hub: tasks, contributions and escrow, built on the protocol's own pure functions. It knows no blocks.

use alloy::primitives::{Address, B256, Bytes, U256};
use poco::chain::{Account, Action, Contribution, Happening, Task};
use poco::poco::deadlines::{Deadlines, Ratios};
use poco::poco::escrow::{Deltas, Party};
use poco::poco::moves::{self, Candidate, MoveRefusal};
use poco::poco::rewards::{self, Contributor, Terms};
use poco::poco::{
    Consensus, ContributionStatus, DealId, Nrlc, ResultHash, ResultSeal, Tag, TaskId, TaskStatus,
};
use std::collections::BTreeMap;

/// What a deal fixes for its only task.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixed {
    pub(crate) deal: DealId,
    pub(crate) index: u64,
    pub(crate) start_time: u64,
    pub(crate) timeref: u64,
    pub(crate) trust: u64,
    pub(crate) stake: u64,
    pub(crate) workerpool: Address,
}

/// A task on chain.
#[derive(Clone, Debug)]
pub(crate) struct OnChain {
    pub(crate) fixed: Fixed,
    pub(crate) task: Task,
    pub(crate) initialized_at: u64,
    pub(crate) consensus_at: u64,
    groups: Consensus,
    pub(crate) contributions: BTreeMap<Address, Contribution>,
}

/// All that is on chain.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hub {
    tasks: Vec<OnChain>,
    pub(crate) accounts: BTreeMap<Address, (i128, i128)>,
}

impl OnChain {
    fn terms(&self) -> Terms {
        Terms {
            app_price: Nrlc::ZERO,
            dataset_price: Nrlc::ZERO,
            workerpool_price: Nrlc::new(100),
            worker_stake: Nrlc::new(self.fixed.stake),
            scheduler_reward_ratio: U256::from(5),
        }
    }
}

impl Hub {
    /// A task, once it is there.
    pub(crate) fn task(&self, id: TaskId) -> Option<&OnChain> {
        self.tasks.iter().find(|entry| entry.task.id == id)
    }

    /// The contribution of a worker.
    pub(crate) fn contribution(&self, task: TaskId, worker: Address) -> Contribution {
        let known = self.task(task).and_then(|task| task.contributions.get(&worker));
        known.copied().unwrap_or(Contribution {
            status: ContributionStatus::Unset,
            hash: ResultHash(B256::ZERO),
            seal: ResultSeal(B256::ZERO),
            enclave: Address::ZERO,
        })
    }

    /// The escrow of an account.
    pub(crate) fn account(&self, account: Address) -> Account {
        let (free, locked) = self.accounts.get(&account).copied().unwrap_or_default();
        Account { stake_nrlc: U256::from(free as u128), locked_nrlc: U256::from(locked as u128) }
    }

    /// A task appears.
    pub(crate) fn initialize(&mut self, id: TaskId, fixed: Fixed, now: u64) -> Vec<Happening> {
        let deadlines = Deadlines::new(fixed.start_time, fixed.timeref, Ratios::POCO);
        let task = Task {
            id,
            status: TaskStatus::Active,
            deal: fixed.deal,
            index: fixed.index,
            timeref: fixed.timeref,
            contribution_deadline: deadlines.contribution,
            reveal_deadline: 0,
            final_deadline: deadlines.finalize,
            consensus: None,
            reveal_counter: 0,
            winner_counter: 0,
            contributors: Vec::new(),
            digest: None,
            results: Bytes::new(),
            results_callback: Bytes::new(),
        };
        let groups = Consensus::new(U256::from(fixed.trust));
        let entry = OnChain {
            fixed,
            task,
            initialized_at: now,
            consensus_at: 0,
            groups,
            contributions: BTreeMap::new(),
        };
        self.tasks.push(entry);
        vec![Happening::Initialized { task: id, workerpool: fixed.workerpool }]
    }

    /// Does what `from` asks for, or nothing.
    pub(crate) fn apply(
        &mut self,
        from: Address,
        action: &Action,
        now: u64,
    ) -> Result<Vec<Happening>, MoveRefusal> {
        match action {
            Action::Contribute { task, hash, seal, .. } => self.contribute(from, *task, (*hash, *seal), now),
            Action::Reveal { task, digest } => {
                let entry = self.entry(*task)?;
                let unset = Contribution {
                    status: ContributionStatus::Unset,
                    hash: ResultHash(B256::ZERO),
                    seal: ResultSeal(B256::ZERO),
                    enclave: Address::ZERO,
                };
                let own = *entry.contributions.get(&from).unwrap_or(&unset);
                let given = moves::Contributed { status: own.status, hash: own.hash, seal: own.seal };
                let agreed = entry.task.consensus.unwrap_or(ResultHash(B256::ZERO));
                entry.task.facts().may_reveal(now, &given, agreed, (*task, from, *digest))?;
                entry.contributions.insert(from, Contribution { status: ContributionStatus::Proved, ..own });
                entry.task.reveal_counter += 1;
                entry.task.digest = Some(*digest);
                Ok(vec![Happening::Revealed { task: *task, worker: from, digest: *digest }])
            }
            Action::Finalize { task, results, .. } => {
                let entry = self.entry(*task)?;
                entry.task.facts().may_finalize(now)?;
                let contributors: Vec<Contributor> = entry
                    .contributions
                    .iter()
                    .map(|(worker, given)| Contributor {
                        worker: *worker,
                        log_weight: U256::from(1),
                        proved: given.status == ContributionStatus::Proved,
                        score: U256::ZERO,
                    })
                    .collect();
                let settled = rewards::finalize(&entry.terms(), &contributors, Nrlc::ZERO).unwrap();
                entry.task.status = TaskStatus::Completed;
                entry.task.results = results.clone();
                self.pay(&settled.deltas);
                Ok(vec![Happening::Finalized { task: *task, results: results.clone() }])
            }
            Action::Reopen(task) => {
                let entry = self.entry(*task)?;
                entry.task.facts().may_reopen(now)?;
                let silent = entry.task.consensus.take().unwrap_or(ResultHash(B256::ZERO));
                for given in entry.contributions.values_mut().filter(|given| given.hash == silent) {
                    given.status = ContributionStatus::Rejected;
                }
                entry.groups.reopen(silent);
                entry.task.status = TaskStatus::Active;
                (entry.task.reveal_deadline, entry.task.winner_counter) = (0, 0);
                Ok(vec![Happening::Reopened(*task)])
            }
            Action::Claim(task) => {
                let entry = self.entry(*task)?;
                entry.task.facts().may_claim(now)?;
                let contributors: Vec<Address> = entry.contributions.keys().copied().collect();
                let deltas = rewards::claim(&entry.terms(), &contributors).unwrap();
                entry.task.status = TaskStatus::Failed;
                self.pay(&deltas);
                Ok(vec![Happening::Claimed(*task)])
            }
            Action::Initialize { .. } => Err(MoveRefusal::Past(TaskStatus::Active)),
        }
    }

    fn contribute(
        &mut self,
        from: Address,
        id: TaskId,
        (hash, seal): (ResultHash, ResultSeal),
        now: u64,
    ) -> Result<Vec<Happening>, MoveRefusal> {
        let free = Nrlc(self.account(from).stake_nrlc);
        let own = self.contribution(id, from).status;
        let entry = self.entry(id)?;
        let stake = Nrlc::new(entry.fixed.stake);
        let candidate = Candidate { own, enclave: Address::ZERO, tag: Tag::NONE, free, stake };
        entry.task.facts().may_contribute(now, &candidate)?;
        let step = entry.groups.contribute(hash, U256::ZERO).unwrap();
        let given =
            Contribution { status: ContributionStatus::Contributed, hash, seal, enclave: Address::ZERO };
        entry.contributions.insert(from, given);
        entry.task.contributors.push(from);
        let mut told = vec![Happening::Contributed { task: id, worker: from, hash }];
        if step.reached {
            entry.task.status = TaskStatus::Revealing;
            entry.task.consensus = Some(hash);
            entry.task.reveal_deadline = Deadlines::reveal(now, entry.fixed.timeref, Ratios::POCO);
            entry.task.winner_counter = entry.groups.group(hash).workers;
            entry.consensus_at = now;
            told.push(Happening::Consensus { task: id, hash });
        }
        let deltas = rewards::lock_contribution(&entry.terms(), from).unwrap();
        self.pay(&deltas);
        Ok(told)
    }

    fn entry(&mut self, task: TaskId) -> Result<&mut OnChain, MoveRefusal> {
        self.tasks
            .iter_mut()
            .find(|entry| entry.task.id == task)
            .ok_or(MoveRefusal::NotYet(TaskStatus::Unset))
    }

    fn pay(&mut self, deltas: &Deltas) {
        for (party, delta) in deltas.iter() {
            if let Party::Worker(worker) = party {
                let (free, locked) = self.accounts.entry(worker).or_default();
                *free += i128::try_from(delta.stake).unwrap();
                *locked += i128::try_from(delta.locked).unwrap();
            }
        }
    }
}
