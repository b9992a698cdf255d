//! One row per task and wallet, and the history of its states.

use super::{Ledger, LedgerError};
use crate::poco::TaskId;
use alloy::primitives::Address;
use rusqlite::{Connection, Row, Transaction};

/// A task as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTask {
    /// Whose task.
    pub wallet: Address,
    /// Which.
    pub task: TaskId,
    /// Name of its state.
    pub state: String,
    /// The state as JSON.
    pub body: String,
    /// Whether nothing remains to be done.
    pub finished: bool,
    /// When the hub stops taking anything for it, in Unix seconds; none in a row of an older program.
    pub final_deadline: Option<u64>,
}

/// One change of state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Whose task.
    pub wallet: String,
    /// The state that was entered.
    pub state: String,
    /// Why.
    pub reason: String,
    /// When, RFC 3339 in UTC.
    pub at: String,
}

impl Ledger {
    /// Enters a state: the row and its history change together or not at all.
    pub async fn enter(&self, row: StoredTask, reason: String) -> Result<(), LedgerError> {
        self.call(move |db| entered(db, &row, &reason)).await
    }

    /// As [`Self::enter`], for a state before anything was signed: should a power cut take it back, the task is found on chain
    /// again.
    pub async fn enter_unsigned(&self, row: StoredTask, reason: String) -> Result<(), LedgerError> {
        self.call_unsynced(move |db| entered(db, &row, &reason)).await
    }

    /// The task's row, if this wallet has ever seen it.
    pub async fn task(&self, wallet: Address, task: TaskId) -> Result<Option<StoredTask>, LedgerError> {
        self.call(move |db| {
            let mut found = db.prepare_cached(
                "SELECT wallet, task, state, body, finished, final_deadline FROM tasks
                 WHERE wallet = ?1 AND task = ?2",
            )?;
            let mut rows = found.query((wallet.to_string(), task.to_string()))?;
            rows.next()?.map(read).transpose()
        })
        .await
    }

    /// The tasks of this wallet that are not finished.
    pub async fn unfinished(&self, wallet: Address) -> Result<Vec<StoredTask>, LedgerError> {
        self.call(move |db| {
            let mut found = db.prepare_cached(
                "SELECT wallet, task, state, body, finished, final_deadline FROM tasks
                 WHERE wallet = ?1 AND finished = 0",
            )?;
            let mut rows = found.query([wallet.to_string()])?;
            let mut tasks = Vec::new();
            while let Some(row) = rows.next()? {
                tasks.push(read(row)?);
            }
            Ok(tasks)
        })
        .await
    }

    /// Every change of state of a task, oldest first.
    pub async fn history(&self, task: TaskId) -> Result<Vec<Transition>, LedgerError> {
        self.call(move |db| {
            let mut found = db.prepare_cached(
                "SELECT wallet, state, reason, at FROM transitions WHERE task = ?1 ORDER BY id",
            )?;
            let rows = found.query_map([task.to_string()], |row| {
                Ok(Transition {
                    wallet: row.get(0)?,
                    state: row.get(1)?,
                    reason: row.get(2)?,
                    at: row.get(3)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}

fn entered(db: &mut Connection, row: &StoredTask, reason: &str) -> Result<(), LedgerError> {
    let change = db.transaction()?;
    write(&change, row, reason)?;
    change.commit()?;
    Ok(())
}

/// Writes the row and its history within a transaction of the caller.
pub(super) fn write(change: &Transaction<'_>, row: &StoredTask, reason: &str) -> Result<(), LedgerError> {
    let (wallet, task) = (row.wallet.to_string(), row.task.to_string());
    change
        .prepare_cached(
            "INSERT INTO tasks (wallet, task, state, body, finished, final_deadline) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (wallet, task) DO UPDATE SET state = excluded.state, body = excluded.body,
                finished = excluded.finished, final_deadline = excluded.final_deadline,
                updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
        )?
        .execute((
            &wallet,
            &task,
            &row.state,
            &row.body,
            row.finished,
            row.final_deadline.map(|deadline| i64::try_from(deadline).unwrap_or(i64::MAX)),
        ))?;
    change
        .prepare_cached("INSERT INTO transitions (wallet, task, state, reason) VALUES (?1, ?2, ?3, ?4)")?
        .execute((&wallet, &task, &row.state, reason))?;
    Ok(())
}

/// The row that begins with these columns: wallet, task, state, body, finished, final deadline.
pub(super) fn read(row: &Row<'_>) -> Result<StoredTask, LedgerError> {
    let (wallet, task): (String, String) = (row.get(0)?, row.get(1)?);
    Ok(StoredTask {
        wallet: wallet.parse().map_err(|_| LedgerError::Garbled(wallet))?,
        task: task.parse().map_err(|_| LedgerError::Garbled(task))?,
        state: row.get(2)?,
        body: row.get(3)?,
        finished: row.get(4)?,
        final_deadline: row.get::<_, Option<i64>>(5)?.map(|deadline| deadline as u64),
    })
}
