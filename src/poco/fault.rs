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

/// An error with all its causes in one line: what a library says of itself is often only in the last of them.
pub fn chain_of(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}
