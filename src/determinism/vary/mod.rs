//! What is varied between two runs: one small file for each variation.
//!
//! A variation changes an [`Arrangement`] or says why it cannot; it never claims to have varied what was not. There are two
//! ways: one swings what machines differ in (a time zone, a host name), the other holds still what no two runs share
//! (the clock, random numbers), so that what differs by itself can be traced to it.

use super::arrangement::Arrangement;
use super::finding::Cause;
use std::fmt;

/// Which way a variation works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Gives something that is the same in every run another value.
    Swing,
    /// Gives something that differs in every run the same value.
    Still,
}

/// Why a variation cannot be made here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotPossible(pub String);

impl fmt::Display for NotPossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One thing in which runs may differ.
pub trait Variation: Sync {
    /// Its name, which never changes: `--vary +NAME,-NAME`.
    fn name(&self) -> &'static str;

    /// What it does, in one line without a full stop.
    fn what(&self) -> &'static str;

    /// Which way it works.
    fn way(&self) -> Way;

    /// What it is a sign of when it alone changes the digest, or is needed to keep it.
    fn cause(&self) -> Cause {
        Cause::Unknown
    }

    /// Changes the arrangement of a run, all of it or nothing. Several variations are applied one after another and must
    /// not undo one another.
    ///
    /// # Errors
    /// Why this image or this host does not let it work.
    fn apply(&self, arrangement: &mut Arrangement) -> Result<(), NotPossible>;
}

/// Every variation there is, in the order in which they are applied.
pub fn all() -> &'static [&'static dyn Variation] {
    &[]
}
