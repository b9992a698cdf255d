//! A small disk of the test's own under the work folder, which fills while a task is under way.

use crate::support::{Place, within};
use rustix::process::Signal;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const MIB: u64 = 1 << 20;

/// A mounted file system; gone with this value.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: PathBuf, mib: u64) -> Self {
        std::fs::create_dir(&at).unwrap();
        let size = format!("size={mib}m");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&at).output().unwrap();
        assert!(mounted.status.success(), "a disk of one's own needs root: {mounted:?}");
        Self(at)
    }

    fn free(&self) -> u64 {
        let found = rustix::fs::statvfs(&self.0).unwrap();
        found.f_bavail * found.f_frsize
    }

    /// Takes all room but `left` bytes; what is given back frees it.
    fn fill(&self, left: u64) -> Filling {
        let path = self.0.join("filling");
        let file = File::create(&path).unwrap();
        let most = self.free().saturating_sub(left.max(4 * MIB));
        rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, most).unwrap();
        self.top_up(&path, left);
        Filling(path)
    }

    fn top_up(&self, path: &Path, left: u64) {
        let mut file = File::options().append(true).open(path).unwrap();
        while self.free() > left && file.write_all(&[1; 4096]).is_ok() {}
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).output();
    }
}

struct Filling(PathBuf);

impl Drop for Filling {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Room for one task: 16 MiB of output, two times 8 of what is printed, and 256 that stay free.
const SMALL: [&str; 2] = ["--output", "16 MiB"];

async fn exists(path: &Path) {
    let there = async {
        while !path.exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    within(&format!("{}", path.display()), there).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_while_the_dapp_runs_is_not_the_dapps_fault() {
    let place = Place::new(1).await;
    let disk = Disk::mount(place.home.path().join("work"), 400);
    let mut daemon = place.solo(&SMALL);
    let pool = daemon.pool().await;
    let script = "echo once >> /iexec/runs; sleep 2; cat /iexec/runs > /iexec/consensus.iexec";
    let tasks = place.buy(&pool, 2, 1, script).await;
    daemon.says("prepared:").await;
    exists(&place.shared(tasks[0]).join("runs")).await;
    let filling = disk.fill(8 * MIB);
    daemon.says("once more when the disk has room").await;
    let said = daemon.says("no task is taken for").await;
    assert!(said.contains("disk"), "{said}");
    drop(filling);
    place.all_well(&tasks).await;
    place.each_ran_once(&tasks).await;
    daemon.signal(Signal::TERM);
    let (code, said) = daemon.end().await;
    assert_eq!(code, Some(0));
    assert!(!said.iter().any(|line| line.contains("failed:")), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dapp_that_ends_well_on_a_full_disk_is_not_believed() {
    let place = Place::new(1).await;
    let disk = Disk::mount(place.home.path().join("work"), 400);
    let mut daemon = place.solo(&SMALL);
    let pool = daemon.pool().await;
    let script = "echo once >> /iexec/runs; while [ ! -e /iexec/go ]; do sleep 0.05; done; \
                  cat /iexec/runs > /iexec/consensus.iexec";
    let task = place.buy(&pool, 1, 1, script).await[0];
    daemon.says("prepared:").await;
    exists(&place.shared(task).join("runs")).await;
    // Enough for this one, but who knows what else did not fit.
    let filling = disk.fill(8 * MIB);
    std::fs::write(place.shared(task).join("go"), "").unwrap();
    daemon.says("once more when the disk has room").await;
    drop(filling);
    daemon.says("prepared:").await;
    exists(&place.shared(task).join("runs")).await;
    std::fs::write(place.shared(task).join("go"), "").unwrap();
    place.all_well(&[task]).await;
    place.each_ran_once(&[task]).await;
    daemon.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_without_room_ends_the_daemon_and_the_next_one_goes_on() {
    let place = Place::new(1).await;
    let disk = Disk::mount(place.home.path().join("work"), 400);
    let mut daemon = place.solo(&["--output", "16 MiB"]);
    let pool = daemon.pool().await;
    let script = "echo once >> /iexec/runs; while [ ! -e /iexec/go ]; do sleep 0.05; done; \
                  cat /iexec/runs > /iexec/consensus.iexec";
    let task = place.buy(&pool, 1, 1, script).await[0];
    daemon.says("prepared:").await;
    exists(&place.shared(task).join("runs")).await;
    // With its one task in the ledger the worker moves on there with every block.
    let filling = disk.fill(0);
    let said = daemon.says("cannot go on").await;
    assert!(said.contains("P-LE-003"), "{said}");
    let (code, said) = daemon.end().await;
    assert_eq!(code, Some(4), "{said:?}");
    assert!(said.iter().any(|line| line.starts_with("error[P-LE-003]")), "{said:?}");
    drop(filling);
    let daemon = place.solo(&SMALL);
    std::fs::write(place.shared(task).join("go"), "").unwrap();
    place.all_well(&[task]).await;
    place.each_ran_once(&[task]).await;
    daemon.kill().await;
}
