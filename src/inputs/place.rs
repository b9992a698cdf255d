//! Moves what was downloaded or unpacked into the task's folder, never over anything.
//!
//! Source and folder lie in the same task's area, so that a move is a rename. Nobody else writes there: the
//! container has not been started.

use super::InputError;
use super::unpack::FILE_MODE;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Puts the file `from` into `folder` under `name`.
///
/// # Errors
/// [`InputError::NameTaken`], [`InputError::Disk`].
pub(super) fn place_file(from: &Path, folder: &Path, name: &str) -> Result<(), InputError> {
    set_mode(from, FILE_MODE)?;
    rename_new(from, &folder.join(name), name)
}

/// Moves everything below `staging` into `folder`. Folders that exist already are shared; nothing is moved when
/// any file would meet another.
///
/// # Errors
/// [`InputError::NameTaken`], [`InputError::Disk`].
pub(super) fn place_tree(staging: &Path, folder: &Path) -> Result<(), InputError> {
    check(staging, folder, "")?;
    merge(staging, folder, "")
}

/// Makes sure that no file of `from` meets anything in `to`. The depth is bounded by what was unpacked.
fn check(from: &Path, to: &Path, above: &str) -> Result<(), InputError> {
    for entry in list(from)? {
        let name = below(above, &entry);
        let target = to.join(entry.file_name());
        match fs::symlink_metadata(&target) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(InputError::Disk { path: target, source }),
            Ok(there) if there.is_dir() && is_folder(&entry)? => check(&entry.path(), &target, &name)?,
            Ok(_) => return Err(InputError::NameTaken { name }),
        }
    }
    Ok(())
}

fn merge(from: &Path, to: &Path, above: &str) -> Result<(), InputError> {
    for entry in list(from)? {
        let name = below(above, &entry);
        let target = to.join(entry.file_name());
        if is_folder(&entry)? && target.is_dir() {
            merge(&entry.path(), &target, &name)?;
        } else {
            rename_new(&entry.path(), &target, &name)?;
        }
    }
    Ok(())
}

fn rename_new(from: &Path, to: &Path, name: &str) -> Result<(), InputError> {
    renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE).map_err(|error| match error {
        Errno::EXIST => InputError::NameTaken { name: name.to_owned() },
        other => InputError::Disk { path: to.to_path_buf(), source: other.into() },
    })
}

fn set_mode(path: &Path, mode: u32) -> Result<(), InputError> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .map_err(|source| InputError::Disk { path: path.to_path_buf(), source })
}

fn list(folder: &Path) -> Result<Vec<fs::DirEntry>, InputError> {
    fs::read_dir(folder)
        .and_then(Iterator::collect)
        .map_err(|source| InputError::Disk { path: folder.to_path_buf(), source })
}

fn is_folder(entry: &fs::DirEntry) -> Result<bool, InputError> {
    entry
        .file_type()
        .map(|kind| kind.is_dir())
        .map_err(|source| InputError::Disk { path: entry.path(), source })
}

fn below(above: &str, entry: &fs::DirEntry) -> String {
    let name = entry.file_name();
    if above.is_empty() {
        name.to_string_lossy().into()
    } else {
        format!("{above}/{}", name.to_string_lossy())
    }
}
