//! The book of a check: every run that it makes, what was in force in it, and the outputs of the first run of each digest.

use super::finding::Cause;
use super::plan::named;
use super::report::{Purpose, RunNote};
use super::run::blocking;
use super::scene::Scene;
use super::search::Set;
use super::vary;
use super::{Bench, DeterminismError, Ran, Verdict};
use crate::dapp::{Launch, WorkArea};
use crate::poco::ResultDigest;
use crate::results::{DigestRule, ResultError};
use futures_util::future::join_all;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::sleep;

/// What came of a run, to be held against another one's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It has this digest.
    Digest(ResultDigest),
    /// It has none, and why.
    Nothing(Why),
}

/// Why a run has no digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The dapp failed; its last words, and whether it wrote a proof all the same.
    Failed { end: String, stderr: String, wrote: bool },
    /// It ended well and left nothing that proves anything.
    Unproved(Cause, String),
    /// The engine does not start it like that.
    Refused(String),
}

impl Seen {
    /// The digest, if there is one.
    pub(super) fn digest(&self) -> Option<ResultDigest> {
        match self {
            Self::Digest(digest) => Some(*digest),
            Self::Nothing(_) => None,
        }
    }

    /// Why there is none.
    pub(super) fn why(&self) -> Option<&Why> {
        match self {
            Self::Digest(_) => None,
            Self::Nothing(why) => Some(why),
        }
    }
}

/// A run's purpose, and what is in force in it.
#[derive(Clone, Debug)]
pub(super) struct Trial<'a> {
    pub(super) purpose: Purpose,
    pub(super) set: &'a Set,
    /// Another launch or other inputs, if any.
    pub(super) other: Option<(&'a Launch, &'a WorkArea)>,
}

/// All runs of a check.
pub(super) struct Lab<'a> {
    bench: &'a Bench<'a>,
    scene: &'a Scene,
    told: &'a (dyn Fn(&RunNote) + Sync),
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    notes: Vec<RunNote>,
    kept: HashMap<ResultDigest, Arc<Ran>>,
    impossible: BTreeMap<&'static str, String>,
}

impl<'a> Lab<'a> {
    pub(super) fn new(bench: &'a Bench<'a>, scene: &'a Scene, told: &'a (dyn Fn(&RunNote) + Sync)) -> Self {
        Self { bench, scene, told, book: Mutex::default() }
    }

    fn book<T>(&self, read: impl FnOnce(&mut Book) -> T) -> T {
        read(&mut self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The names of `set` that can be in force here, alone at least; of the others it is noted why not.
    pub(super) fn possible(&self, set: &Set) -> Set {
        let alone = |name: &&'static str| {
            let mut arrangement = self.bench.draft();
            let tried = named(name).map(|variation| variation.apply(&mut arrangement, self.scene));
            match tried {
                Some(Ok(())) => true,
                Some(Err(why)) => {
                    self.impossible(name, why.to_string());
                    false
                }
                None => false,
            }
        };
        set.iter().copied().filter(alone).collect()
    }

    /// Notes that a variation cannot be made here.
    pub(super) fn impossible(&self, name: &'static str, why: String) {
        self.book(|book| book.impossible.insert(name, why));
    }

    /// Makes one run.
    pub(super) async fn run(&self, trial: Trial<'_>) -> Result<Seen, DeterminismError> {
        let mut arrangement = self.bench.arrangement();
        let mut stock = &self.bench.subject().stock;
        if let Some((launch, other)) = trial.other {
            arrangement.spec.launch = launch.clone();
            stock = other;
        }
        let mut variations = Vec::new();
        for variation in vary::all().iter().filter(|variation| trial.set.contains(variation.name())) {
            if variation.apply(&mut arrangement, self.scene).is_ok() {
                variations.push(variation.name().to_owned());
            }
        }
        let ran = self.bench.run(arrangement, stock).await?;
        let note = note(&ran, trial.purpose, variations);
        (self.told)(&note);
        let seen = seen(&ran.verdict);
        let fresh = self.book(|book| {
            book.notes.push(note);
            match seen {
                Seen::Digest(digest) => !book.kept.contains_key(&digest),
                Seen::Nothing(_) => false,
            }
        });
        let ran = Arc::new(ran);
        if let (true, Seen::Digest(digest)) = (fresh, &seen) {
            self.book(|book| book.kept.insert(*digest, ran));
        } else {
            blocking(move || ran.clear()).await?;
        }
        Ok(seen)
    }

    /// Makes several runs alike, as far apart as `apart` says, and waits for all of them.
    pub(super) async fn alike(
        &self,
        trial: &Trial<'_>,
        count: usize,
        apart: Duration,
    ) -> Result<Vec<Seen>, DeterminismError> {
        let runs = (0..count).map(|at| async move {
            if at > 0 {
                sleep(apart * u32::try_from(at).unwrap_or(u32::MAX)).await;
            }
            self.run(trial.clone()).await
        });
        join_all(runs).await.into_iter().collect()
    }

    /// The first run that had this digest.
    pub(super) fn kept(&self, digest: ResultDigest) -> Option<Arc<Ran>> {
        self.book(|book| book.kept.get(&digest).cloned())
    }

    /// The rule that gave a digest.
    pub(super) fn rule(&self, digest: ResultDigest) -> Option<DigestRule> {
        self.kept(digest).and_then(|ran| Some(ran.proof()?.rule))
    }

    /// The names of the variables that variations set.
    pub(super) fn variables(&self, set: &Set) -> Vec<String> {
        let draft = self.bench.draft();
        let varied = set.iter().filter_map(|name| named(name));
        varied.flat_map(|variation| variation.variables(&draft, self.scene)).collect()
    }

    /// Every run so far by its start, and every variation that cannot be made here.
    pub(super) fn told(&self) -> (Vec<RunNote>, BTreeMap<&'static str, String>) {
        let (mut notes, impossible) = self.book(|book| (book.notes.clone(), book.impossible.clone()));
        notes.sort_by_key(|note| (note.started, note.number));
        (notes, impossible)
    }
}

fn note(ran: &Ran, purpose: Purpose, variations: Vec<String>) -> RunNote {
    RunNote {
        number: ran.number,
        purpose,
        variations,
        started: milliseconds(ran.started),
        milliseconds: milliseconds(ran.duration),
        end: ran.end(),
        digest: ran.proof().map(|proof| proof.digest.to_string()),
        error: match &ran.verdict {
            Verdict::Proved(_) => None,
            Verdict::Unproved(error) => Some(error.to_string()),
            Verdict::Failed { failed, .. } => Some(failed.to_string()),
            Verdict::Refused(reason) => Some(reason.clone()),
        },
        memory: ran.memory,
    }
}

pub(super) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn seen(verdict: &Verdict) -> Seen {
    match verdict {
        Verdict::Proved(proof) => Seen::Digest(proof.digest),
        Verdict::Unproved(error) => {
            let cause = match error {
                ResultError::ConsensusEmpty => Cause::EmptyProof,
                ResultError::ConsensusPlanted => Cause::ProofFromInputs,
                _ => Cause::NoProof,
            };
            Seen::Nothing(Why::Unproved(cause, error.to_string()))
        }
        Verdict::Failed { failed, stderr, wrote } => {
            let (end, stderr, wrote) = (failed.to_string(), stderr.clone(), *wrote);
            Seen::Nothing(Why::Failed { end, stderr, wrote })
        }
        Verdict::Refused(reason) => Seen::Nothing(Why::Refused(reason.clone())),
    }
}
