//! What an operator says of inputs.

use super::{Limits, Trust};

/// What an operator says of inputs. The default is a worker on the open internet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What a task's inputs may cost.
    pub limits: Limits,
    /// Where they may come from besides the open internet.
    pub trust: Trust,
    /// How much is kept of inputs with a checksum, for the next task that names them.
    pub cache_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { limits: Limits::default(), trust: Trust::default(), cache_bytes: 10 << 30 }
    }
}
