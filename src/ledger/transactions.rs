//! Every signed transaction, written before it is sent.

use super::{Ledger, LedgerError, open};
use crate::poco::TaskId;
use alloy::primitives::{Address, B256, Bytes};
use rusqlite::Row;
use std::path::Path;
use std::str::FromStr;

/// A transaction as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTransaction {
    /// Whose.
    pub wallet: Address,
    /// Its nonce.
    pub nonce: u64,
    /// What it is to do.
    pub action: String,
    /// For which task, if for one.
    pub task: Option<TaskId>,
    /// Whom it calls; none when it deploys.
    pub to: Option<Address>,
    /// Its hash.
    pub hash: B256,
    /// The signed bytes.
    pub raw: Bytes,
    /// The most it pays for a unit of gas, in wei.
    pub max_fee_wei: u128,
    /// `written`, `sent`, `mined`, `failed`, `replaced` or `unknown`.
    pub state: String,
    /// Why it is in that state, if there is more to say.
    pub reason: String,
}

const COLUMNS: &str = "wallet, nonce, action, task, callee, hash, raw, max_fee_wei, state, reason";

impl Ledger {
    /// Writes transactions that are about to be sent, all or none. The very same ones may be written again.
    pub async fn write_transactions(&self, rows: Vec<StoredTransaction>) -> Result<(), LedgerError> {
        self.call(move |db| {
            let all = db.transaction()?;
            for row in rows {
                all.prepare_cached(
                    "INSERT INTO transactions
                        (wallet, nonce, action, task, callee, hash, raw, max_fee_wei, state, reason)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                     ON CONFLICT (hash) DO UPDATE SET state = excluded.state, reason = excluded.reason",
                )?
                .execute((
                    row.wallet.to_string(),
                    row.nonce as i64,
                    row.action,
                    row.task.map(|task| task.to_string()),
                    row.to.map(|to| to.to_string()),
                    row.hash.to_string(),
                    row.raw.to_string(),
                    row.max_fee_wei.to_string(),
                    row.state,
                    row.reason,
                ))?;
            }
            Ok(all.commit()?)
        })
        .await
    }

    /// Changes the states of transactions (hash, state, reason), in this order, all or none.
    pub async fn mark_transactions(
        &self,
        marks: Vec<(B256, &'static str, String)>,
    ) -> Result<(), LedgerError> {
        self.call(move |db| {
            let all = db.transaction()?;
            for (hash, state, reason) in marks {
                all.prepare_cached(
                    "UPDATE transactions SET state = ?2, reason = ?3,
                        updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE hash = ?1",
                )?
                .execute((hash.to_string(), state, reason))?;
            }
            Ok(all.commit()?)
        })
        .await
    }

    /// What became of nonces cannot be taken back any more: their transactions are not open from now on.
    pub async fn settle_nonces(&self, wallet: Address, nonces: Vec<u64>) -> Result<(), LedgerError> {
        self.call(move |db| {
            let all = db.transaction()?;
            for nonce in nonces {
                all.prepare_cached("UPDATE transactions SET settled = 1 WHERE wallet = ?1 AND nonce = ?2")?
                    .execute((wallet.to_string(), nonce as i64))?;
            }
            Ok(all.commit()?)
        })
        .await
    }

    /// The transactions of `wallet` that did not fail and whose nonce is not settled, in the order of their nonces and then
    /// oldest first.
    pub async fn open_transactions(&self, wallet: Address) -> Result<Vec<StoredTransaction>, LedgerError> {
        self.call(move |db| {
            let sql = format!(
                "SELECT {COLUMNS} FROM transactions
                 WHERE wallet = ?1 AND settled = 0 AND state <> 'failed' ORDER BY nonce, id"
            );
            let mut found = db.prepare_cached(&sql)?;
            let mut rows = found.query([wallet.to_string()])?;
            let mut all = Vec::new();
            while let Some(row) = rows.next()? {
                all.push(read(row)?);
            }
            Ok(all)
        })
        .await
    }

    /// All transactions of `wallet` with that nonce, oldest first.
    pub async fn transactions_at(
        &self,
        wallet: Address,
        nonce: u64,
    ) -> Result<Vec<StoredTransaction>, LedgerError> {
        self.call(move |db| {
            let sql =
                format!("SELECT {COLUMNS} FROM transactions WHERE wallet = ?1 AND nonce = ?2 ORDER BY id");
            let mut found = db.prepare_cached(&sql)?;
            let mut rows = found.query((wallet.to_string(), nonce as i64))?;
            let mut all = Vec::new();
            while let Some(row) = rows.next()? {
                all.push(read(row)?);
            }
            Ok(all)
        })
        .await
    }
}

/// All transactions of the ledger at `path` with their age in seconds, newest first. It is only read, whoever else works with
/// it.
pub fn transactions_in(path: &Path) -> Result<Vec<(StoredTransaction, u64)>, LedgerError> {
    let db = open::for_reading(path, open::Check::Quick)?;
    let kept: bool = db.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'transactions')",
        (),
        |row| row.get(0),
    )?;
    if !kept {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT {COLUMNS}, max(0, unixepoch('now') - unixepoch(written_at)) FROM transactions ORDER BY id DESC"
    );
    let mut found = db.prepare(&sql)?;
    let mut rows = found.query(())?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push((read(row)?, row.get::<_, i64>(10)?.unsigned_abs()));
    }
    Ok(all)
}

fn parsed<T: FromStr>(text: String) -> Result<T, LedgerError> {
    text.parse().map_err(|_| LedgerError::Garbled(text))
}

fn read(row: &Row<'_>) -> Result<StoredTransaction, LedgerError> {
    Ok(StoredTransaction {
        wallet: parsed(row.get(0)?)?,
        nonce: row.get::<_, i64>(1)? as u64,
        action: row.get(2)?,
        task: row.get::<_, Option<String>>(3)?.map(parsed).transpose()?,
        to: row.get::<_, Option<String>>(4)?.map(parsed).transpose()?,
        hash: parsed(row.get(5)?)?,
        raw: parsed(row.get(6)?)?,
        max_fee_wei: parsed(row.get(7)?)?,
        state: row.get(8)?,
        reason: row.get(9)?,
    })
}
