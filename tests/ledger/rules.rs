//! Each promise of a ledger, broken once by hand.

use crate::support::{filled, raw};
use poco::ledger::verify;

#[tokio::test]
async fn each_broken_promise_is_told_by_its_rule() {
    let other = format!("0x{}", "ab".repeat(32));
    let again = "INSERT INTO transactions (wallet, nonce, action, task, hash, raw, max_fee_wei, state)
                 SELECT wallet, nonce, 'reveal', task, '0x01', raw, max_fee_wei, ";
    for (sql, rule) in [
        ("DELETE FROM digests WHERE task = (SELECT max(task) FROM tasks)".into(), "digest-missing"),
        (
            format!("UPDATE digests SET digest = '{other}' WHERE task = (SELECT max(task) FROM tasks)"),
            "digest-differs",
        ),
        ("UPDATE digests SET digest = 'none' WHERE task = (SELECT max(task) FROM tasks)".into(), "garbled"),
        ("UPDATE tasks SET body = '{' WHERE task = (SELECT max(task) FROM tasks)".into(), "garbled"),
        ("DELETE FROM transitions WHERE id = (SELECT max(id) FROM transitions)".into(), "history-differs"),
        ("DELETE FROM tasks WHERE task = (SELECT max(task) FROM tasks)".into(), "history-without-task"),
        (format!("{again} 'sent' FROM transactions WHERE nonce = 1"), "nonce-twice"),
        (format!("{again} 'mined' FROM transactions WHERE nonce = 1"), "mined-twice"),
    ] {
        let (_folder, path) = filled(3).await;
        assert_eq!(verify(&path).unwrap().findings, []);
        assert_eq!(raw(&path).execute(&sql, ()).unwrap(), 1, "{sql}");
        let found = verify(&path).unwrap().findings;
        assert!(found.iter().any(|finding| finding.rule == rule), "{rule}: {found:?}");
    }
}

/// What was refused or replaced left its nonce to another.
#[tokio::test]
async fn a_nonce_that_was_given_up_may_be_used_again() {
    let (_folder, path) = filled(3).await;
    for (hash, state) in [("0x01", "failed"), ("0x02", "replaced")] {
        let sql = format!(
            "INSERT INTO transactions (wallet, nonce, action, task, hash, raw, max_fee_wei, state)
             SELECT wallet, nonce, 'reveal', task, '{hash}', raw, max_fee_wei, '{state}' FROM transactions
             WHERE nonce = 1 AND state = 'mined'"
        );
        assert_eq!(raw(&path).execute(&sql, ()).unwrap(), 1);
    }
    assert_eq!(verify(&path).unwrap().findings, []);
}
