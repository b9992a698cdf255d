//! Several processes on one file.

use crate::support::{WALLET, again, digest, given, live, row, task};
use poco::ledger::{Inserted, Ledger, LedgerError, WalletLock, verify};
use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdout};
use std::thread;

/// A word that a child says to its parent, after its mark: the test harness talks on the same stream.
fn say(word: impl std::fmt::Display) {
    let mut out = std::io::stdout();
    writeln!(out, "\n>{word}").unwrap();
}

/// The next word of a child.
fn hear(lines: &mut Lines<BufReader<ChildStdout>>) -> Option<String> {
    lines.find_map(|line| line.ok()?.strip_prefix('>').map(ToOwned::to_owned))
}

fn words_of(child: &mut Child) -> Lines<BufReader<ChildStdout>> {
    BufReader::new(child.stdout.take().unwrap()).lines()
}

const TASKS: u64 = 20;
const CALLERS: u64 = 5;

/// So many callers at once, each with a digest of its own for each task; how many were told that theirs is the first.
fn race(ledger: &Ledger, first: u64) -> u64 {
    let callers = (first..first + CALLERS).map(|n| {
        let ledger = ledger.clone();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let enter = |of: u64| {
                let row = row(task(of), "digested", digest(n));
                runtime.block_on(ledger.enter_digested(row, "ran".into(), digest(n))).unwrap()
            };
            (0..TASKS).filter(|of| enter(*of) == Inserted::New).count() as u64
        })
    });
    callers.collect::<Vec<_>>().into_iter().map(|caller| caller.join().unwrap()).sum()
}

#[test]
#[ignore = "the second process of another test"]
fn racer() {
    let path = given();
    let ledger = Ledger::open(&path).unwrap();
    say("ready");
    let mut go = String::new();
    std::io::stdin().read_line(&mut go).unwrap();
    say(race(&ledger, go.trim().parse().unwrap()));
}

#[test]
fn of_ten_racing_callers_in_two_processes_exactly_one_is_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("worker.db");
    // Both make the file, too.
    let mut children: Vec<_> = (0..2).map(|_| again("processes::racer", &path)).collect();
    let mut words: Vec<_> = children.iter_mut().map(words_of).collect();
    for words in &mut words {
        assert_eq!(hear(words).as_deref(), Some("ready"));
    }
    for (n, child) in (0..).zip(&mut children) {
        writeln!(child.stdin.as_mut().unwrap(), "{}", n * CALLERS).unwrap();
    }
    let new: u64 = words.iter_mut().map(|words| hear(words).unwrap().parse::<u64>().unwrap()).sum();
    assert_eq!(new, TASKS);
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let found = verify(&path).unwrap();
    assert_eq!((found.findings.as_slice(), found.witnesses.len() as u64), (&[][..], TASKS));
    assert!(
        found.tables.contains(&("transitions".into(), TASKS)),
        "a losing state was entered: {:?}",
        found.tables
    );
}

#[test]
fn of_ten_racing_threads_exactly_one_is_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("worker.db");
    let ledgers = [Ledger::open(&path).unwrap(), Ledger::open(&path).unwrap()];
    let new: u64 = thread::scope(|scope| {
        let racing: Vec<_> =
            (0..).zip(&ledgers).map(|(n, ledger)| scope.spawn(move || race(ledger, n * CALLERS))).collect();
        racing.into_iter().map(|racing| racing.join().unwrap()).sum()
    });
    assert_eq!(new, TASKS);
}

#[test]
#[ignore = "the second process of another test"]
fn writer() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ledger = Ledger::open(&given()).unwrap();
    let mut from = String::new();
    std::io::stdin().read_line(&mut from).unwrap();
    for n in from.trim().parse().unwrap().. {
        runtime.block_on(live(&ledger, n));
        say(n);
    }
}

#[test]
fn a_writer_killed_at_any_moment_leaves_a_sound_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("worker.db");
    let mut written = 0;
    for round in 0..12 {
        let mut child = again("processes::writer", &path);
        let mut words = words_of(&mut child);
        writeln!(child.stdin.as_mut().unwrap(), "{written}").unwrap();
        // The first rounds die within the first life; the last while the -wal is carried into the file.
        for _ in 0..round * 8 {
            written = hear(&mut words).unwrap().parse::<u64>().unwrap() + 1;
        }
        child.kill().unwrap();
        // What it said before it died was written, too.
        while let Some(word) = hear(&mut words) {
            written = word.parse::<u64>().unwrap() + 1;
        }
        child.wait().unwrap();
        if !path.exists() {
            continue;
        }
        drop(Ledger::open(&path).unwrap());
        let found = verify(&path).unwrap();
        assert_eq!(found.findings, [], "round {round}");
        let known = found.witnesses.iter().filter(|witness| witness.digest.is_some()).count() as u64;
        assert!(known >= written, "round {round}: {written} digests were written, {known} are there");
    }
    assert!(written > 500);
}

#[test]
#[ignore = "the second process of another test"]
fn holder() {
    let _held = WalletLock::take(&given(), WALLET).unwrap();
    say("held");
    let _ = std::io::stdin().read_line(&mut String::new());
}

#[test]
fn a_wallet_at_work_in_another_process_is_refused_and_the_process_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = again("processes::holder", folder.path());
    assert_eq!(hear(&mut words_of(&mut child)).as_deref(), Some("held"));
    let refused = WalletLock::take(folder.path(), WALLET).unwrap_err();
    let LedgerError::Held { holder, .. } = refused else { panic!("{refused}") };
    assert!(holder.starts_with(&format!("process {} ", child.id())), "{holder}");
    child.kill().unwrap();
    child.wait().unwrap();
    WalletLock::take(folder.path(), WALLET).unwrap();
}
