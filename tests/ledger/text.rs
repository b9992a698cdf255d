//! A ledger as text, and back.

use crate::support::{filled, live};
use poco::ledger::{Ledger, LedgerError, export, import, verify};
use poco::poco::Fault;
use std::path::Path;

fn text_of(path: &Path) -> String {
    let mut text = Vec::new();
    let count = export(path, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.lines().count() as u64, count + 2);
    text
}

#[tokio::test]
async fn there_and_back_again_it_is_the_same() {
    let (folder, path) = filled(5).await;
    let text = text_of(&path);
    let copy = folder.path().join("copy.db");
    import(&copy, text.as_bytes()).unwrap();
    assert_eq!(text_of(&copy), text);
    assert_eq!(verify(&copy).unwrap(), verify(&path).unwrap());
    let refused = import(&copy, text.as_bytes()).unwrap_err();
    assert!(matches!(refused, LedgerError::Exists { .. }), "{refused}");
    for table in ["tasks", "transitions", "digests", "replicates", "transactions", "cursors"] {
        assert!(text.contains(&format!(r#"{{"table":"{table}""#)), "{table} is not in it");
    }
}

#[tokio::test]
async fn it_is_of_one_moment_while_a_worker_writes() {
    let (_folder, path) = filled(3).await;
    let ledger = Ledger::open(&path).unwrap();
    let writing = tokio::spawn({
        let ledger = ledger.clone();
        async move {
            for n in 3..60 {
                live(&ledger, n).await;
            }
        }
    });
    while !writing.is_finished() {
        let path = path.clone();
        let text = tokio::task::spawn_blocking(move || text_of(&path)).await.unwrap();
        // A digest and its state are entered together, so every moment has both.
        let count = |word: &str| text.lines().filter(|line| line.contains(word)).count();
        let digested = count(r#""table":"transitions""#)
            - count(r#""state":"accepted","reason""#)
            - count(r#""state":"contributed","reason""#);
        assert_eq!(count(r#""table":"digests""#), digested);
    }
    writing.await.unwrap();
}

#[tokio::test]
async fn what_is_not_whole_is_not_taken() {
    let (folder, path) = filled(2).await;
    let text = text_of(&path);
    let lines: Vec<&str> = text.lines().collect();
    let copy = folder.path().join("copy.db");
    let told = |text: String, line: u64| {
        let error = import(&copy, text.as_bytes()).unwrap_err();
        assert_eq!(error.code(), "P-LE-010", "{error}");
        assert!(error.to_string().starts_with(&format!("line {line} ")), "{error}");
        assert!(!copy.exists(), "half of it is there");
    };
    let last = lines.len() as u64;
    told(String::new(), 1);
    told("a note\n".into(), 1);
    told(text.replacen("\"version\":1", "\"version\":2", 1), 1);
    told(lines[..lines.len() - 1].join("\n"), last);
    told([&lines[..3], &lines[4..]].concat().join("\n"), last - 1);
    told([&lines[..3], &lines[2..]].concat().join("\n"), 4);
    told(text.clone() + lines[1], last + 1);
    told(text.replacen("\"block\"", "\"blocks\"", 1), 2);
    told(text.replacen("\"table\":\"cursors\"", "\"table\":\"sqlite_schema\"", 1), 2);
    told(text.replacen("\"block\":2", "\"block\":\"two\"", 1), 2);
    let newer = text.replacen("\"schema\":", "\"schema\":9", 1);
    assert_eq!(import(&copy, newer.as_bytes()).unwrap_err().code(), "P-LE-002");
    assert!(!copy.exists());
    import(&copy, text.as_bytes()).unwrap();
    // Nothing else was left beside it.
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}
