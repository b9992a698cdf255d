//! The steps between the states, one file each. A step consumes a state and gives the next with the reason for it.

mod contribute;
mod deliver;
mod engine;
mod prepare;
mod prove;
mod reveal;
mod run;

pub(super) use contribute::contribute;
pub(super) use deliver::deliver;
pub(super) use prepare::{blocking, prepare};
pub(super) use prove::prove;
pub(super) use reveal::reveal;
pub(super) use run::run;

use super::{State, TaskError};

/// The next state and why.
type Step = Result<(State, String), TaskError>;
