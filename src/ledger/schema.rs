//! The tables, and how an older file becomes one of today.

use super::LedgerError;
use rusqlite::{Connection, TransactionBehavior};
use std::collections::BTreeSet;
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
", "
    -- The name of the kind in the file's header, for `file` and for ourselves: 'PoCo'.
    PRAGMA application_id = 0x506f436f;
", "
    -- Until when the hub takes anything for a task, and its digest must be known; Unix seconds.
    ALTER TABLE tasks ADD COLUMN final_deadline INTEGER;
    CREATE INDEX transactions_of_task ON transactions (task);
"];

/// What the header of a ledger says of its kind; files of before have nothing there.
const APPLICATION_ID: i64 = 0x506f_436f;

/// Brings the file to today's version.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), LedgerError> {
    migrate_to(connection, path, MIGRATIONS.len() as u32)
}

/// Brings the file to `version`, unless it is there already.
pub(super) fn migrate_to(connection: &mut Connection, path: &Path, version: u32) -> Result<(), LedgerError> {
    while self::version(connection, path)? < version {
        // Another process may be at it: whoever has the lock reads the version again.
        let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found = self::version(&change, path)?;
        if let Some(script) = MIGRATIONS.get(found as usize) {
            change.execute_batch(script)?;
            change.pragma_update(None, "user_version", found + 1)?;
        }
        change.commit()?;
    }
    Ok(())
}

/// The version of the file; one that this program does not know is refused.
pub(super) fn version(connection: &Connection, path: &Path) -> Result<u32, LedgerError> {
    known(path, connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// The version `found`, if this program knows it.
pub(super) fn known(path: &Path, found: u32) -> Result<u32, LedgerError> {
    let known = MIGRATIONS.len() as u32;
    if found > known { Err(LedgerError::Newer { path: path.into(), found, known }) } else { Ok(found) }
}

/// Whether the file is a ledger: by the kind in its header, and by having every table and index of its version.
pub(super) fn recognise(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let foreign = |what: String| LedgerError::Foreign { path: path.into(), what };
    let kind: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if kind != APPLICATION_ID && kind != 0 {
        return Err(foreign(format!("its header says that it is of kind {kind:#x}")));
    }
    let version = version(connection, path)?;
    let found = definitions(connection)?;
    let expected = definitions(&model(version)?)?;
    // What somebody added for a look at it, an index or statistics, is no harm.
    match expected.iter().find(|each| !found.contains(each)) {
        Some((name, _)) => Err(foreign(format!("its `{name}` is not that of a ledger of version {version}"))),
        None if version == 0 => Err(foreign("it has no tables of a ledger".into())),
        None => Ok(()),
    }
}

/// An empty ledger of a version.
fn model(version: u32) -> Result<Connection, LedgerError> {
    let mut model = Connection::open_in_memory()?;
    migrate_to(&mut model, Path::new(":memory:"), version)?;
    Ok(model)
}

/// A table as its version has it.
pub(super) struct Table {
    /// Its name.
    pub(super) name: String,
    /// The names of its columns.
    pub(super) columns: Vec<String>,
    /// The columns that tell a row from all others.
    pub(super) key: Vec<String>,
}

/// All tables of a version, by name.
pub(super) fn tables(version: u32) -> Result<Vec<Table>, LedgerError> {
    let model = model(version)?;
    let mut found = model.prepare(
        "SELECT s.name, c.name, c.pk FROM sqlite_schema s, pragma_table_info(s.name) c
         WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite_%' ORDER BY s.name, c.cid",
    )?;
    let mut rows = found.query(())?;
    let mut tables: Vec<Table> = Vec::new();
    while let Some(row) = rows.next()? {
        let (name, column, place): (String, String, u32) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if tables.last().is_none_or(|last| last.name != name) {
            tables.push(Table { name, columns: Vec::new(), key: Vec::new() });
        }
        if let Some(table) = tables.last_mut() {
            if place > 0 {
                table.key.push(column.clone());
            }
            table.columns.push(column);
        }
    }
    Ok(tables)
}

/// Name and text of all that was ever created in a file.
fn definitions(connection: &Connection) -> Result<BTreeSet<(String, Option<String>)>, LedgerError> {
    let mut found = connection.prepare("SELECT name, sql FROM sqlite_schema")?;
    let rows = found.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows as the programs of then wrote them, by the first version that has their tables.
    const ROWS: &[&str] = &[
        "INSERT INTO tasks (wallet, task, state, body, finished) VALUES ('0x07', '0x11', 'digested', '{}', 0);
         INSERT INTO transitions (wallet, task, state, reason) VALUES ('0x07', '0x11', 'digested', 'ran');
         INSERT INTO digests VALUES ('0x07', '0x11', '0x22');
         INSERT INTO replicates VALUES ('0x11', '0x07', 5);
         INSERT INTO cursors VALUES ('worker', 9);",
        "INSERT INTO transactions (wallet, nonce, action, task, hash, raw, max_fee_wei, state)
         VALUES ('0x07', 4, 'contribute', '0x11', '0x33', '0x02', '1', 'sent');",
    ];

    /// All rows of the tables that a version has, with the columns that it has.
    fn rows(connection: &Connection, version: u32) -> Vec<String> {
        let mut all = Vec::new();
        for table in tables(version).unwrap() {
            let columns = table.columns.join(", ");
            let sql = format!("SELECT '{}', json_array({columns}) FROM {}", table.name, table.name);
            let mut found = connection.prepare(&sql).unwrap();
            let rows =
                found.query_map((), |row| Ok(row.get::<_, String>(0)? + &row.get::<_, String>(1)?)).unwrap();
            all.extend(rows.map(Result::unwrap));
        }
        all
    }

    #[test]
    fn a_file_of_every_older_version_opens_and_keeps_its_rows() {
        for version in 1..=MIGRATIONS.len() as u32 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("ledger.db");
            let mut connection = Connection::open(&path).unwrap();
            connection.pragma_update(None, "journal_mode", "WAL").unwrap();
            migrate_to(&mut connection, &path, version).unwrap();
            for script in ROWS.iter().take(version as usize) {
                connection.execute_batch(script).unwrap();
            }
            let before = rows(&connection, version);
            assert_eq!(before.len(), if version == 1 { 5 } else { 6 });
            drop(connection);
            let connection = crate::ledger::open::for_writing(&path).unwrap();
            assert_eq!(self::version(&connection, &path).unwrap(), MIGRATIONS.len() as u32);
            assert_eq!(rows(&connection, version), before, "version {version}");
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
