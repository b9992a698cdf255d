//! What a person asks of the process that owns a nonce, left as a row where that process finds it.

use super::{Ledger, LedgerError};
use alloy::primitives::{Address, B256};

/// A wish that nobody has answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredWish {
    /// Its row.
    pub id: i64,
    /// The nonce.
    pub nonce: u64,
    /// `bump` or `cancel`.
    pub kind: String,
}

impl Ledger {
    /// Leaves a wish (`bump` or `cancel`) and gives its row.
    pub async fn wish(&self, wallet: Address, nonce: u64, kind: &'static str) -> Result<i64, LedgerError> {
        self.call(move |db| {
            db.prepare_cached("INSERT INTO wishes (wallet, nonce, kind) VALUES (?1, ?2, ?3)")?.execute((
                wallet.to_string(),
                nonce as i64,
                kind,
            ))?;
            Ok(db.last_insert_rowid())
        })
        .await
    }

    /// The wishes for `wallet` without an answer, oldest first; an index holds no others, so that this may be asked often.
    pub async fn open_wishes(&self, wallet: Address) -> Result<Vec<StoredWish>, LedgerError> {
        self.call(move |db| {
            let mut found = db.prepare_cached(
                "SELECT id, nonce, kind FROM wishes
                 WHERE wallet = ?1 AND hash IS NULL AND refusal IS NULL ORDER BY id",
            )?;
            let rows = found.query_map([wallet.to_string()], |row| {
                Ok(StoredWish { id: row.get(0)?, nonce: row.get::<_, i64>(1)? as u64, kind: row.get(2)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Answers a wish: the transaction that was made of it, or why there is none.
    pub async fn answer_wish(&self, id: i64, answer: Result<B256, String>) -> Result<(), LedgerError> {
        self.call(move |db| {
            let (hash, refusal) = match answer {
                Ok(hash) => (Some(hash.to_string()), None),
                Err(refusal) => (None, Some(refusal)),
            };
            db.prepare_cached("UPDATE wishes SET hash = ?2, refusal = ?3 WHERE id = ?1")?
                .execute((id, hash, refusal))?;
            Ok(())
        })
        .await
    }

    /// The answer to a wish, once there is one; the wish is removed with it.
    pub async fn take_answer(&self, id: i64) -> Result<Option<Result<B256, String>>, LedgerError> {
        self.call(move |db| {
            let mut found = db.prepare_cached(
                "DELETE FROM wishes WHERE id = ?1 AND (hash IS NOT NULL OR refusal IS NOT NULL)
                 RETURNING hash, refusal",
            )?;
            let mut rows = found.query([id])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let (hash, refusal): (Option<String>, Option<String>) = (row.get(0)?, row.get(1)?);
            Ok(Some(match hash {
                Some(text) => Ok(text.parse().map_err(|_| LedgerError::Garbled(text))?),
                None => Err(refusal.unwrap_or_default()),
            }))
        })
        .await
    }

    /// Takes a wish back.
    pub async fn withdraw_wish(&self, id: i64) -> Result<(), LedgerError> {
        self.call(move |db| {
            db.prepare_cached("DELETE FROM wishes WHERE id = ?1")?.execute([id])?;
            Ok(())
        })
        .await
    }
}
