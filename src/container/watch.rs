//! How much a dapp has written, while it writes.
//!
//! Most engines cannot bound a bind mount, so the folders are walked twice a second. A file counts with its length
//! or its blocks, whichever is more: holes cost no disk, but hashing them costs as much time as if they did. Every
//! entry counts as a block at least, so that a million empty files are no free ride. The walk sees no more than its
//! depth allows, and a tree beyond that counts as too large.

use super::folders::{open_folder, visit};
use rustix::fd::AsFd;
use rustix::fs::{CWD, FileType};
use rustix::io::Errno;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const PERIOD: Duration = Duration::from_millis(500);
const BLOCK_BYTES: u64 = 4096;

/// The folders of a run and what they held before it.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    folders: Arc<[PathBuf]>,
    limit_bytes: u64,
}

impl Watch {
    /// Allows what a watch allowed before this process was started.
    pub(super) fn again(folders: Vec<PathBuf>, limit_bytes: u64) -> Self {
        Self { folders: folders.into(), limit_bytes }
    }

    /// What may be there at most.
    pub(super) fn limit_bytes(&self) -> u64 {
        self.limit_bytes
    }

    /// Allows `extra_bytes` more than is there now.
    pub(super) async fn over(folders: Vec<PathBuf>, extra_bytes: u64) -> Self {
        let mut watch = Self { folders: folders.into(), limit_bytes: 0 };
        watch.limit_bytes = watch.measure().await.saturating_add(extra_bytes);
        watch
    }

    /// Comes back when too much has been written, if ever.
    pub(super) async fn exceeded(&self) {
        loop {
            tokio::time::sleep(PERIOD).await;
            if self.is_exceeded().await {
                return;
            }
        }
    }

    /// Whether too much has been written by now.
    pub(super) async fn is_exceeded(&self) -> bool {
        self.measure().await > self.limit_bytes
    }

    async fn measure(&self) -> u64 {
        let folders = Arc::clone(&self.folders);
        let walking =
            tokio::task::spawn_blocking(move || folders.iter().map(size_of).fold(0, u64::saturating_add));
        // A walk that cannot be finished is a tree that no result can be made of.
        walking.await.unwrap_or(u64::MAX)
    }
}

fn size_of(folder: &PathBuf) -> u64 {
    let mut bytes: u64 = 0;
    let walked = open_folder(CWD, folder).and_then(|opened| {
        visit(opened.as_fd(), &mut |_, _, stat| {
            let blocks = u64::try_from(stat.st_blocks).unwrap_or(0).saturating_mul(512);
            let length = match FileType::from_raw_mode(stat.st_mode) {
                FileType::RegularFile => u64::try_from(stat.st_size).unwrap_or(0),
                _ => 0,
            };
            bytes = bytes.saturating_add(length.max(blocks).max(BLOCK_BYTES));
            Ok(())
        })
    });
    match walked {
        // The engine's own folders are closed to a worker that is not root.
        Ok(true) | Err(Errno::NOENT | Errno::ACCESS) => bytes,
        Ok(false) | Err(_) => u64::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn files_folders_and_holes_count_and_links_do_not_lead_anywhere() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("out");
        fs::create_dir(&root).unwrap();
        assert_eq!(size_of(&root), 0);
        fs::write(root.join("empty"), "").unwrap();
        assert_eq!(size_of(&root), BLOCK_BYTES);
        fs::File::create(root.join("sparse")).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(size_of(&root), BLOCK_BYTES + (1 << 40));
        fs::remove_file(root.join("sparse")).unwrap();
        std::os::unix::fs::symlink("/", root.join("link")).unwrap();
        assert_eq!(size_of(&root), 2 * BLOCK_BYTES);
    }

    #[test]
    fn a_tree_too_deep_to_walk_is_too_large() {
        let dir = tempfile::tempdir().unwrap();
        let mut path = dir.path().to_path_buf();
        for _ in 0..super::super::folders::MAX_DEPTH + 1 {
            path.push("d");
        }
        fs::create_dir_all(&path).unwrap();
        assert_eq!(size_of(&dir.path().to_path_buf()), u64::MAX);
    }
}
