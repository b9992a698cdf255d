//! One digest per task, for ever: a second one would be a second contribution, and the first one's stake.

use super::{Ledger, LedgerError, StoredTask, tasks};
use crate::poco::{ResultDigest, TaskId};
use alloy::primitives::Address;
use rusqlite::{Transaction, TransactionBehavior};

/// What became of a digest that was to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// It is the first one.
    New,
    /// The same one stood there already.
    SameData,
    /// Another one stands there; the new one must never be signed.
    Conflict(ResultDigest),
}

impl Ledger {
    /// Writes the digest of a task unless there is one: check and insert in one exclusive transaction.
    pub async fn check_and_insert(
        &self,
        wallet: Address,
        task: TaskId,
        digest: ResultDigest,
    ) -> Result<Inserted, LedgerError> {
        self.call(move |db| {
            let change = db.transaction_with_behavior(TransactionBehavior::Exclusive)?;
            let answer = insert(&change, wallet, task, digest)?;
            change.commit()?;
            Ok(answer)
        })
        .await
    }

    /// Writes the digest of `row`'s task and enters `row`'s state, both in one exclusive transaction: no crash can leave a
    /// state without its digest or a digest without its state. After [`Inserted::Conflict`] nothing has changed.
    pub async fn enter_digested(
        &self,
        row: StoredTask,
        reason: String,
        digest: ResultDigest,
    ) -> Result<Inserted, LedgerError> {
        self.call(move |db| {
            let change = db.transaction_with_behavior(TransactionBehavior::Exclusive)?;
            let answer = insert(&change, row.wallet, row.task, digest)?;
            if !matches!(answer, Inserted::Conflict(_)) {
                tasks::write(&change, &row, &reason)?;
                change.commit()?;
            }
            Ok(answer)
        })
        .await
    }
}

fn insert(
    change: &Transaction<'_>,
    wallet: Address,
    task: TaskId,
    digest: ResultDigest,
) -> Result<Inserted, LedgerError> {
    let key = (wallet.to_string(), task.to_string());
    let mut found = change.prepare_cached("SELECT digest FROM digests WHERE wallet = ?1 AND task = ?2")?;
    let mut rows = found.query((&key.0, &key.1))?;
    if let Some(text) = rows.next()?.map(|row| row.get::<_, String>(0)).transpose()? {
        let known = parse(text)?;
        return Ok(if known == digest { Inserted::SameData } else { Inserted::Conflict(known) });
    }
    change.execute(
        "INSERT INTO digests (wallet, task, digest) VALUES (?1, ?2, ?3)",
        (&key.0, &key.1, digest.to_string()),
    )?;
    Ok(Inserted::New)
}

/// A digest as it is written.
pub(super) fn parse(text: String) -> Result<ResultDigest, LedgerError> {
    text.parse().map_err(|_| LedgerError::Garbled(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::primitives::B256;

    #[tokio::test(flavor = "multi_thread")]
    async fn of_many_racing_digests_exactly_one_is_new() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        // Two handles on one file, as two processes would have.
        let ledgers = [Ledger::open(&path).unwrap(), Ledger::open(&path).unwrap()];
        let task = TaskId(B256::repeat_byte(1));
        let racers = (0..16u8).map(|n| {
            let ledger = ledgers[usize::from(n) % 2].clone();
            tokio::spawn(async move {
                ledger
                    .check_and_insert(Address::ZERO, task, ResultDigest(B256::repeat_byte(n)))
                    .await
                    .unwrap()
            })
        });
        let mut new = 0;
        for racer in racers.collect::<Vec<_>>() {
            new += usize::from(racer.await.unwrap() == Inserted::New);
        }
        assert_eq!(new, 1);
    }

    #[tokio::test]
    async fn a_digest_survives_reopening_and_is_told_from_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let (task, one, two) =
            (TaskId(B256::ZERO), ResultDigest(B256::repeat_byte(1)), ResultDigest(B256::repeat_byte(2)));
        let wallet = Address::ZERO;
        let ledger = Ledger::open(&path).unwrap();
        assert_eq!(ledger.check_and_insert(wallet, task, one).await.unwrap(), Inserted::New);
        drop(ledger);
        let ledger = Ledger::open(&path).unwrap();
        assert_eq!(ledger.check_and_insert(wallet, task, one).await.unwrap(), Inserted::SameData);
        assert_eq!(ledger.check_and_insert(wallet, task, two).await.unwrap(), Inserted::Conflict(one));
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&path).unwrap());
        assert_eq!(mode & 0o777, 0o600);
    }

    #[tokio::test]
    async fn a_digest_and_its_state_are_entered_together_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger.db")).unwrap();
        let (wallet, task) = (Address::ZERO, TaskId(B256::ZERO));
        let row = |body: &str| StoredTask {
            wallet,
            task,
            state: "digested".into(),
            body: body.into(),
            finished: false,
            final_deadline: Some(1),
        };
        let (one, two) = (ResultDigest(B256::repeat_byte(1)), ResultDigest(B256::repeat_byte(2)));
        // Whoever waits is dropped before the answer: what was asked for happens whole all the same.
        drop(
            tokio::time::timeout(
                std::time::Duration::ZERO,
                ledger.enter_digested(row("first"), "why".into(), one),
            )
            .await,
        );
        assert_eq!(
            ledger.enter_digested(row("second"), "why".into(), two).await.unwrap(),
            Inserted::Conflict(one)
        );
        assert_eq!(ledger.task(wallet, task).await.unwrap(), Some(row("first")));
        assert_eq!(ledger.history(task).await.unwrap().len(), 1);
    }
}
