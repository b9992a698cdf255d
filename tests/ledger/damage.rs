//! Whatever lies in a ledger's place is refused with a code unless it is a sound ledger, and is left as it was found.

use crate::support::{beside, filled, live, raw};
use poco::ledger::{Ledger, LedgerError, verify};
use poco::poco::Fault;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Asserts that the file is refused, with this code and a way out, and is not changed by that.
fn refused(path: &Path, code: &str) -> String {
    let before = std::fs::read(path).ok();
    let read_wal = || std::fs::read(beside(path, "-wal")).unwrap_or_default();
    let wal = read_wal();
    let error = Ledger::open(path).err().unwrap_or_else(|| panic!("it was opened"));
    assert_eq!(error.code(), code, "{error}");
    assert!(error.help().contains("aside"), "{}", error.help());
    assert_eq!(
        verify(path).err().map(|error| error.code()),
        Some(if before.is_none() { "P-LE-001" } else { code })
    );
    assert_eq!(std::fs::read(path).ok(), before, "the file was changed");
    assert_eq!(read_wal(), wal, "what is beside it was changed");
    error.to_string()
}

#[tokio::test]
async fn a_file_of_another_kind_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("worker.db");
    for text in ["", "a note\n", &"not a database, and longer than one page of one\n".repeat(200)] {
        std::fs::write(&path, text).unwrap();
        refused(&path, "P-LE-007");
    }
    std::fs::remove_file(&path).unwrap();
    raw(&path).execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE notes (text TEXT);").unwrap();
    refused(&path, "P-LE-008");
    raw(&path).execute_batch("PRAGMA user_version = 1;").unwrap();
    assert!(refused(&path, "P-LE-008").contains("not that of a ledger of version 1"));
    raw(&path).execute_batch("PRAGMA application_id = 1;").unwrap();
    assert!(refused(&path, "P-LE-008").contains("kind 0x1"));
}

#[tokio::test]
async fn a_ledger_cut_anywhere_is_refused() {
    let (_folder, path) = filled(40).await;
    let whole = std::fs::read(&path).unwrap();
    for length in [0, 1, 99, 100, 4095, 4096, 8192, whole.len() / 2, whole.len() - 4096, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        refused(&path, "P-LE-007");
    }
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(verify(&path).unwrap().findings, []);
}

/// Bits turn anywhere. SQLite has no sums over its pages, so one bit within a text may stay unseen by it; then all rows
/// are still there. Many at once are always seen.
#[tokio::test]
async fn turned_bits_are_refused_or_harmless() {
    let (_folder, path) = filled(40).await;
    let whole = std::fs::read(&path).unwrap();
    let tables = verify(&path).unwrap().tables;
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut dice = |sides: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % sides as u64) as usize
    };
    let mut seen = 0;
    for round in 0..150 {
        let mut bytes = whole.clone();
        let many = round % 3 == 0;
        for _ in 0..if many { whole.len() / 64 } else { 1 } {
            let place = dice(bytes.len());
            bytes[place] ^= 1 << dice(8);
        }
        std::fs::write(&path, &bytes).unwrap();
        match Ledger::open(&path) {
            Ok(ledger) => {
                assert!(!many, "round {round} was opened");
                drop(ledger);
                if let Ok(found) = verify(&path) {
                    assert_eq!(found.tables, tables, "round {round} lost rows");
                }
            }
            Err(LedgerError::Damaged { .. } | LedgerError::Foreign { .. } | LedgerError::Newer { .. }) => {
                seen += 1;
                assert_eq!(std::fs::read(&path).unwrap(), bytes, "round {round} was changed");
            }
            Err(error) => panic!("round {round}: {error:?}"),
        }
        for rest in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(beside(&path, rest));
        }
    }
    assert!(seen >= 50, "only {seen} of 150 were seen");
}

#[tokio::test]
async fn a_wal_that_does_not_belong_is_refused_and_not_taken_in() {
    // What a killed worker leaves: its file, and a -wal with what is not in it yet.
    let (folder, path) = filled(10).await;
    let ledger = Ledger::open(&path).unwrap();
    for n in 10..40 {
        live(&ledger, n).await;
    }
    let wal = std::fs::read(beside(&path, "-wal")).unwrap();
    let file = std::fs::read(&path).unwrap();
    drop(ledger);
    assert!(!beside(&path, "-wal").exists(), "a clean stop leaves none");

    // The -wal of that time beside the file of a longer life.
    let other = folder.path().join("other.db");
    std::fs::write(beside(&other, "-wal"), &wal).unwrap();
    assert!(refused(&other, "P-LE-007").contains("gone"), "without any file");
    let (_elsewhere, longer) = filled(120).await;
    std::fs::copy(&longer, &other).unwrap();
    refused(&other, "P-LE-007");

    // Where it belongs it is taken in.
    std::fs::write(&other, &file).unwrap();
    drop(Ledger::open(&other).unwrap());
    assert_eq!(verify(&other).unwrap().witnesses.len(), 40);
}

#[tokio::test]
async fn nobody_else_may_read_it() {
    let (_folder, path) = filled(1).await;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    let ledger = Ledger::open(&path).unwrap();
    live(&ledger, 2).await;
    for ending in ["", "-wal", "-shm"] {
        assert_eq!(mode(&beside(&path, ending)), 0o600, "{ending}");
    }
    drop(ledger);
    assert!(
        !beside(&path, "-wal").exists() && !beside(&path, "-shm").exists(),
        "a clean stop leaves neither"
    );
}
