//! What `poco check` answers, as data; the files beside this one show it to people and to machines.
//!
//! ```text
//!            ┌─▶ terminal  80 columns, the answer first
//! Report ────┼─▶ json      the data itself, `docs/check.schema.json`
//!            ├─▶ junit     a test case for each variation
//!            └─▶ html      one file that needs no network and runs no script
//! ```
//!
//! Each is a pure function from the data to a text. Nothing is concluded here: what is not in the data is in no report.
//! Names, outputs and messages are strangers' text, and are made harmless for each form.

mod cause;
mod html;
mod junit;
mod terminal;
mod words;

pub use html::html;
pub use junit::junit;
pub use terminal::terminal;
pub use words::printable;

use super::finding::Finding;
use serde::{Deserialize, Serialize};

/// The version of the form of [`Report`], raised when a reader of the one before would go wrong.
pub const VERSION: u32 = 1;

/// The answer to: will two strangers' machines agree?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// No difference was found under the variations that were possible.
    Same,
    /// Two runs disagree, or the proof proves nothing.
    Differs,
    /// There is nothing to compare: the dapp did not run to a proof.
    CouldNotRun,
}

/// All that a check found. Its JSON form is documented in `docs/check.md` and has the schema `docs/check.schema.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The version of this form.
    pub version: u32,
    /// The program that wrote it, with its version.
    pub tool: String,
    /// The words that were typed to get it, the program's name first.
    pub invocation: Vec<String>,
    /// What was checked: the image as it was named.
    pub image: String,
    /// The image's id, a digest.
    pub image_id: String,
    /// The command line that the dapp was given.
    pub command: Vec<String>,
    /// The names of its inputs.
    pub inputs: Vec<String>,
    /// The seed of the other inputs and arguments.
    pub seed: u64,
    /// The answer.
    pub answer: Answer,
    /// The answer in one sentence.
    pub summary: String,
    /// The digest of the first run, 0x and hex, and the rule that gave it.
    pub digest: Option<Digest>,
    /// What was found, the most certain first.
    pub findings: Vec<Finding>,
    /// Every run, in the order of their start.
    pub runs: Vec<RunNote>,
    /// Every variation there is, and whether it was tried.
    pub variations: Vec<VariationNote>,
    /// From the first run's start to the last one's end, in milliseconds.
    pub milliseconds: u64,
}

/// A digest and how it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// 0x and 64 hex digits.
    pub value: String,
    /// The rule, in words.
    pub rule: String,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunNote {
    /// Its number, from 1.
    pub number: u32,
    /// What it is for.
    pub purpose: Purpose,
    /// Names of the variations that it ran under.
    pub variations: Vec<String>,
    /// Start, in milliseconds since the check's.
    pub started: u64,
    /// How long the container ran, in milliseconds.
    pub milliseconds: u64,
    /// How it ended, in words: `status 0`, `killed for want of memory`.
    pub end: String,
    /// Its digest, if it has one.
    pub digest: Option<String>,
    /// Why it has none.
    pub error: Option<String>,
    /// The most memory it took, in bytes, where the engine tells.
    pub memory: Option<u64>,
}

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Nothing is varied, so that what differs by itself shows.
    Identical,
    /// All variations at once, at full swing.
    AllVariations,
    /// Some variations, to find the smallest set that changes the digest.
    Search,
    /// A cause alone, to see whether it brings the difference about again.
    Confirm,
    /// Another input or other arguments, which must change the digest.
    OtherInput,
}

/// One variation and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariationNote {
    /// Its name.
    pub name: String,
    /// What it does, in one line.
    pub what: String,
    /// What became of it.
    #[serde(flatten)]
    pub state: VariationState,
}

/// What became of a variation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum VariationState {
    /// It was in force in a run at least.
    Varied,
    /// This image or this host does not let it work.
    NotPossible {
        /// Why.
        why: String,
    },
    /// It was left out: by `--vary`, by `--quick`, or because there was nothing to compare.
    LeftOut,
}
