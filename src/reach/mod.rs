//! What a stranger may make this host connect to.
//!
//! Whoever buys a task writes the URLs of its inputs, and chooses the dapp that talks through a worker's proxy. A worker that
//! connected to whatever they name would be their hand inside its operator's network: the router's page, the cloud's
//! metadata, a database on the next host. So only addresses of the open internet are reached, and what the operator trusts
//! by name or range.
//!
//! It owns nothing and opens no connection: it answers with the addresses that may be connected to, and whoever asks
//! connects to these and asks no resolver again, or a name that answers otherwise the second time would be let in.

mod address;
mod look_up;

pub use address::{Barred, Reserved, Trust, Trusted, reserved};
pub use look_up::NotReached;
