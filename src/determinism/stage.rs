//! How the inputs come into a run's folder: the same bytes each time, in an order and with times that are chosen.
//!
//! It reads the stock, which is ours, and writes a run's area, which is handed to the sandbox's user by the container room.

use super::arrangement::Layout;
use super::{DeterminismError, Ran};
use crate::dapp::{Launch, WorkArea};
use crate::results::{Kind, Tree};
use std::ffi::OsStr;
use std::fs::{self, File, FileTimes, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// The time of every input that no variation gives another: 2020-01-01, in seconds since 1970. On the network inputs have the
/// time of their download, which no two workers share.
pub(super) const MODIFIED: i64 = 1_577_836_800;
/// Names are listed up to here.
const MOST_NAMES: usize = 100_000;
/// Folders of the desk deeper than this are taken for a loop of links.
const MAX_DEPTH: usize = 64;

/// Fills the folders of a run with what is in those of the stock.
pub(super) fn lay(
    stock: &WorkArea,
    area: &WorkArea,
    launch: &Launch,
    layout: &Layout,
) -> Result<(), DeterminismError> {
    for mount in &launch.mounts {
        let (from, to) = (stock.folder(mount.folder), area.folder(mount.folder));
        let scratch = |source| DeterminismError::Scratch { path: to.clone(), source };
        fs::create_dir_all(&to).map_err(scratch)?;
        if from.is_dir() {
            fill(&from, &to, layout).map_err(scratch)?;
        }
    }
    Ok(())
}

fn fill(from: &Path, to: &Path, layout: &Layout) -> io::Result<()> {
    let mut entries = fs::read_dir(from)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    if layout.reversed {
        entries.reverse();
    }
    let times = FileTimes::new().set_modified(time(layout.modified.unwrap_or(MODIFIED)));
    for entry in entries {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            fill(&source, &target, layout)?;
        } else {
            fs::copy(&source, &target)?;
            File::options().write(true).open(&target)?.set_times(times)?;
            if layout.closed {
                let mode = fs::metadata(&target)?.permissions().mode();
                fs::set_permissions(&target, Permissions::from_mode(mode & 0o500))?;
            }
        }
    }
    // A folder's time changes with what is put into it.
    File::open(to)?.set_times(times)
}

fn time(seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { SystemTime::UNIX_EPOCH - distance } else { SystemTime::UNIX_EPOCH + distance }
}

/// Takes a folder of this desk into the stock. Links are followed, as whoever names the folder can.
pub(super) fn copy_of_desk(from: &Path, to: &Path) -> Result<(), DeterminismError> {
    take(from, to, 0)
}

fn take(from: &Path, to: &Path, depth: usize) -> Result<(), DeterminismError> {
    let failed = |path: &Path, source| DeterminismError::File { path: path.to_path_buf(), source };
    if depth > MAX_DEPTH {
        return Err(failed(
            from,
            io::Error::other("its folders are nested too deeply, or a link leads in a circle"),
        ));
    }
    fs::create_dir_all(to).map_err(|source| failed(to, source))?;
    for entry in fs::read_dir(from).map_err(|source| failed(from, source))? {
        let entry = entry.map_err(|source| failed(from, source))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = fs::metadata(&source).map_err(|error| failed(&source, error))?;
        if kind.is_dir() {
            take(&source, &target, depth + 1)?;
        } else if !kind.is_file() {
            return Err(DeterminismError::InputKind(source));
        } else if fs::symlink_metadata(&target).is_ok() {
            return Err(DeterminismError::NameTaken(entry.file_name().to_string_lossy().into_owned()));
        } else {
            fs::copy(&source, &target).map_err(|error| failed(&source, error))?;
        }
    }
    Ok(())
}

/// The names of all inputs, sorted.
pub(super) fn names(stock: &WorkArea, launch: &Launch) -> Result<Vec<String>, DeterminismError> {
    let mut names = Vec::new();
    for folder in
        launch.mounts.iter().map(|mount| stock.folder(mount.folder)).filter(|folder| folder.is_dir())
    {
        let nodes = Tree::open(&folder)?.walk(MOST_NAMES)?;
        names.extend(nodes.iter().filter(|node| node.kind == Kind::File).map(|node| node.path.to_string()));
    }
    names.sort();
    Ok(names)
}

/// Copies what a run made to a folder of the person's own.
///
/// # Errors
/// [`DeterminismError::NotEmpty`], [`DeterminismError::File`].
pub fn take_out(ran: &Ran, to: &Path) -> Result<(), DeterminismError> {
    let failed = |source| DeterminismError::File { path: to.to_path_buf(), source };
    fs::create_dir_all(to).map_err(failed)?;
    if fs::read_dir(to).map_err(failed)?.next().is_some() {
        return Err(DeterminismError::NotEmpty(to.to_path_buf()));
    }
    let tree = Tree::open(&ran.outputs)?;
    for item in ran.items()?.into_iter().filter(|item| item.made) {
        let target = to.join(OsStr::from_bytes(item.path.as_bytes()));
        let folder = if item.kind == Kind::Dir { Some(target.as_path()) } else { target.parent() };
        folder.map_or(Ok(()), fs::create_dir_all).map_err(failed)?;
        // Links stay behind: they lead where the dapp says.
        if item.kind == Kind::File {
            let mut file = File::create_new(&target).map_err(failed)?;
            io::copy(&mut tree.file(&item.path)?, &mut file).map_err(failed)?;
        }
    }
    Ok(())
}
