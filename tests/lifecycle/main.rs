//! The life of the daemon itself: killed, told to stop, cut off from its engine, without gas or disk, on a real chain and a
//! real engine. What is held each time: every task completes, no worker contributed to it
//! twice, and no stake was lost.
//!
//! | module | what is done to the daemon |
//! |---|---|
//! | `killed` | SIGKILL at each state, and at random moments |
//! | `stopping` | SIGTERM once, twice, three times |
//! | `storm` | reorganisations, lost transactions, dear gas, frozen and lagging endpoints |
//! | `disk` | a disk that fills while a task is under way |
//! | `outage` | no engine, no gas, no disk for a while; an engine that is killed |

#![expect(clippy::disallowed_macros, reason = "a long run says how far it is")]

mod chance;
mod disk;
mod engine;
mod killed;
mod outage;
#[allow(dead_code, reason = "each test file uses what it needs of it")]
#[path = "../chain_support/proxy.rs"]
mod proxy;
mod stopping;
mod storm;
mod support;
