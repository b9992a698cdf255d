//! The escrow of everybody, and what the protocol's pure functions say that a deal changes in it.

use super::{Deal, Town};
use alloy::primitives::{Address, I256, U256};
use poco::chain::abi::Hub;
use poco::chain::{Account, Chain, Task};
use poco::poco::escrow::{Delta, Deltas, Parties};
use poco::poco::rewards::{self, Contributor, Terms};
use poco::poco::{ContributionStatus, Nrlc};
use std::collections::BTreeMap;

/// The accounts of everybody in a town, and the kitty.
pub(crate) struct Books(BTreeMap<Address, Account>);

impl Books {
    /// As they are now.
    pub(crate) async fn of(town: &Town) -> Self {
        let mut accounts = BTreeMap::new();
        for address in everybody(town) {
            accounts.insert(address, town.chain.account(address).await.unwrap());
        }
        Self(accounts)
    }

    /// What the kitty has locked.
    pub(crate) fn kitty(&self, town: &Town) -> Nrlc {
        Nrlc(self.0[&town.chain.config().kitty].locked_nrlc)
    }

    /// What changed for everybody since `before`.
    pub(crate) fn changes_since(&self, before: &Self) -> BTreeMap<Address, Delta> {
        let signed = |amount: U256| I256::try_from(amount).unwrap();
        let change = |before: &Account, now: &Account| Delta {
            stake: signed(now.stake_nrlc) - signed(before.stake_nrlc),
            locked: signed(now.locked_nrlc) - signed(before.locked_nrlc),
        };
        self.0.iter().map(|(address, now)| (*address, change(&before.0[address], now))).collect()
    }
}

fn everybody(town: &Town) -> Vec<Address> {
    let named = town.devnet.accounts().named().into_iter().map(|(_, key)| key.address());
    named.chain([town.chain.config().kitty]).collect()
}

/// What a deal of one task changes from its match to its end, for everybody; its workers had no score before, and the
/// kitty had `kitty`.
pub(crate) async fn whole_deal(
    town: &Town,
    deal: &Deal,
    task: &Task,
    kitty: Nrlc,
) -> BTreeMap<Address, Delta> {
    let struck = town.chain.deal(deal.id).await.unwrap();
    let terms = Terms {
        app_price: Nrlc(struck.app.price_nrlc),
        dataset_price: Nrlc(struck.dataset.price_nrlc),
        workerpool_price: Nrlc(struck.workerpool.price_nrlc),
        worker_stake: Nrlc(struck.worker_stake_nrlc),
        scheduler_reward_ratio: struck.scheduler_reward_ratio,
    };
    let mut steps = vec![rewards::lock_deal(&terms, U256::ONE).unwrap()];
    for worker in &task.contributors {
        steps.push(rewards::lock_contribution(&terms, *worker).unwrap());
    }
    steps.push(match task.digest {
        Some(_) => settled(town, task, &terms, kitty).await,
        None => rewards::claim(&terms, &task.contributors).unwrap(),
    });
    let parties = Parties {
        payer: struck.requester,
        app_owner: struck.app.owner,
        dataset_owner: Address::ZERO,
        scheduler: struck.workerpool.owner,
        kitty: town.chain.config().kitty,
    };
    let mut changes: BTreeMap<_, _> =
        everybody(town).into_iter().map(|address| (address, Delta::default())).collect();
    for step in steps {
        for (address, delta) in step.by_address(&parties).unwrap() {
            if delta != Delta::default() {
                let sum = changes.get_mut(&address).expect("only known accounts change");
                *sum = Delta { stake: sum.stake + delta.stake, locked: sum.locked + delta.locked };
            }
        }
    }
    changes
}

/// `finalize` by the pure functions; the scores on chain are held against theirs.
async fn settled(town: &Town, task: &Task, terms: &Terms, kitty: Nrlc) -> Deltas {
    let hub = Hub::new(town.devnet.hub(), town.devnet.endpoint().provider().clone());
    let mut contributors = Vec::new();
    for worker in &task.contributors {
        let status = town.chain.contribution(task.id, *worker).await.unwrap().status;
        let weight = hub.viewContribution(task.id.0, *worker).call().await.unwrap().weight;
        contributors.push(Contributor {
            worker: *worker,
            log_weight: weight,
            proved: status == ContributionStatus::Proved,
            score: U256::ZERO,
        });
    }
    let settled = rewards::finalize(terms, &contributors, kitty).unwrap();
    for outcome in &settled.workers {
        assert_eq!(town.chain.score(outcome.worker).await.unwrap(), outcome.score);
    }
    settled.deltas
}
