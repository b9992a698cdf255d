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
use crate::chain::Head;

/// At how many blocks something of ours must be missing before it is done again. An endpoint that lags by a block is no
/// reorganisation; after that, to do it once too often costs gas, and to wait costs the stake.
const MISSING: u32 = 2;
/// So close to a deadline nothing is waited for any more, in seconds.
const HURRY_SECONDS: u64 = 60;

/// Counts the blocks at which something was seen: what one answer says may be of an older block than another one.
#[derive(Default)]
struct Heads {
    newest: u64,
    count: u32,
}

impl Heads {
    /// It was seen when `head` was the newest block; at how many blocks so far.
    fn seen(&mut self, head: u64) -> u32 {
        if self.count == 0 || head != self.newest {
            (self.newest, self.count) = (head, self.count + 1);
        }
        self.count
    }

    /// Something of ours is missing at `head`, and must be there by `deadline`, in Unix seconds; whether that is believed.
    fn gone(&mut self, head: Head, deadline: u64) -> bool {
        let hurry = head.timestamp + HURRY_SECONDS >= deadline;
        self.seen(head.number) >= if hurry { 1 } else { MISSING }
    }
}

/// The next state and why.
type Step = Result<(State, String), TaskError>;
