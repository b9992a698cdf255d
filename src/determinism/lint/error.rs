//! How a lint ends that found something to mend.

use crate::poco::{Class, Fault};

/// A lint that found something to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LintError {
    /// Errors, or warnings where these count too.
    #[error("{0}")]
    Found(String),
}

impl Fault for LintError {
    fn code(&self) -> &'static str {
        match self {
            Self::Found(_) => "P-CK-020",
        }
    }

    fn class(&self) -> Class {
        Class::GiveUp
    }

    fn help(&self) -> String {
        match self {
            Self::Found(_) => "mend what is listed; docs/check.md has a line for each rule.",
        }
        .to_owned()
    }
}
