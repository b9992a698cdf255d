//! One misbehaviour and what must come of it.

use crate::container_support::{Task, image};
use futures_util::StreamExt;
use poco::container::{Limits, Outcome};
use poco::dapp::{Folder, ProofRule, WorkArea};
use poco::poco::Fault;
use poco::results::{Archive, Baseline, Left, Logs, Policy, Proof, ResultError, pack, prove};
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) const RULE: ProofRule = ProofRule::Consensus { callback: false };
/// What a hostile run may cost the worker's own memory.
pub(crate) const MEMORY_BYTES: u64 = 64 << 20;

/// How a run must end.
#[derive(Clone, Copy)]
pub(crate) enum End {
    /// With a proof and an archive.
    Proved,
    /// With this code, of the run or of its proof.
    Code(&'static str),
    /// With one of these codes: which of two limits is met first is the kernel's choice.
    OneOf(&'static [&'static str]),
}

/// A shell line and how it must end.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) line: &'static str,
    pub(crate) end: End,
    /// Words that stand in what it printed.
    pub(crate) says: &'static str,
    pub(crate) limits: fn(&mut Limits),
}

pub(crate) fn case(line: &'static str, end: End) -> Case {
    Case { line, end, says: "", limits: |_| {} }
}

impl Case {
    pub(crate) fn says(self, says: &'static str) -> Self {
        Self { says, ..self }
    }

    pub(crate) fn within(self, limits: fn(&mut Limits)) -> Self {
        Self { limits, ..self }
    }
}

/// Runs all cases, a few at once, and then an honest dapp.
pub(crate) async fn all_end_as_they_must(cases: &[Case]) {
    image().await;
    let idle = memory_bytes("VmRSS");
    let running = futures_util::stream::iter(cases).map(|case| async move {
        let mut task = Task::new(case.line).await;
        (case.limits)(&mut task.spec.limits);
        judge(&task, case).await;
    });
    running.buffer_unordered(3).collect::<Vec<_>>().await;
    an_honest_run_is_proved().await;
    let peak = memory_bytes("VmHWM");
    assert!(peak < idle + MEMORY_BYTES, "{idle} bytes at rest, {peak} at most");
}

/// Runs one task and holds it against its case.
pub(crate) async fn judge(task: &Task, case: &Case) {
    let canary = Canary::beside(&task.spec.area);
    let outcome = task.run().await;
    let told = (task.stdout(), task.stderr());
    let found = match outcome.verdict() {
        Err(failed) => Some(failed.code()),
        Ok(()) => result(task, &outcome).err().map(|fault| fault.code()),
    };
    let line = case.line;
    match case.end {
        End::Proved => assert_eq!(found, None, "{line}: {told:?}"),
        End::Code(code) => assert_eq!(found, Some(code), "{line}: {told:?}"),
        End::OneOf(codes) => {
            assert!(found.is_some_and(|code| codes.contains(&code)), "{line}: {found:?} {told:?}")
        }
    }
    assert!(told.0.contains(case.says) || told.1.contains(case.says), "{line}: {told:?}");
    assert!(
        told.0.len() as u64 <= task.spec.limits.log_bytes
            && told.1.len() as u64 <= task.spec.limits.log_bytes
    );
    canary.assert_unchanged(line);
}

/// What the worker makes of a run that ended well; the same twice, for nobody writes there any more.
pub(crate) fn result(task: &Task, outcome: &Outcome) -> Result<(Proof, Archive), ResultError> {
    let baseline = Baseline::default();
    let logs = Logs { stdout_cut: outcome.stdout_truncated, stderr_cut: outcome.stderr_truncated };
    let outputs = task.spec.area.folder(Folder::Shared);
    let left = Left { area: &task.spec.area, outputs: &outputs, baseline: &baseline, logs };
    let policy = Policy { max_bytes: 64 << 20, ..Policy::default() };
    let proof = prove(&left, RULE, &policy)?;
    let archive = pack(&left, RULE, &policy)?;
    assert_eq!(prove(&left, RULE, &policy)?, proof);
    Ok((proof, archive))
}

async fn an_honest_run_is_proved() {
    let task = Task::new("echo 42 > /iexec/consensus.iexec").await;
    let outcome = task.run().await;
    assert_eq!(outcome.verdict(), Ok(()));
    result(&task, &outcome).unwrap();
}

/// `VmRSS` or `VmHWM` of this process.
pub(crate) fn memory_bytes(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

/// A tree beside the task's folder that nobody may change.
struct Canary {
    root: PathBuf,
    before: BTreeMap<PathBuf, (u32, u64, i64, i64, Vec<u8>)>,
}

impl Canary {
    fn beside(area: &WorkArea) -> Self {
        let root = area.root().parent().unwrap().join("canary");
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        std::fs::write(root.join("shadow"), "secret").unwrap();
        std::fs::write(root.join("a/b/c"), "kept").unwrap();
        let before = Self::see(&root);
        Self { root, before }
    }

    fn see(root: &Path) -> BTreeMap<PathBuf, (u32, u64, i64, i64, Vec<u8>)> {
        let entries = walkdir::WalkDir::new(root).into_iter().map(|entry| {
            let entry = entry.unwrap();
            let seen = entry.metadata().unwrap();
            let content = if seen.is_file() { std::fs::read(entry.path()).unwrap() } else { Vec::new() };
            (entry.into_path(), (seen.mode(), seen.ino(), seen.mtime_nsec(), seen.ctime_nsec(), content))
        });
        entries.collect()
    }

    fn assert_unchanged(&self, line: &str) {
        assert_eq!(Self::see(&self.root), self.before, "{line}");
    }
}

/// A second for what would never end.
pub(crate) fn short(limits: &mut Limits) {
    limits.wall_clock = Duration::from_secs(2);
}
