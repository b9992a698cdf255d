//! An end to what is kept: what is over, and can never matter again, goes after a time.
//!
//! The digest of a task is the only one that it will ever have, so it stays for as long as the task can have one on chain: its
//! final deadline, after which the hub takes nothing but a claim, and the time to keep after that. State, history,
//! transactions and digest of a task go together, or none does. A task that has not ended, or of which a transaction may still
//! land, stays whatever its age. It goes in small steps, so that nobody waits long for the writer.

use super::{Ledger, LedgerError};
use rusqlite::Connection;
use std::time::Duration;

/// How many rows of a kind go in one step.
const STEP: u32 = 100;
/// Nothing goes sooner, for the sake of what a reorganisation may take back.
const LEAST: Duration = Duration::from_secs(24 * 60 * 60);
/// Rows of a program that did not note the final deadline: a year after their last change, which no category reaches.
const ASSUMED_SECONDS: i64 = 365 * 24 * 60 * 60;

impl Ledger {
    /// Removes a little of what ended more than `keep` before `now` (chain time, Unix seconds), and gives the number of rows
    /// removed: none when nothing is left to go.
    pub async fn forget(&self, now: u64, keep: Duration) -> Result<u64, LedgerError> {
        let before = now.saturating_sub(keep.max(LEAST).as_secs()) as i64;
        self.call(move |db| {
            let removed = step(db, before)?;
            // What became free goes back to the disk, a little at a time; in files of older programs it is used again.
            let mut pages = db.prepare_cached("PRAGMA incremental_vacuum(256)")?;
            let mut rows = pages.query(())?;
            while rows.next()?.is_some() {}
            Ok(removed)
        })
        .await
    }

    /// How large the ledger is, in bytes, its `-wal` not counted.
    pub async fn size_bytes(&self) -> Result<u64, LedgerError> {
        self.call(|db| {
            let number = |pragma: &str| db.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
            Ok(number("page_size")?.saturating_mul(number("page_count")?) as u64)
        })
        .await
    }
}

fn step(db: &mut Connection, before: i64) -> Result<u64, LedgerError> {
    let change = db.transaction()?;
    let mut removed = 0;
    let over: Vec<(String, String)> = {
        let mut found = change.prepare_cached(
            "SELECT wallet, task FROM tasks t
             WHERE finished = 1 AND coalesce(final_deadline, unixepoch(updated_at) + ?2) < ?1 AND NOT EXISTS
                (SELECT 1 FROM transactions o WHERE o.task = t.task AND o.wallet = t.wallet
                    AND o.settled = 0 AND o.state <> 'failed')
             LIMIT ?3",
        )?;
        let rows = found.query_map((before, ASSUMED_SECONDS, STEP), |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<Result<_, _>>()?
    };
    for task in &over {
        for table in ["transitions", "transactions", "digests", "tasks"] {
            let sql = format!("DELETE FROM {table} WHERE wallet = ?1 AND task = ?2");
            removed += change.prepare_cached(&sql)?.execute((&task.0, &task.1))? as u64;
        }
    }
    // A pool has transactions of tasks and no rows of them.
    removed += change
        .prepare_cached(
            "DELETE FROM transactions WHERE id IN
                (SELECT id FROM transactions o WHERE (settled = 1 OR state = 'failed')
                    AND unixepoch(updated_at) < ?1 AND NOT EXISTS
                        (SELECT 1 FROM tasks t WHERE t.wallet = o.wallet AND t.task = o.task) LIMIT ?2)",
        )?
        .execute((before, STEP))? as u64;
    removed += change
        .prepare_cached(
            "DELETE FROM replicates WHERE (task, worker) IN
                (SELECT task, worker FROM replicates WHERE authorized_at < ?1 LIMIT ?2)",
        )?
        .execute((before, STEP))? as u64;
    removed += change
        .prepare_cached(
            "DELETE FROM wishes WHERE id IN (SELECT id FROM wishes WHERE unixepoch(at) < ?1 LIMIT ?2)",
        )?
        .execute((before, STEP))? as u64;
    change.commit()?;
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{StoredTask, StoredTransaction};
    use crate::poco::{ResultDigest, TaskId};
    use alloy::primitives::{Address, B256, Bytes};

    const DAY: u64 = 24 * 60 * 60;
    const WALLET: Address = Address::repeat_byte(7);

    async fn ended(
        ledger: &Ledger,
        n: u8,
        finished: bool,
        last_transaction: &'static str,
        settled: bool,
    ) -> TaskId {
        let task = TaskId(B256::repeat_byte(n));
        let row = StoredTask {
            wallet: WALLET,
            task,
            state: "delivered".into(),
            body: "{}".into(),
            finished,
            final_deadline: Some(100 * DAY),
        };
        ledger.enter_digested(row, "over".into(), ResultDigest(B256::ZERO)).await.unwrap();
        let hash = B256::repeat_byte(n);
        let transaction = StoredTransaction {
            wallet: WALLET,
            nonce: n.into(),
            action: "reveal".into(),
            task: Some(task),
            to: None,
            hash,
            raw: Bytes::new(),
            max_fee_wei: 1,
            state: "written".into(),
            reason: String::new(),
        };
        ledger.write_transactions(vec![transaction]).await.unwrap();
        ledger.mark_transactions(vec![(hash, last_transaction, String::new())]).await.unwrap();
        if settled {
            ledger.settle_nonces(WALLET, vec![n.into()]).await.unwrap();
        }
        task
    }

    async fn rows(ledger: &Ledger, task: TaskId) -> [u64; 4] {
        let count = |table: &'static str| {
            ledger.call(move |db| {
                let sql = format!("SELECT count(*) FROM {table} WHERE task = ?1");
                Ok(db.query_row(&sql, [task.to_string()], |row| row.get::<_, i64>(0))? as u64)
            })
        };
        [
            count("tasks").await.unwrap(),
            count("transitions").await.unwrap(),
            count("digests").await.unwrap(),
            count("transactions").await.unwrap(),
        ]
    }

    #[tokio::test]
    async fn what_is_over_goes_whole_and_what_is_not_stays_whole() {
        let ledger = Ledger::in_memory().unwrap();
        let keep = Duration::from_secs(30 * DAY);
        let over = ended(&ledger, 1, true, "mined", true).await;
        let under_way = ended(&ledger, 2, false, "mined", true).await;
        let may_land = ended(&ledger, 3, true, "unknown", false).await;
        let may_be_taken_back = ended(&ledger, 4, true, "mined", false).await;
        assert_eq!(ledger.forget(130 * DAY, keep).await.unwrap(), 0, "its time is not over");
        assert_eq!(ledger.forget(101 * DAY, Duration::ZERO).await.unwrap(), 0, "a day stays at least");
        assert_eq!(ledger.forget(130 * DAY + 1, keep).await.unwrap(), 4);
        assert_eq!(ledger.forget(130 * DAY + 1, keep).await.unwrap(), 0);
        assert_eq!(rows(&ledger, over).await, [0; 4]);
        for stays in [under_way, may_land, may_be_taken_back] {
            assert_eq!(rows(&ledger, stays).await, [1; 4], "{stays}");
        }
    }

    #[tokio::test]
    async fn what_a_pool_let_in_and_sent_goes_too_in_steps() {
        let ledger = Ledger::in_memory().unwrap();
        for n in 0..250u16 {
            let task = TaskId(B256::left_padding_from(&n.to_be_bytes()));
            ledger.authorize(task, WALLET, 5).await.unwrap();
        }
        let young = TaskId(B256::repeat_byte(9));
        ledger.authorize(young, WALLET, 50 * DAY).await.unwrap();
        let mut steps = Vec::new();
        loop {
            match ledger.forget(60 * DAY, Duration::from_secs(30 * DAY)).await.unwrap() {
                0 => break,
                removed => steps.push(removed),
            }
        }
        assert_eq!(steps, [100, 100, 50]);
        assert_eq!(ledger.authorized(young).await.unwrap(), [(WALLET, 50 * DAY)]);
    }
}
