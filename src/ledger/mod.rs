//! The ledger: what this machine has promised, one SQLite file, so that nothing is lost and nothing is done twice.
//!
//! One thread owns the only connection; everybody else hands it closures. Each transition of a task is one
//! transaction. The file's mode is 0600. States are stored by name and as JSON: the room `task` owns their meaning.
//!
//! It does not hold the truth about contributions: the chain does.

mod digests;
mod error;
mod export;
mod lock;
mod open;
mod replicates;
mod retain;
mod schema;
mod tasks;
mod transactions;
mod verify;
mod wishes;
mod writer;

pub use digests::Inserted;
pub use error::{LedgerError, LedgerText};
pub use export::{export, import};
pub use lock::WalletLock;
pub use tasks::{StoredTask, Transition};
pub use transactions::{StoredTransaction, transactions_in};
pub use verify::{Finding, Verified, Witness, verify};
pub use wishes::StoredWish;
pub use writer::{Gate, Ledger};
