//! The local chain: anvil, PoCo deployed on it, and accounts with money, up in seconds.
//!
//! ```text
//! anvil ─▶ deploy (the plan of contracts/artifacts/deploy.json) ─▶ accounts ─▶ chain.json
//! ```
//!
//! The keys are those of the public test mnemonic: nothing here is worth anything.

mod accounts;
mod anvil;
mod chain_file;
mod deploy;
mod error;
mod start;

pub use accounts::Accounts;
pub use anvil::Anvil;
pub use chain_file::{ChainEntry, ChainFile};
pub use deploy::{Deployment, deploy};
pub use error::DevnetError;
pub use start::{Devnet, DevnetOptions};
