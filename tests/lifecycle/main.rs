//! The life of the daemon itself: killed, told to stop, cut off from its engine, without gas or disk, on a real chain and a
//! real engine. What is held each time: every task completes, no worker
//! contributed to it twice, and no stake was lost.
//!
//! | module | what is done to the daemon |
//! |---|---|
//! | `killed` | SIGKILL at each state, and at random moments |
//! | `stopping` | SIGTERM once, twice, three times |
//! | `outage` | no engine, no gas, no disk for a while |

#![expect(clippy::disallowed_macros, reason = "a long run says how far it is")]

mod chance;
mod killed;
mod outage;
mod stopping;
mod support;
