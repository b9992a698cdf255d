//! Opens the file: an existing one only if it is sound and a ledger's, a new one only where none has ever been.
//!
//! ```text
//! nothing there ─▶ made beside its place, then linked into it whole ─┐
//! a file there ───────────────────────────────────────────────────────┴─▶ recognised ─▶ checked ─▶ migrated ─▶ open
//!                                                                          └─▶ Damaged, Foreign, Newer: left as found
//! ```
//!
//! A ledger comes into being whole, so an empty file, or a `-wal` without its file, is the rest of one that was damaged and
//! never a reason to begin anew: a worker that forgets its digests contributes twice. A file that is refused is not
//! changed, nor is what lies in its `-wal` carried into it.

use super::{LedgerError, schema};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::{File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long one process waits for another's transaction.
const BUSY: Duration = Duration::from_secs(5);
/// A power cut must not take back a digest that was signed: a commit has reached the disk.
pub(super) const SYNCED: &str = "FULL";
/// What a `-wal` is cut back to after it was larger.
const WAL_BYTES: i64 = 16 << 20;

/// No file of SQLite is smaller; it takes a smaller one for a new one.
const LEAST_BYTES: u64 = 512;

/// How much of a file is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// Every page, and after an unclean end every index entry.
    Quick,
    /// Every page and every index entry.
    Whole,
}

/// Opens the ledger at `path` for its owner: made if there is none, migrated if it is older.
pub(super) fn for_writing(path: &Path) -> Result<Connection, LedgerError> {
    let stray = is_filled(&beside(path, "-wal"));
    if !exists(path)? {
        if stray {
            return Err(damaged(path, "the file itself is gone, its -wal is still there"));
        }
        // Whoever else makes it at the same time has made the same.
        create(path, |_| Ok(()))?;
    }
    let mut connection = existing(path, Check::Quick)?;
    connection.pragma_update(None, "synchronous", SYNCED)?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES)?;
    schema::migrate(&mut connection, path)?;
    Ok(connection)
}

/// Opens the ledger at `path` to look at it, whoever else works with it.
pub(super) fn for_reading(path: &Path, check: Check) -> Result<Connection, LedgerError> {
    if !exists(path)? {
        return Err(LedgerError::Open { path: path.into(), reason: "there is no such file".into() });
    }
    // Opened for writing all the same, because whoever closes a ledger last tidies up its -wal.
    let connection = existing(path, check)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// Makes a ledger of today's version with what `fill` puts into it, whole or not at all. Answers whether it did: false when
/// there is one by now.
pub(super) fn create(
    path: &Path,
    fill: impl FnOnce(&mut Connection) -> Result<(), LedgerError>,
) -> Result<bool, LedgerError> {
    let cannot = |error: std::io::Error| LedgerError::Open { path: path.into(), reason: error.to_string() };
    let folder = folder_of(path);
    std::fs::create_dir_all(folder).map_err(cannot)?;
    // Digests are worth money until they are revealed: nobody else may read this file, not even for a moment. It is made
    // with mode 0600, and SQLite gives its -wal and -shm the same.
    let fresh = tempfile::Builder::new().prefix(".ledger-").tempfile_in(folder).map_err(cannot)?;
    let mut connection = Connection::open(fresh.path())?;
    // Nobody knows of the file before it is whole: the disk is waited for once, then.
    connection.pragma_update(None, "synchronous", "OFF")?;
    // Room that is given back by what is removed goes back to the disk.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    fill(&mut connection)?;
    schema::migrate(&mut connection, path)?;
    connection.close().map_err(|(_, error)| error)?;
    fresh.as_file().sync_all().map_err(cannot)?;
    let made = match fresh.persist_noclobber(path) {
        Ok(_) => true,
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => false,
        Err(error) => return Err(cannot(error.error)),
    };
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(cannot)?;
    Ok(made)
}

/// Opens a file that is there and looks whether it is a sound ledger.
fn existing(path: &Path, check: Check) -> Result<Connection, LedgerError> {
    let bytes = std::fs::metadata(path).map_or(0, |found| found.len());
    if bytes < LEAST_BYTES {
        return Err(damaged(path, &format!("it has {bytes} bytes, less than any ledger")));
    }
    let unclean = is_filled(&beside(path, "-wal"));
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(path, flags)
        .map_err(|error| LedgerError::Open { path: path.into(), reason: error.to_string() })?;
    // Until the file is known to be sound nothing of it is touched, not by closing it either.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(BUSY)?;
    let pragma = if unclean || check == Check::Whole { "integrity_check" } else { "quick_check" };
    let sound = schema::recognise(&connection, path).and_then(|()| pages(&connection, path, pragma));
    sound.map_err(|error| match error {
        LedgerError::Sql(error) => judged(path, error),
        other => other,
    })?;
    if unclean && let Some(task) = forgotten(&connection, path) {
        let what = format!("the -wal beside it is of another time or ledger: it does not know task {task}");
        return Err(damaged(path, &what));
    }
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    tighten(path)?;
    Ok(connection)
}

/// Asks SQLite whether the pages fit together.
fn pages(connection: &Connection, path: &Path, pragma: &str) -> Result<(), LedgerError> {
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if mode != "wal" {
        return Err(damaged(path, "its header does not have the mode that every ledger has"));
    }
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let bytes = number("page_size")?.saturating_mul(number("page_count")?);
    // What is still in a -wal makes the file longer once it is carried over.
    if !is_filled(&beside(path, "-wal"))
        && std::fs::metadata(path).is_ok_and(|found| found.len() as i64 != bytes)
    {
        return Err(damaged(path, &format!("it was cut: {bytes} bytes were written")));
    }
    let found: String = connection.pragma_query_value(None, pragma, |row| row.get(0))?;
    if found == "ok" { Ok(()) } else { Err(damaged(path, found.lines().last().unwrap_or_default())) }
}

/// A task that is under way in the file by itself and unknown once its `-wal` is added. Rows of such tasks are never removed,
/// so that a `-wal` which lacks one is not the file's: SQLite itself takes in whatever lies there.
fn forgotten(connection: &Connection, path: &Path) -> Option<String> {
    let path = std::path::absolute(path).ok()?;
    let escaped = path.to_str()?.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    connection.execute("ATTACH ?1 AS alone", [format!("file://{escaped}?immutable=1")]).ok()?;
    // A checkpoint that was cut short, or is under way, leaves a file that cannot be read by itself; that says nothing.
    let found = connection.query_row(
        "SELECT task FROM alone.tasks a WHERE finished = 0 AND NOT EXISTS
            (SELECT 1 FROM main.tasks m WHERE m.wallet = a.wallet AND m.task = a.task)",
        (),
        |row| row.get(0),
    );
    connection.execute("DETACH alone", ()).ok()?;
    found.ok()
}

/// What a failure of SQLite says of a file that was only looked at.
fn judged(path: &Path, error: rusqlite::Error) -> LedgerError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::OutOfMemory) => error.into(),
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::SystemIoFailure
            | ErrorCode::DiskFull
            | ErrorCode::ReadOnly,
        ) => LedgerError::Open { path: path.into(), reason: error.to_string() },
        _ => damaged(path, &error.to_string()),
    }
}

/// Takes the rights of others on the ledger's files away, and says so when there were any.
fn tighten(path: &Path) -> Result<(), LedgerError> {
    for file in [path.to_owned(), beside(path, "-wal"), beside(path, "-shm")] {
        let Ok(found) = std::fs::metadata(&file) else { continue };
        let mode = found.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            std::fs::set_permissions(&file, Permissions::from_mode(0o600)).map_err(|error| {
                LedgerError::Open {
                    path: file.clone(),
                    reason: format!("its mode {mode:o} is open to others: {error}"),
                }
            })?;
            tracing::warn!(file = %file.display(), "others could read the ledger (mode {mode:o}); it is 600 now");
        }
    }
    Ok(())
}

/// The file that SQLite keeps beside a ledger.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn exists(path: &Path) -> Result<bool, LedgerError> {
    path.try_exists().map_err(|error| LedgerError::Open { path: path.into(), reason: error.to_string() })
}

fn is_filled(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.len() > 0)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn damaged(path: &Path, what: &str) -> LedgerError {
    LedgerError::Damaged { path: path.into(), what: what.into() }
}
