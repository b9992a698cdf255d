//! The tables, and how an older file becomes one of today.

use super::LedgerError;
use rusqlite::Connection;
use std::path::Path;

/// One script per version, applied in order; `user_version` says how many a file has seen.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE tasks (
        wallet TEXT NOT NULL,
        task TEXT NOT NULL,
        state TEXT NOT NULL,
        body TEXT NOT NULL,
        finished INTEGER NOT NULL,
        updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
        PRIMARY KEY (wallet, task)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX unfinished ON tasks (wallet) WHERE finished = 0;
    CREATE TABLE transitions (
        id INTEGER PRIMARY KEY,
        wallet TEXT NOT NULL,
        task TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL,
        at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
    ) STRICT;
    CREATE INDEX history ON transitions (task, id);
    CREATE TABLE digests (
        wallet TEXT NOT NULL,
        task TEXT NOT NULL,
        digest TEXT NOT NULL,
        PRIMARY KEY (wallet, task)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE replicates (
        task TEXT NOT NULL,
        worker TEXT NOT NULL,
        authorized_at INTEGER NOT NULL,
        PRIMARY KEY (task, worker)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE cursors (
        name TEXT NOT NULL PRIMARY KEY,
        block INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
", "
    CREATE TABLE transactions (
        id INTEGER PRIMARY KEY,
        wallet TEXT NOT NULL,
        nonce INTEGER NOT NULL,
        action TEXT NOT NULL,
        task TEXT,
        callee TEXT,
        hash TEXT NOT NULL UNIQUE,
        raw TEXT NOT NULL,
        max_fee_wei TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('written', 'sent', 'mined', 'failed', 'replaced', 'unknown')),
        reason TEXT NOT NULL DEFAULT '',
        written_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
        updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
    ) STRICT;
    CREATE INDEX open_transactions ON transactions (wallet, nonce) WHERE state IN ('written', 'sent', 'unknown');
", "
    ALTER TABLE transactions ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;
    UPDATE transactions SET settled = 1 WHERE state IN ('mined', 'replaced', 'failed');
    DROP INDEX open_transactions;
    CREATE INDEX unsettled ON transactions (wallet, nonce) WHERE settled = 0 AND state <> 'failed';
    CREATE TABLE wishes (
        id INTEGER PRIMARY KEY,
        wallet TEXT NOT NULL,
        nonce INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('bump', 'cancel')),
        hash TEXT,
        refusal TEXT,
        at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
    ) STRICT;
    CREATE INDEX unanswered ON wishes (wallet) WHERE hash IS NULL AND refusal IS NULL;
"];

/// Brings the file to today's version.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), LedgerError> {
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = MIGRATIONS.len() as u32;
    if found > known {
        return Err(LedgerError::Newer { path: path.into(), found, known });
    }
    for (version, script) in (1..).zip(MIGRATIONS).skip(found as usize) {
        let change = connection.transaction()?;
        change.execute_batch(script)?;
        change.pragma_update(None, "user_version", version)?;
        change.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_every_older_version_opens() {
        for version in 0..MIGRATIONS.len() {
            let mut connection = Connection::open_in_memory().unwrap();
            for (number, script) in (1..).zip(&MIGRATIONS[..version]) {
                connection.execute_batch(script).unwrap();
                connection.pragma_update(None, "user_version", number).unwrap();
            }
            migrate(&mut connection, Path::new("ledger.db")).unwrap();
            let now: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
            assert_eq!(now, MIGRATIONS.len() as u32);
        }
    }

    #[test]
    fn a_file_of_a_newer_version_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", MIGRATIONS.len() as u32 + 1).unwrap();
        let refused = migrate(&mut connection, Path::new("ledger.db")).unwrap_err();
        assert!(matches!(refused, LedgerError::Newer { .. }), "{refused}");
    }
}
