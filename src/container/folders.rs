//! The task's folders around a run: handed to the sandbox's user before, taken back and removed after.
//!
//! What a dapp leaves is hostile: folders that are unreadable, trees deeper than a path can be long, links to
//! anywhere. So nothing here follows a link or walks a path twice: a folder is opened once, relative to the one
//! above it, and its entries are reached through it. A worker that is not root is the sandbox's user itself, and what
//! the dapp closed to that user is closed to the worker: it is opened again by its handle, never by its name.

use super::{ContainerError, SandboxUser};
use crate::dapp::{Mount, WorkArea};
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Gid, Mode, OFlags, RawDir, RenameFlags, Stat, Uid, chownat, openat,
    renameat_with, statat, unlinkat,
};
use rustix::io::Errno;
use std::ffi::CStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// How many folders are held open on the way down. What lies deeper is no honest result.
pub(super) const MAX_DEPTH: usize = 128;
/// Below this depth, removal moves a folder up before it goes on.
const REMOVE_DEPTH: usize = 32;

/// Makes the folders of `mounts` in `area` where they are missing and gives them, with all that is in them, to `user`.
/// The area itself is closed to everyone else on this host. Giving away takes root; a worker that is not root is the
/// sandbox's user itself.
///
/// # Errors
/// [`ContainerError::Disk`].
pub fn hand_over(area: &WorkArea, mounts: &[Mount], user: SandboxUser) -> Result<(), ContainerError> {
    let root = area.root();
    fs::create_dir_all(root).map_err(|e| disk(root, e))?;
    mode(root, 0o700)?;
    for mount in mounts {
        let path = area.folder(mount.folder);
        fs::create_dir_all(&path).map_err(|e| disk(&path, e))?;
        mode(&path, 0o755)?;
        if rustix::process::geteuid().is_root() {
            give(&path, user).map_err(|e| disk(&path, e.into()))?;
        }
    }
    Ok(())
}

/// Opens to this process what the dapp closed to itself in a folder. For root nothing is closed.
pub(super) fn take_back(folder: &Path) -> Result<(), Errno> {
    if rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let opened = open_again(CWD, folder)?;
    visit(opened.as_fd(), &mut |at, name, stat| {
        let closed = !Mode::from_raw_mode(stat.st_mode).contains(Mode::RUSR);
        if closed && FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
            let file = openat(at, name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
            change_mode(&file, Mode::RUSR)?;
        }
        Ok(())
    })?;
    Ok(())
}

/// Removes the area and everything in it, whoever made it and however deep it is. A missing area is no error.
///
/// # Errors
/// [`ContainerError::Disk`].
pub fn clear_area(area: &WorkArea) -> Result<(), ContainerError> {
    let root = area.root();
    let top = match open_folder(CWD, root) {
        Err(Errno::NOENT) => return Ok(()),
        opened => opened.map_err(|e| disk(root, e.into()))?,
    };
    let mut moved = 0;
    loop {
        let before = moved;
        // Opened anew for each round: a folder that was read to its end would look empty.
        let left = open_folder(&top, c".")
            .and_then(|round| empty(round.as_fd(), top.as_fd(), 0, &mut moved))
            .map_err(|e| disk(root, e.into()))?;
        if left == 0 {
            break;
        }
        if moved == before {
            return Err(disk(root, Errno::NOTEMPTY.into()));
        }
    }
    fs::remove_dir(root).map_err(|e| disk(root, e))
}

/// Removes all of the area but what was downloaded to it: what an earlier run left, and the record of that run.
///
/// # Errors
/// [`ContainerError::Disk`].
pub fn clear_but_downloads(area: &WorkArea) -> Result<(), ContainerError> {
    let root = area.root();
    let failed = |error| disk(root, error);
    let entries = match fs::read_dir(root) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(failed)?,
    };
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        if path == area.downloads() {
            continue;
        }
        if entry.file_type().map_err(failed)?.is_dir() {
            clear_area(&WorkArea::new(path))?;
        } else {
            fs::remove_file(&path).map_err(failed)?;
        }
    }
    Ok(())
}

/// Visits everything below `folder`, which is not visited itself, without following links. Entries that vanish
/// meanwhile are passed over. Answers whether the tree was seen whole: what lies deeper than [`MAX_DEPTH`] is not.
pub(super) fn visit(
    folder: BorrowedFd<'_>,
    see: &mut dyn FnMut(BorrowedFd<'_>, &CStr, &Stat) -> Result<(), Errno>,
) -> Result<bool, Errno> {
    visit_at(folder, 0, see)
}

fn visit_at(
    folder: BorrowedFd<'_>,
    depth: usize,
    see: &mut dyn FnMut(BorrowedFd<'_>, &CStr, &Stat) -> Result<(), Errno>,
) -> Result<bool, Errno> {
    let mut whole = true;
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if is_dots(name) {
            continue;
        }
        let stat = match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => continue,
            stat => stat?,
        };
        see(folder, name, &stat)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
            continue;
        }
        if depth + 1 >= MAX_DEPTH {
            whole = false;
            continue;
        }
        let below = match open_folder(folder, name) {
            Err(Errno::ACCESS) => open_again(folder, name),
            opened => opened,
        };
        match below {
            // It vanished, became something else, or is another's.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::ACCESS | Errno::PERM) => {}
            below => whole &= visit_at(below?.as_fd(), depth + 1, see)?,
        }
    }
    Ok(whole)
}

/// Opens a folder, never through a link as its last part.
pub(super) fn open_folder<P: rustix::path::Arg>(at: impl AsFd, name: P) -> Result<OwnedFd, Errno> {
    openat(at, name, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}

/// Opens a folder of one's own that was closed, and leaves it open to its owner.
fn open_again<P: rustix::path::Arg>(at: impl AsFd, name: P) -> Result<OwnedFd, Errno> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = openat(at, name, flags, Mode::empty())?;
    change_mode(&folder, Mode::RWXU)?;
    open_folder(&folder, c".")
}

/// Adds to the rights of what a handle stands for, whatever has taken its name meanwhile.
fn change_mode(handle: &OwnedFd, add: Mode) -> Result<(), Errno> {
    let mode = Mode::from_raw_mode(rustix::fs::fstat(handle)?.st_mode);
    rustix::fs::chmod(format!("/proc/self/fd/{}", handle.as_raw_fd()), mode | add)
}

fn give(path: &Path, user: SandboxUser) -> Result<(), Errno> {
    let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
    let folder = open_folder(CWD, path)?;
    rustix::fs::fchown(&folder, Some(uid), Some(gid))?;
    visit(folder.as_fd(), &mut |at, name, _| {
        chownat(at, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)
    })?;
    Ok(())
}

/// Removes what is in a folder and answers how many entries had to stay. What is too deep is moved to `top`, where the
/// next round finds it.
fn empty(folder: BorrowedFd<'_>, top: BorrowedFd<'_>, depth: usize, moved: &mut u64) -> Result<u64, Errno> {
    let mut left = 0;
    let mut buffer = Vec::with_capacity(8192);
    let mut entries = RawDir::new(folder, buffer.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name();
        if is_dots(name) {
            continue;
        }
        let stat = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
            unlinkat(folder, name, AtFlags::empty())?;
            continue;
        }
        let below = open_again(folder, name)?;
        if depth >= REMOVE_DEPTH {
            left += 1;
            *moved += 1;
            let aside = format!(".poco-aside-{moved}");
            renameat_with(folder, name, top, aside, RenameFlags::NOREPLACE)?;
            continue;
        }
        left += empty(below.as_fd(), top, depth + 1, moved)?;
        drop(below);
        match unlinkat(folder, name, AtFlags::REMOVEDIR) {
            Err(Errno::NOTEMPTY | Errno::EXIST) => left += 1,
            done => done?,
        }
    }
    Ok(left)
}

fn is_dots(name: &CStr) -> bool {
    matches!(name.to_bytes(), b"." | b"..")
}

fn mode(path: &Path, mode: u32) -> Result<(), ContainerError> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(|e| disk(path, e))
}

fn disk(path: &Path, source: std::io::Error) -> ContainerError {
    ContainerError::Disk { path: path.to_path_buf(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dapp::Folder;
    use std::os::unix::fs::{MetadataExt, symlink};

    const MOUNTS: [Mount; 1] = [Mount { folder: Folder::Shared, target: "/iexec", writable: true }];

    fn area() -> (tempfile::TempDir, WorkArea) {
        let dir = tempfile::tempdir().unwrap();
        let area = WorkArea::new(dir.path().join("task"));
        (dir, area)
    }

    #[test]
    fn only_downloads_outlive_a_run() {
        let (_dir, area) = area();
        clear_but_downloads(&area).unwrap();
        hand_over(&area, &MOUNTS, SandboxUser::of_this_host()).unwrap();
        fs::write(area.folder(Folder::Shared).join("once"), "").unwrap();
        fs::write(area.stdout(), "").unwrap();
        fs::write(area.root().join("run.json"), "").unwrap();
        fs::create_dir(area.downloads()).unwrap();
        fs::write(area.downloads().join("part"), "half").unwrap();
        clear_but_downloads(&area).unwrap();
        let left: Vec<_> = fs::read_dir(area.root()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(left, [area.downloads()]);
        assert_eq!(fs::read(area.downloads().join("part")).unwrap(), b"half");
    }

    #[test]
    fn a_tree_is_handed_over_without_following_its_links() {
        let (dir, area) = area();
        let outside = dir.path().join("outside");
        fs::write(&outside, "").unwrap();
        let folder = area.folder(Folder::Shared);
        fs::create_dir_all(folder.join("a/b")).unwrap();
        fs::write(folder.join("a/b/c"), "").unwrap();
        symlink(&outside, folder.join("link")).unwrap();
        let user = SandboxUser::of_this_host();
        hand_over(&area, &MOUNTS, user).unwrap();
        let owner = |path: &Path| fs::symlink_metadata(path).unwrap().uid();
        for path in [&folder, &folder.join("a/b/c"), &folder.join("link")] {
            assert_eq!(owner(path), user.uid);
        }
        assert_eq!(owner(&outside), rustix::process::geteuid().as_raw());
        assert_eq!(fs::metadata(area.root()).unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn closed_folders_and_links_are_removed_and_what_they_point_at_is_not() {
        let (dir, area) = area();
        let outside = dir.path().join("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("kept"), "").unwrap();
        let closed = area.folder(Folder::Shared).join("closed");
        fs::create_dir_all(&closed).unwrap();
        fs::write(closed.join("file"), "").unwrap();
        symlink(&outside, area.folder(Folder::Shared).join("link")).unwrap();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o0)).unwrap();
        clear_area(&area).unwrap();
        assert!(!area.root().exists() && outside.join("kept").exists());
        clear_area(&area).unwrap();
    }

    #[test]
    fn a_tree_deeper_than_a_path_is_removed() {
        let (_dir, area) = area();
        fs::create_dir_all(area.folder(Folder::Shared)).unwrap();
        let mut at = open_folder(CWD, area.folder(Folder::Shared)).unwrap();
        for _ in 0..4_000 {
            rustix::fs::mkdirat(&at, "d", Mode::RWXU).unwrap();
            at = open_folder(&at, "d").unwrap();
        }
        drop(at);
        clear_area(&area).unwrap();
        assert!(!area.root().exists());
    }
}
