//! All inputs of a task, side by side, into its folders.

use super::archive::{self, ArchiveKind, Content};
use super::checksum::Checksum;
use super::fetch::IPFS;
use super::supply::{Supply, blocking};
use super::unpack::{Unpacked, Unpacking};
use super::{InputError, Limits, check_name, name_from_url, place};
use crate::dapp::{Fetched, Folder, Input, InputName, WorkArea};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// What was done with one input, for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It is a file of its folder.
    File {
        /// Its name there.
        name: String,
    },
    /// It was an archive and lies unpacked at the folder's root; the archive itself is gone.
    Unpacked {
        /// Number of entries, folders included.
        entries: u64,
        /// Bytes of all files.
        bytes: u64,
    },
    /// It is a zip inside that its user wants whole, and is a file of its folder.
    KeptArchive {
        /// What it is.
        kind: ArchiveKind,
        /// Its name there.
        name: String,
    },
}

impl fmt::Display for Placed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name } => write!(f, "input {name}"),
            Self::Unpacked { entries, bytes } => {
                write!(f, "input unpacked: {entries} entries, {bytes} bytes")
            }
            Self::KeptArchive { kind, name } => write!(f, "input {name}, {kind}, kept whole"),
        }
    }
}

/// An input on disk, before it has found its place.
struct Download {
    input: Input,
    sum: Option<Checksum>,
    name: String,
    file: PathBuf,
    folder: PathBuf,
}

impl Supply {
    /// Gets `inputs`, at most `limits.parallel` at a time, checks them, and places them in the folders of `area` in
    /// the order they were named in. The first error ends the other downloads. The result names each input in that
    /// same order; the files belong to this process's user.
    ///
    /// What an earlier call has downloaded in part, and left in the area's folder of downloads, is gone on with.
    /// Call it off by `cancel`: a future that is dropped while archives are unpacked leaves that to end by itself.
    /// After an error the other folders may hold some of the inputs, but never a part of one: they are to be
    /// emptied.
    ///
    /// # Errors
    /// [`InputError`], of the input that failed first.
    pub async fn gather(
        &self,
        inputs: &[Input],
        area: &WorkArea,
        cancel: &CancellationToken,
    ) -> Result<(Fetched, Vec<Placed>), InputError> {
        let limits = &self.limits;
        if inputs.len() > limits.max_inputs {
            return Err(InputError::TooMany { count: inputs.len(), limit: limits.max_inputs });
        }
        let downloads = inputs
            .iter()
            .enumerate()
            .map(|(at, input)| plan(at, input, area))
            .collect::<Result<Vec<_>, InputError>>()?;
        make_folders(inputs, area)?;
        sweep(&area.downloads())?;
        let running: Vec<_> = downloads
            .iter()
            .map(|download| self.get(&download.input.url, download.sum, &download.file, cancel))
            .collect();
        stream::iter(running)
            .buffer_unordered(limits.parallel.max(1))
            .try_fold(0_u64, async |total, bytes| {
                let total = total.saturating_add(bytes);
                if total > limits.max_total_bytes {
                    return Err(InputError::TotalTooLarge { limit_bytes: limits.max_total_bytes });
                }
                Ok(total)
            })
            .await?;

        let staging = area.downloads();
        let (limits, cancel) = (limits.clone(), cancel.clone());
        let placed: Vec<Placed> = blocking(move || {
            downloads.iter().map(|download| settle(download, &staging, &limits, &cancel)).collect()
        })
        .await?;
        let names = placed
            .iter()
            .map(|placed| match placed {
                Placed::File { name } | Placed::KeptArchive { name, .. } => Some(name.clone()),
                Placed::Unpacked { .. } => None,
            })
            .collect();
        Ok((Fetched { names }, placed))
    }
}

/// Names are settled before the first byte is asked for, so that a bad one costs nothing.
fn plan(at: usize, input: &Input, area: &WorkArea) -> Result<Download, InputError> {
    if !matches!(input.url.scheme(), "http" | "https" | IPFS) {
        let scheme = input.url.scheme().into();
        return Err(InputError::Scheme { url: input.url.clone(), scheme });
    }
    let name = match &input.name {
        InputName::FromUrl => name_from_url(&input.url)?,
        InputName::Fixed(name) => {
            check_name(name)?;
            name.clone()
        }
    };
    let file = area.downloads().join(format!("input-{at}"));
    let sum = promised(input)?;
    Ok(Download { input: input.clone(), sum, name, file, folder: area.folder(input.folder) })
}

/// The checksum that the input must have, by the chain or by its own URL. By both, it is the same.
fn promised(input: &Input) -> Result<Option<Checksum>, InputError> {
    let (url, of_url) = (&input.url, Checksum::promised(&input.url)?);
    match (input.sha256.map(Checksum), of_url) {
        (Some(wanted), Some(found)) if wanted != found => Err(InputError::Checksum {
            url: url.clone(),
            found: found.to_string().into(),
            wanted: wanted.to_string().into(),
        }),
        (wanted, of_url) => Ok(wanted.or(of_url)),
    }
}

/// Removes what a kill left of archives under way; downloads stay.
fn sweep(downloads: &Path) -> Result<(), InputError> {
    let disk = |source| InputError::Disk { path: downloads.to_path_buf(), source };
    for entry in fs::read_dir(downloads).map_err(disk)? {
        let entry = entry.map_err(disk)?;
        if entry.file_type().map_err(disk)?.is_dir() {
            fs::remove_dir_all(entry.path()).map_err(disk)?;
        }
    }
    Ok(())
}

fn make_folders(inputs: &[Input], area: &WorkArea) -> Result<(), InputError> {
    let used = [Folder::Shared, Folder::In, Folder::Out]
        .into_iter()
        .filter(|folder| inputs.iter().any(|input| input.folder == *folder))
        .map(|folder| area.folder(folder));
    for path in used.chain([area.downloads()]) {
        fs::create_dir_all(&path).map_err(|source| InputError::Disk { path, source })?;
    }
    Ok(())
}

/// Checks one download and puts it where it belongs.
fn settle(
    download: &Download,
    staging: &Path,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Result<Placed, InputError> {
    let Download { input, name, file: path, folder, .. } = download;
    let disk = |source| InputError::Disk { path: path.clone(), source };
    if cancel.is_cancelled() {
        return Err(InputError::Cancelled);
    }
    let file = File::open(path).map_err(disk)?;
    let content = archive::recognise(&file, input.unpack, limits.max_entries)
        .map_err(|source| InputError::Damaged { url: input.url.clone(), source: source.into() })?;
    match content {
        Content::File => {
            place::place_file(path, folder, name)?;
            Ok(Placed::File { name: name.clone() })
        }
        Content::Kept(kind) => {
            place::place_file(path, folder, name)?;
            Ok(Placed::KeptArchive { kind, name: name.clone() })
        }
        Content::Zip | Content::Tar => {
            // Dropping the staging folder removes it, so a refused archive leaves nothing behind.
            let staging = tempfile::Builder::new().prefix("unpack-").tempdir_in(staging).map_err(disk)?;
            let unpacking = Unpacking { url: &input.url, limits, cancel };
            let Unpacked { entries, bytes } = match content {
                Content::Tar => unpacking.tar(&file, staging.path())?,
                _ => unpacking.zip(&file, staging.path())?,
            };
            place::place_tree(staging.path(), folder)?;
            fs::remove_file(path).map_err(disk)?;
            Ok(Placed::Unpacked { entries, bytes })
        }
    }
}
