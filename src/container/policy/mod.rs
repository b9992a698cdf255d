//! Which images may run here: the operator's rules, and the answer that they give with the rule that decided.
//!
//! ```text
//! Wanted ──▶ Facts ──▶ 1. deny     one rule holds               ──▶ refused, whatever else is said
//!                      2. allow    rules, and none of them holds ──▶ refused; no rules at all ──▶ everything goes on
//!                      3. require  each rule that holds must be fulfilled: a digest, signatures
//! ```
//!
//! What is not known yet (the digest behind a tag, or whose app it is when a person asks for an explanation) makes a
//! rule neither hold nor fail, and the answer [`Answer::Depends`]. Knowing more never turns a refusal into a leave.
//!
//! Pure: no I/O, no clock. The keys are the operator's and held here; signatures are checked elsewhere.

mod decide;
mod denied;
mod facts;
mod glob;
mod name;
mod pattern;
mod regex;
mod rule;

pub use decide::{Answer, Policy, Verdict};
pub use denied::Denied;
pub use facts::{Party, Wanted};
pub use name::repository_of;
pub use pattern::{ImagePattern, PatternError};
pub use regex::WholeRegex;
pub use rule::{Conditions, Proof, Requirement, Rule};
