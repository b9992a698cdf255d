//! What of the sandbox holds on this host: the machine is looked at, and a container of our own tries to break each rule.
//!
//! ```text
//! Facts, free space ──▶ machine ──▶ findings ◀── proxy ◀── a network that is kept for nobody
//!                                                                        ┌─ what it tried ──┐
//! this very program, with its libraries ──▶ Engine::run, as for a dapp ──┤                  ├──▶ inspect ──▶ findings
//!                                                                        └─ how it ended ───┘
//! ```
//!
//! The container runs as a dapp's does, by the same call and with the same rules, so that what held for it holds for
//! a dapp. Its image is empty; the program lies in its input folder. Nothing here decides what is done about a finding.

mod inspect;
mod machine;
mod probe;

pub use inspect::inspect;
pub use machine::{machine, proxy};
pub use probe::{Deed, Tried, probe};

use super::EngineVersion;
use serde::Serialize;

/// One rule and what was found of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's name, which never changes.
    pub rule: String,
    /// Whether it holds.
    pub verdict: Verdict,
    /// What was found, for people.
    pub found: String,
    /// What to do about it; empty when there is nothing to be done.
    pub mend: &'static str,
}

/// Whether a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It does.
    Pass,
    /// It does not.
    Fail,
    /// It cannot be told here.
    Unknown,
}

impl Finding {
    /// The engine that answers.
    pub fn engine(version: &EngineVersion) -> Self {
        let found = format!("version {}, API {}", version.engine, version.api);
        Self::new("engine", Verdict::Pass, found, "")
    }

    fn new(rule: &str, verdict: Verdict, found: impl Into<String>, mend: &'static str) -> Self {
        let mend = if verdict == Verdict::Pass { "" } else { mend };
        Self { rule: rule.to_owned(), verdict, found: found.into(), mend }
    }

    fn held(rule: &str, holds: bool, found: impl Into<String>, mend: &'static str) -> Self {
        Self::new(rule, if holds { Verdict::Pass } else { Verdict::Fail }, found, mend)
    }
}
