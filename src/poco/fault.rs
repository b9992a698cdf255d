//! How an error is to be taken: its stable code, its class, and the way out.

/// What can be done about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// It may pass by itself.
    Retry,
    /// This task cannot be done here.
    GiveUp,
    /// The daemon cannot go on.
    Fatal,
}

/// An error with a stable code that a person can look up and act on.
pub trait Fault: std::error::Error {
    /// The stable code, `P-XX-NNN`.
    fn code(&self) -> &'static str;

    /// What can be done about it.
    fn class(&self) -> Class;

    /// The way out, one sentence for the person who reads it.
    fn help(&self) -> String;
}
