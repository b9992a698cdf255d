//! Ledgers with something in them, and this program a second time.

use alloy::primitives::{Address, B256, Bytes, U256};
use poco::ledger::{Inserted, Ledger, StoredTask, StoredTransaction};
use poco::poco::{ResultDigest, TaskId};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub(crate) const WALLET: Address = Address::repeat_byte(7);

pub(crate) fn task(n: u64) -> TaskId {
    TaskId(B256::from(U256::from(n)))
}

pub(crate) fn digest(n: u64) -> ResultDigest {
    ResultDigest(B256::from(U256::from(n)))
}

pub(crate) fn row(task: TaskId, state: &str, digest: ResultDigest) -> StoredTask {
    let body = format!(r#"{{"state":"{state}","digest":"{digest}"}}"#);
    StoredTask {
        wallet: WALLET,
        task,
        state: state.into(),
        body,
        finished: state == "delivered",
        final_deadline: Some(1),
    }
}

/// A folder with a ledger of `tasks` tasks that was closed well.
pub(crate) async fn filled(tasks: u64) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("worker.db");
    let ledger = Ledger::open(&path).unwrap();
    for n in 0..tasks {
        live(&ledger, n).await;
    }
    ledger.set_cursor("worker".into(), tasks).await.unwrap();
    (folder, path)
}

/// The life of a task up to its contribution.
pub(crate) async fn live(ledger: &Ledger, n: u64) {
    ledger.enter(row(task(n), "accepted", digest(n)), "taken on".into()).await.unwrap();
    let entered = ledger.enter_digested(row(task(n), "digested", digest(n)), "ran".into(), digest(n)).await;
    assert!(!matches!(entered.unwrap(), Inserted::Conflict(_)));
    let hash = B256::from(U256::from(n));
    let transaction = StoredTransaction {
        wallet: WALLET,
        nonce: n,
        action: "contribute".into(),
        task: Some(task(n)),
        to: Some(Address::ZERO),
        hash,
        raw: Bytes::from(vec![7; 300]),
        max_fee_wei: 1,
        state: "written".into(),
        reason: String::new(),
    };
    ledger.write_transactions(vec![transaction]).await.unwrap();
    ledger.mark_transactions(vec![(hash, "mined", String::new())]).await.unwrap();
    ledger.enter(row(task(n), "contributed", digest(n)), "sent".into()).await.unwrap();
    ledger.authorize(task(n), WALLET, 1).await.unwrap();
}

pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", path.display()))
}

/// The file as `sqlite3` sees it.
pub(crate) fn raw(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}

/// This program again, for the one test `name`, which finds `path` in its environment.
pub(crate) fn again(name: &str, path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture", "--ignored", "--test-threads=1"])
        .env("LEDGER", path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Where the parent wants it.
pub(crate) fn given() -> PathBuf {
    std::env::var_os("LEDGER").expect("started by another test").into()
}
