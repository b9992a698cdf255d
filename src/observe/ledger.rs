//! Events of a ledger.

use crate::poco::Fault;
use bytesize::ByteSize;
use tracing::warn;

/// What is over could not be removed; it is tried again in an hour.
pub fn ledger_not_tidied(error: &dyn Fault) {
    warn!(code = error.code(), help = error.help(), "the ledger was not tidied: {error}");
}

/// The ledger is large for what it is.
pub fn ledger_large(size_bytes: u64) {
    let size = ByteSize::b(size_bytes);
    warn!(%size, "the ledger is large; a smaller `keep-tasks` removes more of what is over");
}
