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
