//! The most memory that a container took.
//!
//! The kernel counts it, files that were read and written included, and forgets it with the container: so the count is read
//! while it runs. The engine's own statistics know no more, and are slower to ask.

use super::DockerEngine;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::sleep;

/// How often it is read. What a container takes in its last moment may be missed.
const EVERY: Duration = Duration::from_millis(10);
const GROUPS: &str = "/sys/fs/cgroup";

/// The most that was read so far.
#[derive(Debug, Default)]
pub(super) struct Peak(AtomicU64);

impl Peak {
    /// In bytes; none if nothing was read.
    pub(super) fn bytes(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|bytes| *bytes > 0)
    }

    /// Reads on and on; for as long as the container runs.
    pub(super) async fn follow(&self, count: &Path) {
        loop {
            let read = fs::read_to_string(count).ok().and_then(|text| text.trim().parse().ok());
            self.0.fetch_max(read.unwrap_or_default(), Ordering::Relaxed);
            sleep(EVERY).await;
        }
    }
}

impl DockerEngine {
    /// Where the kernel counts the memory of a container that runs.
    pub(super) async fn memory_count(&self, id: &str) -> Option<PathBuf> {
        let state = self.inspect_container(id).await.ok()?.state?;
        count_of(id, state.pid.filter(|pid| *pid > 0)?)
    }
}

/// The file in which the kernel counts for the container of a process; none if the engine is on another host.
fn count_of(id: &str, pid: i64) -> Option<PathBuf> {
    let groups = fs::read_to_string(format!("/proc/{pid}/cgroup")).ok()?;
    files(id, &groups).into_iter().find(|file| file.is_file())
}

/// The files that may count, best first, by what `/proc/PID/cgroup` says.
fn files(id: &str, groups: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(group)) = (parts.next(), parts.next()) else { continue };
        let group = Path::new(group.trim_start_matches('/'));
        let inside = group.components().all(|part| matches!(part, Component::Normal(_)));
        // Another process, of this host, may have that number.
        if !inside || !group.to_string_lossy().contains(id) {
            continue;
        }
        if controllers.is_empty() {
            let folder = Path::new(GROUPS).join(group);
            // Kernels before 5.19 count no peak there.
            files.extend([folder.join("memory.peak"), folder.join("memory.current")]);
        } else if controllers.split(',').any(|name| name == "memory") {
            files.push(Path::new(GROUPS).join("memory").join(group).join("memory.max_usage_in_bytes"));
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_found_in_both_versions_of_control_groups() {
        let old = files("abc", "11:memory:/docker/abc\n10:cpu,cpuacct:/docker/abc\n0::/docker/abc\n");
        assert_eq!(old[0], Path::new("/sys/fs/cgroup/memory/docker/abc/memory.max_usage_in_bytes"));
        let new = files("abc", "0::/system.slice/docker-abc.scope\n");
        assert_eq!(new[0], Path::new("/sys/fs/cgroup/system.slice/docker-abc.scope/memory.peak"));
    }

    #[test]
    fn another_process_counts_for_itself_alone() {
        assert_eq!(files("abc", "0::/user.slice\n"), Vec::<PathBuf>::new());
        assert_eq!(files("abc", "0::/../abc\n"), Vec::<PathBuf>::new());
    }
}
