//! One task as `poco::poco` predicts it.

use super::ground::More;
use super::moves::{Leave, Move};
use alloy::primitives::{Address, B256, Bytes, I256, LogData, U256};
use alloy::sol_types::SolEvent;
use poco::chain::abi::{ContributionView, Hub, TaskView};
use poco::poco::consensus::{LogRounding, log_weight};
use poco::poco::deadlines::{Deadlines, Ratios};
use poco::poco::escrow::{Deltas, Parties};
use poco::poco::moves::{Candidate, Contributed, MoveRefusal, TaskFacts};
use poco::poco::rewards::{self, Contributor, Terms};
use poco::poco::seal::enclave_digest;
use poco::poco::{
    Authorization, Consensus, ContributionStatus, DealId, Nrlc, PocoError, ResultDigest, ResultHash,
    ResultSeal, Tag, TaskId, TaskStatus, callback_agrees, result_hash, result_seal, signature,
};
use std::collections::BTreeMap;

/// Free and locked.
pub(crate) type Money = BTreeMap<Address, (U256, U256)>;

/// A task, its deal, and the accounts and scores of everybody.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) deal: DealId,
    pub(crate) task: TaskId,
    pub(crate) index: u64,
    pub(crate) timeref: u64,
    pub(crate) terms: Terms,
    pub(crate) parties: Parties,
    pub(crate) tag: Tag,
    pub(crate) callback: Address,
    pub(crate) consensus: Consensus,
    pub(crate) facts: TaskFacts,
    pub(crate) agreed: ResultHash,
    pub(crate) digest: ResultDigest,
    pub(crate) results: Bytes,
    pub(crate) results_callback: Bytes,
    pub(crate) contributors: Vec<Address>,
    pub(crate) contributions: BTreeMap<Address, ContributionView>,
    pub(crate) scores: BTreeMap<Address, U256>,
    pub(crate) money: Money,
}

/// What a move does.
pub(crate) struct Effect {
    pub(crate) deltas: Deltas,
    /// The events but those of the escrow, in order.
    pub(crate) events: Vec<LogData>,
}

pub(crate) fn no_contribution() -> ContributionView {
    ContributionView {
        status: 0,
        resultHash: B256::ZERO,
        resultSeal: B256::ZERO,
        enclaveChallenge: Address::ZERO,
        weight: U256::ZERO,
    }
}

/// Adds what a step changes; the protocol neither makes nor loses money by it.
pub(crate) fn pay(money: &mut Money, deltas: &Deltas, parties: &Parties) {
    assert_eq!(deltas.sum(), Ok(I256::ZERO));
    for (account, delta) in deltas.by_address(parties).unwrap() {
        let (free, locked) = money.entry(account).or_default();
        *free = free.wrapping_add(delta.stake.into_raw());
        *locked = locked.wrapping_add(delta.locked.into_raw());
    }
}

impl Model {
    /// What a move does at `now`, or why the hub refuses it; refused, nothing is changed.
    pub(crate) fn make(&mut self, step: &Move, now: u64) -> Result<Effect, PocoError> {
        let mut next = self.clone();
        let effect = next.take(step, now)?;
        pay(&mut next.money, &effect.deltas, &next.parties);
        *self = next;
        Ok(effect)
    }

    fn take(&mut self, step: &Move, now: u64) -> Result<Effect, PocoError> {
        match step {
            Move::Initialize { .. } => Err(MoveRefusal::Past(self.facts.status).into()),
            Move::Contribute { leave, hash, seal } => self.contribute(leave, *hash, *seal, now),
            Move::ContributeAndFinalize { leave, digest, results, callback } => {
                self.contribute_and_finalize(leave, *digest, (results, callback), now)
            }
            Move::Reveal { worker, digest } => self.reveal(*worker, *digest, now),
            Move::Finalize { by, results, callback } => self.finalize(*by, (results, callback), now),
            Move::Reopen { by } => self.reopen(*by, now),
            Move::Claim { .. } => self.claim(now),
        }
    }

    fn candidate(&self, leave: &Leave) -> Candidate {
        Candidate {
            own: self.status_of(leave.worker),
            enclave: leave.enclave,
            tag: self.tag,
            free: Nrlc(self.money[&leave.worker].0),
            stake: self.terms.worker_stake,
        }
    }

    fn status_of(&self, worker: Address) -> ContributionStatus {
        ContributionStatus::from_abi(self.contributions[&worker].status).unwrap()
    }

    fn check_leave(&self, leave: &Leave, hash: ResultHash, seal: ResultSeal) -> Result<(), PocoError> {
        let Leave { worker, enclave, ref enclave_sign, ref authorization } = *leave;
        let authorization =
            Authorization { task: self.task, worker, enclave, signature: authorization.clone() };
        authorization.verify(self.parties.scheduler)?;
        if enclave != Address::ZERO {
            signature::verify(enclave_digest(hash, seal), enclave_sign, enclave)?;
        }
        Ok(())
    }

    fn only_scheduler(&self, by: Address) -> Result<(), PocoError> {
        let expected = self.parties.scheduler;
        if by == expected { Ok(()) } else { Err(PocoError::WrongSigner { expected, found: by }) }
    }

    fn check_callback(&self, bytes: &Bytes, digest: ResultDigest) -> Result<(), PocoError> {
        let agrees = callback_agrees(Some(self.callback), bytes, digest);
        if agrees { Ok(()) } else { Err(MoveRefusal::WrongDigest.into()) }
    }

    fn contribute(
        &mut self,
        leave: &Leave,
        hash: ResultHash,
        seal: ResultSeal,
        now: u64,
    ) -> Result<Effect, PocoError> {
        self.facts.may_contribute(now, &self.candidate(leave))?;
        self.check_leave(leave, hash, seal)?;
        let Leave { worker, .. } = *leave;
        let step = self.consensus.contribute(hash, self.scores[&worker])?;
        self.contributions.insert(
            worker,
            ContributionView {
                status: ContributionStatus::Contributed as u8,
                resultHash: hash.0,
                resultSeal: seal.0,
                enclaveChallenge: leave.enclave,
                weight: U256::from(log_weight(step.weight, LogRounding::Floor)),
            },
        );
        self.contributors.push(worker);
        self.facts.contributors += 1;
        let mut events =
            vec![Hub::TaskContribute { taskid: self.task.0, worker, hash: hash.0 }.encode_log_data()];
        if step.reached {
            self.facts.status = TaskStatus::Revealing;
            self.facts.reveal_deadline = Deadlines::reveal(now, self.timeref, Ratios::POCO);
            self.facts.winners = self.consensus.group(hash).workers;
            self.agreed = hash;
            events.push(Hub::TaskConsensus { taskid: self.task.0, consensus: hash.0 }.encode_log_data());
        }
        Ok(Effect { deltas: rewards::lock_contribution(&self.terms, worker)?, events })
    }

    fn contribute_and_finalize(
        &mut self,
        leave: &Leave,
        digest: ResultDigest,
        (results, callback): (&Bytes, &Bytes),
        now: u64,
    ) -> Result<Effect, PocoError> {
        self.facts.may_contribute_and_finalize(now, &self.candidate(leave), self.consensus.trust())?;
        self.check_callback(callback, digest)?;
        let worker = leave.worker;
        let (hash, seal) = (result_hash(self.task, digest), result_seal(worker, self.task, digest));
        self.check_leave(leave, hash, seal)?;
        let kitty = Nrlc(self.money[&self.parties.kitty].1);
        let settled = rewards::contribute_and_finalize(&self.terms, worker, self.scores[&worker], kitty)?;
        self.contributions.insert(
            worker,
            ContributionView {
                status: ContributionStatus::Proved as u8,
                resultHash: hash.0,
                resultSeal: seal.0,
                enclaveChallenge: leave.enclave,
                weight: U256::ZERO,
            },
        );
        self.contributors.push(worker);
        self.agreed = hash;
        self.digest = digest;
        self.facts.reveal_deadline = Deadlines::reveal(now, self.timeref, Ratios::POCO);
        (self.facts.contributors, self.facts.winners, self.facts.revealed) = (1, 1, 1);
        let taskid = self.task.0;
        let mut events = vec![
            Hub::TaskContribute { taskid, worker, hash: hash.0 }.encode_log_data(),
            Hub::TaskConsensus { taskid, consensus: hash.0 }.encode_log_data(),
            Hub::TaskReveal { taskid, worker, digest: digest.0 }.encode_log_data(),
        ];
        events.push(self.settle(results, callback));
        Ok(Effect { deltas: settled.deltas, events })
    }

    fn reveal(&mut self, worker: Address, digest: ResultDigest, now: u64) -> Result<Effect, PocoError> {
        let own = Contributed {
            status: self.status_of(worker),
            hash: ResultHash(self.contributions[&worker].resultHash),
            seal: ResultSeal(self.contributions[&worker].resultSeal),
        };
        self.facts.may_reveal(now, &own, self.agreed, (self.task, worker, digest))?;
        self.contributions.get_mut(&worker).unwrap().status = ContributionStatus::Proved as u8;
        self.facts.revealed += 1;
        self.digest = digest;
        let event = Hub::TaskReveal { taskid: self.task.0, worker, digest: digest.0 };
        Ok(Effect { deltas: Deltas::default(), events: vec![event.encode_log_data()] })
    }

    fn finalize(
        &mut self,
        by: Address,
        (results, callback): (&Bytes, &Bytes),
        now: u64,
    ) -> Result<Effect, PocoError> {
        self.only_scheduler(by)?;
        self.facts.may_finalize(now)?;
        self.check_callback(callback, self.digest)?;
        let contributors: Vec<_> = self
            .contributors
            .iter()
            .map(|worker| Contributor {
                worker: *worker,
                log_weight: self.contributions[worker].weight,
                proved: self.status_of(*worker) == ContributionStatus::Proved,
                score: self.scores[worker],
            })
            .collect();
        let kitty = Nrlc(self.money[&self.parties.kitty].1);
        let settled = rewards::finalize(&self.terms, &contributors, kitty)?;
        let mut events = Vec::new();
        for (contributor, outcome) in contributors.iter().zip(&settled.workers) {
            let (worker, taskid) = (contributor.worker, self.task.0);
            if !contributor.proved {
                events.push(More::FaultyContribution { worker, taskid }.encode_log_data());
            } else if contributors.len() > 1 {
                events.push(More::AccurateContribution { worker, taskid }.encode_log_data());
            }
            self.scores.insert(worker, outcome.score);
        }
        events.push(self.settle(results, callback));
        Ok(Effect { deltas: settled.deltas, events })
    }

    fn settle(&mut self, results: &Bytes, callback: &Bytes) -> LogData {
        self.facts.status = TaskStatus::Completed;
        self.results = results.clone();
        self.results_callback = callback.clone();
        Hub::TaskFinalize { taskid: self.task.0, results: results.clone() }.encode_log_data()
    }

    fn reopen(&mut self, by: Address, now: u64) -> Result<Effect, PocoError> {
        self.only_scheduler(by)?;
        self.facts.may_reopen(now)?;
        for contribution in self.contributions.values_mut() {
            if contribution.resultHash == self.agreed.0 {
                contribution.status = ContributionStatus::Rejected as u8;
            }
        }
        self.consensus.reopen(self.agreed);
        self.agreed = ResultHash(B256::ZERO);
        self.facts.status = TaskStatus::Active;
        (self.facts.reveal_deadline, self.facts.winners) = (0, 0);
        let event = Hub::TaskReopen { taskid: self.task.0 };
        Ok(Effect { deltas: Deltas::default(), events: vec![event.encode_log_data()] })
    }

    fn claim(&mut self, now: u64) -> Result<Effect, PocoError> {
        self.facts.may_claim(now)?;
        self.facts.status = TaskStatus::Failed;
        let deltas = rewards::claim(&self.terms, &self.contributors)?;
        Ok(Effect { deltas, events: vec![Hub::TaskClaimed { taskid: self.task.0 }.encode_log_data()] })
    }

    /// The task as `viewTask` must show it.
    pub(crate) fn view(&self) -> TaskView {
        TaskView {
            status: self.facts.status as u8,
            dealid: self.deal.0,
            idx: U256::from(self.index),
            timeref: U256::from(self.timeref),
            contributionDeadline: U256::from(self.facts.contribution_deadline),
            revealDeadline: U256::from(self.facts.reveal_deadline),
            finalDeadline: U256::from(self.facts.final_deadline),
            consensusValue: self.agreed.0,
            revealCounter: U256::from(self.facts.revealed),
            winnerCounter: U256::from(self.facts.winners),
            contributors: self.contributors.clone(),
            resultDigest: self.digest.0,
            results: self.results.clone(),
            resultsTimestamp: U256::ZERO,
            resultsCallback: self.results_callback.clone(),
        }
    }
}
