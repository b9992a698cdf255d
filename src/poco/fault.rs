//! How an error is to be taken: its stable code, its class, and the way out.

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// It may pass by itself.
    Retry,
    /// This task cannot be done here.
    GiveUp,
    /// The daemon cannot go on.
    Fatal,
}

/// An error that a person can act on.
pub trait Fault: std::error::Error {
    /// The stable code, e.g. `P-IN-003`; `docs/errors.md` has a section for each.
    fn code(&self) -> &'static str;

    /// What to do about it.
    fn class(&self) -> Class;

    /// The way out, one sentence for the person who reads it.
    fn help(&self) -> String;
}
