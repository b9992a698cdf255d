//! The folder that an archive is unpacked into: nothing can be made outside of it.
//!
//! Paths are not joined to the folder's own: the kernel walks each from the open folder, once, and is told to
//! refuse what leaves it, links, and other file systems (`openat2`, Linux 5.6). Where that call is missing or
//! forbidden, each component is opened from the one above it, and links are refused all the same.

use super::path::EntryPath;
use crate::inputs::InputError;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, fchmod, mkdirat, openat, openat2};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const NEW_FILE: OFlags =
    OFlags::WRONLY.union(OFlags::CREATE).union(OFlags::EXCL).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const INSIDE: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_MAGICLINKS)
    .union(ResolveFlags::NO_XDEV);

/// An open folder, the only way to what lies below it.
pub(super) struct Root {
    folder: OwnedFd,
    /// For messages.
    path: PathBuf,
    at_once: bool,
}

impl Root {
    /// Opens the folder.
    pub(super) fn open(path: &Path) -> Result<Self, InputError> {
        let disk = |error: Errno| InputError::Disk { path: path.to_path_buf(), source: error.into() };
        let folder = openat(CWD, path, FOLDER, Mode::empty()).map_err(disk)?;
        let at_once = openat2(&folder, c".", FOLDER, Mode::empty(), INSIDE).is_ok();
        Ok(Self { folder, path: path.to_path_buf(), at_once })
    }

    /// Makes a file that was not there.
    pub(super) fn make_file(&self, path: &EntryPath, mode: u32) -> io::Result<File> {
        let file = self.opened(path.as_str(), NEW_FILE, Mode::from_raw_mode(mode))?;
        // The process's mask took its part.
        fchmod(&file, Mode::from_raw_mode(mode))?;
        Ok(file.into())
    }

    /// Makes a folder that was not there, in a folder that is.
    pub(super) fn make_folder(&self, path: &EntryPath, mode: u32) -> io::Result<()> {
        match path.as_str().rsplit_once('/') {
            Some((above, name)) => mkdirat(self.opened(above, FOLDER, Mode::empty())?, name, Mode::RWXU)?,
            None => mkdirat(&self.folder, path.as_str(), Mode::RWXU)?,
        }
        self.set_mode(path, mode)
    }

    /// Sets the mode of a folder.
    pub(super) fn set_mode(&self, path: &EntryPath, mode: u32) -> io::Result<()> {
        Ok(fchmod(self.opened(path.as_str(), FOLDER, Mode::empty())?, Mode::from_raw_mode(mode))?)
    }

    /// This host's own failure at `path`.
    pub(super) fn disk(&self, path: &EntryPath, source: io::Error) -> InputError {
        InputError::Disk { path: self.path.join(path.as_str()), source }
    }

    fn opened(&self, path: &str, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
        if self.at_once {
            return openat2(&self.folder, path, flags, mode, INSIDE);
        }
        let mut above: Option<OwnedFd> = None;
        let mut rest = path;
        while let Some((part, below)) = rest.split_once('/') {
            above = Some(openat(above.as_ref().unwrap_or(&self.folder), part, FOLDER, Mode::empty())?);
            rest = below;
        }
        openat(above.as_ref().unwrap_or(&self.folder), rest, flags, mode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::Limits;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn path(text: &str) -> EntryPath {
        EntryPath::read(text, &Limits::default()).unwrap()
    }

    /// Both ways of walking keep the same promises.
    fn both(check: impl Fn(&Root, &Path)) {
        for at_once in [true, false] {
            let dir = tempfile::tempdir().unwrap();
            std::fs::create_dir(dir.path().join("inside")).unwrap();
            let root = Root { at_once, ..Root::open(&dir.path().join("inside")).unwrap() };
            check(&root, dir.path());
        }
    }

    #[test]
    fn files_and_folders_get_their_modes_whatever_the_mask() {
        both(|root, dir| {
            root.make_folder(&path("a"), 0o777).unwrap();
            root.make_folder(&path("a/b"), 0o700).unwrap();
            root.make_file(&path("a/b/c"), 0o666).unwrap();
            let mode = |at: &str| std::fs::metadata(dir.join(at)).unwrap().permissions().mode() & 0o7777;
            assert_eq!([mode("inside/a"), mode("inside/a/b"), mode("inside/a/b/c")], [0o777, 0o700, 0o666]);
        });
    }

    #[test]
    fn a_link_is_not_followed_wherever_it_stands() {
        both(|root, dir| {
            std::fs::create_dir(dir.join("outside")).unwrap();
            symlink(dir.join("outside"), dir.join("inside/absolute")).unwrap();
            symlink("../outside", dir.join("inside/relative")).unwrap();
            symlink("../outside/new", dir.join("inside/file")).unwrap();
            for link in ["absolute", "relative"] {
                assert!(root.make_file(&path(&format!("{link}/x")), 0o644).is_err());
                assert!(root.make_folder(&path(&format!("{link}/x")), 0o755).is_err());
                assert!(root.make_folder(&path(link), 0o755).is_err());
            }
            assert!(root.make_file(&path("file"), 0o644).is_err());
            assert_eq!(std::fs::read_dir(dir.join("outside")).unwrap().count(), 0);
        });
    }

    #[test]
    fn nothing_is_made_twice() {
        both(|root, _| {
            root.make_file(&path("x"), 0o644).unwrap();
            let again = root.make_file(&path("x"), 0o644).unwrap_err();
            assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(root.make_folder(&path("x"), 0o755).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        });
    }
}
