//! What must not change whatever is fetched: the files around a task's folder, and the size of the process.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tokio::sync::{Mutex, MutexGuard};

/// What a hostile input may cost above the process at rest.
pub(crate) const MEMORY_BYTES: u64 = 64 << 20;

static ALONE: Mutex<()> = Mutex::const_new(());

/// Cases are measured one after the other, also where all tests share a process.
pub(crate) async fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().await
}

/// A work folder with the folder of one task, and everything around it that a hostile entry would go for.
pub(crate) struct Home {
    dir: tempfile::TempDir,
    before: BTreeMap<PathBuf, String>,
}

impl Home {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in
            [("x", "x"), ("evil", "e"), ("tasks/x", "x"), ("tasks/other/x", "x"), ("etc/passwd", "p")]
        {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        fs::create_dir(dir.path().join("tasks/one")).unwrap();
        let mut home = Self { dir, before: BTreeMap::new() };
        home.before = home.around();
        home
    }

    /// The folder of the task.
    pub(crate) fn task(&self) -> PathBuf {
        self.dir.path().join("tasks/one")
    }

    /// Asserts that nothing around the task's folder is new, gone or otherwise.
    pub(crate) fn untouched(&self, case: &str) {
        assert_eq!(self.around(), self.before, "{case}: something outside of the task's folder changed");
    }

    /// Everything around the task's folder: kind, mode, size, time of the last change and content.
    fn around(&self) -> BTreeMap<PathBuf, String> {
        let task = self.task();
        let tree =
            walkdir::WalkDir::new(self.dir.path()).into_iter().filter_entry(|entry| entry.path() != task);
        tree.map(|entry| {
            let entry = entry.unwrap();
            let meta = entry.metadata().unwrap();
            let content = if meta.is_file() { fs::read(entry.path()).unwrap() } else { Vec::new() };
            let kind = (meta.file_type(), meta.permissions().mode(), meta.nlink());
            (entry.path().to_path_buf(), format!("{kind:?} {content:?}"))
        })
        .collect()
    }
}

/// Every path below `folder`; nothing when there is no such folder.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let tree = walkdir::WalkDir::new(folder).min_depth(1).sort_by_file_name();
    let found = tree.into_iter().filter_map(Result::ok);
    found.map(|entry| entry.path().strip_prefix(folder).unwrap().display().to_string()).collect()
}

/// The memory of this process from here on.
pub(crate) struct Memory {
    before: u64,
}

impl Memory {
    pub(crate) fn watch() -> Self {
        // Sets the high-water mark back to what is in use now.
        fs::write("/proc/self/clear_refs", "5").unwrap();
        Self { before: status("VmRSS:") }
    }

    pub(crate) fn bounded(&self, case: &str) {
        let grown = status("VmHWM:").saturating_sub(self.before);
        assert!(grown < MEMORY_BYTES, "{case}: the process grew by {} MiB", grown >> 20);
    }
}

fn status(field: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
}

/// The instruments can fail.
#[tokio::test]
async fn the_canaries_sing() {
    let _alone = alone().await;
    let home = Home::new();
    fs::write(home.task().join("inside"), "fine").unwrap();
    home.untouched("inside");
    let shows = |change: &dyn Fn(&Path)| {
        let home = Home::new();
        change(home.dir.path());
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| home.untouched("a change"))).is_err()
    };
    assert!(shows(&|dir| fs::write(dir.join("new"), "").unwrap()));
    assert!(shows(&|dir| fs::write(dir.join("etc/passwd"), "q").unwrap()));
    assert!(shows(&|dir| fs::remove_file(dir.join("tasks/x")).unwrap()));
    assert!(shows(&|dir| fs::hard_link(dir.join("x"), dir.join("tasks/one/x")).unwrap()));

    let memory = Memory::watch();
    let large = vec![1_u8; MEMORY_BYTES as usize + (8 << 20)];
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| memory.bounded("large"))).is_err());
    assert_eq!(large.iter().map(|one| u64::from(*one)).sum::<u64>(), large.len() as u64);
}
