//! Whom a pool has authorised for which task, and when: the supply rule counts those who may still contribute.

use super::{Ledger, LedgerError};
use crate::poco::TaskId;
use alloy::primitives::Address;

impl Ledger {
    /// Notes that `worker` was authorised for `task` at `time` (chain time, Unix seconds). The first time stands.
    pub async fn authorize(&self, task: TaskId, worker: Address, time: u64) -> Result<(), LedgerError> {
        self.call(move |db| {
            db.prepare_cached(
                "INSERT INTO replicates (task, worker, authorized_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO NOTHING",
            )?
            .execute((task.to_string(), worker.to_string(), time as i64))?;
            Ok(())
        })
        .await
    }

    /// Who was authorised for `task`, and when.
    pub async fn authorized(&self, task: TaskId) -> Result<Vec<(Address, u64)>, LedgerError> {
        self.call(move |db| {
            let mut found =
                db.prepare_cached("SELECT worker, authorized_at FROM replicates WHERE task = ?1")?;
            let mut rows = found.query([task.to_string()])?;
            let mut workers = Vec::new();
            while let Some(row) = rows.next()? {
                let worker: String = row.get(0)?;
                let worker = worker.parse().map_err(|_| LedgerError::Garbled(worker))?;
                workers.push((worker, row.get::<_, i64>(1)? as u64));
            }
            Ok(workers)
        })
        .await
    }
}
