//! Where the outputs of two runs part, how large the difference is, and what it looks like. Pure but for reading the two
//! folders; it knows no variation and no run, only what it is told of both machines.
//!
//! What is read is a stranger's: nothing but regular files is opened, memory is bounded, and every word that is given out is
//! short and printable.

mod align;
mod binary;
mod calendar;
mod content;
mod document;
mod file;
mod format;
mod gather;
mod json;
mod look;
mod pairs;
mod show;
mod text;
mod tree;
mod words;

use super::finding::{Cause, Difference};
use crate::results::{RelPath, ResultError};
use gather::Gathered;
use std::path::Path;
use tree::Trees;

/// What is compared of two runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One file below the folder, such as `consensus.iexec`.
    File(String),
    /// All that lies below the folder, but for these paths: what was there before the run.
    Tree {
        /// Paths of inputs that the run left as they were.
        except: Vec<String>,
    },
}

/// One run, as far as it matters to what it left.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The folder with the outputs.
    pub folder: &'a Path,
    /// What is known of the machine it ran on.
    pub known: &'a Known,
}

/// What a run could see of its machine: an output that shows it is explained with certainty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Values by which this run can be told from another, each with the cause it would be: `(HostName, "poco")`,
    /// `(User, "/home/x")`, `(Kernel, "5.10.0")`. A value that is the same in both runs does no harm.
    pub words: Vec<(Cause, String)>,
    /// The run's clock at its start, in seconds since 1970.
    pub started: Option<i64>,
}

/// Compares two output folders, and gives the differences, the most telling first, at most `most` of them.
///
/// # Errors
/// A folder of ours that cannot be read, or one with more names than are taken.
pub fn compare(
    first: &Side<'_>,
    second: &Side<'_>,
    scope: &Scope,
    most: usize,
) -> Result<Vec<Difference>, ResultError> {
    let trees = Trees::open(first, second)?;
    let mut found = Gathered::default();
    match scope {
        Scope::File(name) => {
            if let Some(path) = RelPath::new(name.as_str()) {
                trees.path(&path, &mut found)?;
            }
        }
        Scope::Tree { except } => trees.all(except, &mut found)?,
    }
    Ok(found.most_telling(most))
}

#[cfg(test)]
mod tests;
