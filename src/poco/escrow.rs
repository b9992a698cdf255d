//! What a step of the protocol changes in the escrow: per account, how much its free and its locked stake move.
//!
//! Mirrors the four moves of `IexecEscrow`. [`Deltas`] owns the changes of one step; what the accounts hold before and
//! after it is the hub's knowledge.

use super::amount::Nrlc;
use super::error::PocoError;
use alloy::primitives::{Address, I256};
use std::collections::BTreeMap;

/// An account by its part in a deal. One address can play several parts: their changes add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// Who pays the deal: its sponsor, who mostly is the requester.
    Payer,
    /// The app's owner.
    AppOwner,
    /// The dataset's owner.
    DatasetOwner,
    /// The workerpool's owner.
    Scheduler,
    /// The account where seized scheduler stakes gather.
    Kitty,
    /// A worker.
    Worker(Address),
}

/// The addresses of a deal's parties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parties {
    /// Who pays.
    pub payer: Address,
    /// The app's owner.
    pub app_owner: Address,
    /// The dataset's owner, zero for none.
    pub dataset_owner: Address,
    /// The workerpool's owner.
    pub scheduler: Address,
    /// The hub's `kitty_address()`.
    pub kitty: Address,
}

impl Parties {
    /// The address of a party.
    pub const fn address(&self, party: Party) -> Address {
        match party {
            Party::Payer => self.payer,
            Party::AppOwner => self.app_owner,
            Party::DatasetOwner => self.dataset_owner,
            Party::Scheduler => self.scheduler,
            Party::Kitty => self.kitty,
            Party::Worker(worker) => worker,
        }
    }
}

/// How much an account changes, in nRLC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// Change of the free stake (`balanceOf`).
    pub stake: I256,
    /// Change of the locked stake (`frozenOf`).
    pub locked: I256,
}

impl Delta {
    fn plus(self, stake: I256, locked: I256) -> Result<Self, PocoError> {
        let overflow = PocoError::Overflow { what: "the change of an account" };
        Ok(Self {
            stake: self.stake.checked_add(stake).ok_or_else(|| overflow.clone())?,
            locked: self.locked.checked_add(locked).ok_or(overflow)?,
        })
    }
}

/// What a step changes, account by account. Accounts that are not listed do not change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deltas(BTreeMap<Party, Delta>);

impl Deltas {
    /// The change of one party.
    pub fn of(&self, party: Party) -> Delta {
        self.0.get(&party).copied().unwrap_or_default()
    }

    /// Every party that a move touched.
    pub fn iter(&self) -> impl Iterator<Item = (Party, Delta)> {
        self.0.iter().map(|(party, delta)| (*party, *delta))
    }

    /// The changes of this step and of the `next` one together.
    pub fn then(mut self, next: &Self) -> Result<Self, PocoError> {
        for (party, delta) in next.iter() {
            self.change(party, delta.stake, delta.locked)?;
        }
        Ok(self)
    }

    /// The changes by address, those of one address in several parts added up.
    pub fn by_address(&self, parties: &Parties) -> Result<BTreeMap<Address, Delta>, PocoError> {
        let mut changes: BTreeMap<Address, Delta> = BTreeMap::new();
        for (party, delta) in self.iter() {
            let change = changes.entry(parties.address(party)).or_default();
            *change = change.plus(delta.stake, delta.locked)?;
        }
        Ok(changes)
    }

    /// The sum over all accounts, free and locked: zero after every step of the protocol.
    pub fn sum(&self) -> Result<I256, PocoError> {
        let overflow = || PocoError::Overflow { what: "the change of all accounts" };
        self.0.values().try_fold(I256::ZERO, |sum, delta| {
            sum.checked_add(delta.stake).and_then(|sum| sum.checked_add(delta.locked)).ok_or_else(overflow)
        })
    }

    /// `lock`: free stake becomes locked.
    pub(super) fn lock(&mut self, party: Party, amount: Nrlc) -> Result<(), PocoError> {
        let amount = signed(amount)?;
        self.change(party, -amount, amount)
    }

    /// `unlock`: locked stake becomes free.
    pub(super) fn unlock(&mut self, party: Party, amount: Nrlc) -> Result<(), PocoError> {
        let amount = signed(amount)?;
        self.change(party, amount, -amount)
    }

    /// `seize`: locked stake is taken.
    pub(super) fn seize(&mut self, party: Party, amount: Nrlc) -> Result<(), PocoError> {
        self.change(party, I256::ZERO, -signed(amount)?)
    }

    /// `reward`: what was taken is given, as free stake.
    pub(super) fn reward(&mut self, party: Party, amount: Nrlc) -> Result<(), PocoError> {
        self.change(party, signed(amount)?, I256::ZERO)
    }

    fn change(&mut self, party: Party, stake: I256, locked: I256) -> Result<(), PocoError> {
        let entry = self.0.entry(party).or_default();
        *entry = entry.plus(stake, locked)?;
        Ok(())
    }
}

/// An amount as a signed number. No account holds 2²⁵⁵ nRLC: the token's whole supply is far below.
fn signed(amount: Nrlc) -> Result<I256, PocoError> {
    I256::try_from(amount.0).map_err(|_| PocoError::Overflow { what: "an amount of the escrow" })
}
