//! What an operator says of inputs.

use super::{Limits, Trust};

/// What an operator says of inputs. The default is a worker on the open internet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// What a task's inputs may cost.
    pub limits: Limits,
    /// Where they may come from besides the open internet.
    pub trust: Trust,
}
