//! How one run is arranged: what the engine is told, and how the input folder is laid out before it.

use crate::container::RunSpec;

/// One run before it is made. Variations change it.
#[derive(Clone, Debug)]
pub struct Arrangement {
    /// What the engine is told.
    pub spec: RunSpec,
    /// How the inputs are laid out in the run's folder.
    pub layout: Layout,
}

/// How the inputs are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Create the files in the reverse order of their names, so that a folder lists them otherwise.
    pub reversed: bool,
    /// Modification times, in seconds since 1970, instead of a fixed one.
    pub modified: Option<i64>,
    /// Clear the write and the others' bits of the files' modes.
    pub closed: bool,
}
