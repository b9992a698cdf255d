//! Keeps a daemon's ledger from growing for ever, beside its work and never in its way.

use crate::chain::Chain;
use crate::ledger::{Ledger, LedgerError};
use crate::observe;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked at.
const REST: Duration = Duration::from_secs(60 * 60);
/// Between two steps others have the writer.
const BREATH: Duration = Duration::from_millis(50);
/// A ledger over this is told of.
const LARGE_BYTES: u64 = 1 << 30;

/// Forgets what is over for longer than `keep`, until it is dropped.
pub(super) async fn tidy(ledger: Ledger, chain: Arc<dyn Chain>, keep: Duration) -> Infallible {
    loop {
        // What cannot be removed now is no harm yet; what is wrong with the ledger stops the daemon where it matters.
        if let Err(error) = forget(&ledger, chain.as_ref(), keep).await {
            observe::ledger_not_tidied(&error);
        }
        tokio::time::sleep(REST).await;
    }
}

async fn forget(ledger: &Ledger, chain: &dyn Chain, keep: Duration) -> Result<(), LedgerError> {
    while ledger.forget(chain.head().timestamp, keep).await? > 0 {
        tokio::time::sleep(BREATH).await;
    }
    let size = ledger.size_bytes().await?;
    if size > LARGE_BYTES {
        observe::ledger_large(size);
    }
    Ok(())
}
