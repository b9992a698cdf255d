//! What the search asks: runs with a set of swings, or with a set of things held still.

use super::DeterminismError;
use super::finding::{Cause, Difference};
use super::lab::{Lab, Seen, Trial, Why};
use super::mask::Mask;
use super::places::differences;
use super::plan::{APART, named};
use super::report::Purpose;
use super::search::{Oracle, Set};
use crate::poco::ResultDigest;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// What a set of swings does to a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// None.
    Same,
    /// Another digest.
    Differs,
    /// The run has no digest any more.
    Fails,
    /// The engine does not start it.
    Refused,
}

/// Asks for the effect of swings, above what is held still, each set once.
pub(super) struct Swings<'a, 'b> {
    pub(super) lab: &'a Lab<'b>,
    pub(super) still: &'a Set,
    pub(super) base: ResultDigest,
    /// Where runs part by themselves, which is no effect of a swing.
    pub(super) mask: &'a Mask,
    pub(super) asked: Mutex<HashMap<Set, Seen>>,
}

impl Swings<'_, '_> {
    /// What came of a set that was asked about.
    pub(super) fn seen(&self, set: &Set) -> Option<Seen> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).get(set).cloned()
    }

    pub(super) fn know(&self, set: &Set, seen: Seen) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(set.clone(), seen);
    }

    pub(super) async fn effect(&self, seen: &Seen) -> Result<Effect, DeterminismError> {
        Ok(match seen {
            Seen::Digest(digest) if *digest == self.base => Effect::Same,
            Seen::Digest(digest) if !self.mask.is_empty() && self.differences(*digest).await?.is_empty() => {
                Effect::Same
            }
            Seen::Digest(_) => Effect::Differs,
            Seen::Nothing(Why::Refused(_)) => Effect::Refused,
            Seen::Nothing(_) => Effect::Fails,
        })
    }

    /// Where a digest's output parts from the base's, besides where it does so by itself.
    pub(super) async fn differences(
        &self,
        digest: ResultDigest,
    ) -> Result<Vec<Difference>, DeterminismError> {
        let mut differences = differences(self.lab, self.base, digest).await?;
        differences.retain(|difference| !self.mask.hides(difference));
        Ok(differences)
    }

    /// The run of a set, whether there was one before or not.
    pub(super) async fn again(&self, set: &Set, purpose: Purpose) -> Result<Seen, DeterminismError> {
        let whole = self.still | set;
        self.lab.run(Trial { purpose, set: &whole, other: None }).await
    }
}

impl Oracle for Swings<'_, '_> {
    type Seen = Effect;
    type Error = DeterminismError;

    async fn ask(&self, set: &Set) -> Result<Effect, DeterminismError> {
        if set.is_empty() {
            return Ok(Effect::Same);
        }
        if let Some(seen) = self.seen(set) {
            return self.effect(&seen).await;
        }
        let seen = self.again(set, Purpose::Search).await?;
        self.know(set, seen.clone());
        self.effect(&seen).await
    }
}

/// Asks whether runs agree while some things are held still, each set once.
pub(super) struct Stills<'a, 'b> {
    pub(super) lab: &'a Lab<'b>,
    /// Runs of each set.
    pub(super) runs: usize,
    pub(super) asked: Mutex<HashMap<Set, Vec<Seen>>>,
}

impl Stills<'_, '_> {
    /// What came of the runs of a set that was asked about.
    pub(super) fn seen(&self, set: &Set) -> Vec<Seen> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).get(set).cloned().unwrap_or_default()
    }

    pub(super) fn know(&self, set: &Set, seen: Vec<Seen>) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(set.clone(), seen);
    }
}

/// Whether several runs came to one and the same digest.
pub(super) fn agreed(seen: &[Seen]) -> Option<ResultDigest> {
    match seen.split_first() {
        Some((Seen::Digest(digest), rest)) if rest.iter().all(|other| *other == Seen::Digest(*digest)) => {
            Some(*digest)
        }
        _ => None,
    }
}

impl Oracle for Stills<'_, '_> {
    type Seen = bool;
    type Error = DeterminismError;

    async fn ask(&self, set: &Set) -> Result<bool, DeterminismError> {
        let known = self.seen(set);
        if !known.is_empty() {
            return Ok(agreed(&known).is_some());
        }
        let mut seen = Vec::new();
        let clock = |name: &&str| named(name).is_some_and(|held| held.cause() == Cause::Timestamp);
        let apart = if set.iter().any(clock) { Duration::ZERO } else { APART };
        let mut next = Instant::now();
        // One after another, so that the first that differs ends it.
        for _ in 0..self.runs {
            sleep_until(next).await;
            next = Instant::now() + apart;
            seen.push(self.lab.run(Trial { purpose: Purpose::Search, set, other: None }).await?);
            if agreed(&seen).is_none() {
                break;
            }
        }
        let agree = agreed(&seen).is_some();
        self.know(set, seen);
        Ok(agree)
    }
}
