//! The PoCo protocol as pure functions: no I/O, no clock, no async, nothing of the other rooms.
//!
//! Every rule names the function of the PoCo contracts that it mirrors; the golden vectors of iExec's own
//! contracts hold for it.

pub mod fault;
pub mod ids;

pub use fault::{Class, Fault};
pub use ids::{DealId, OrderHash, ResultDigest, ResultHash, ResultSeal, TaskId};
