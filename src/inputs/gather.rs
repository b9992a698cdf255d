//! All inputs of a task, side by side, into its folders.

use super::archive::{self, ArchiveKind, Content};
use super::unpack::{Unpacked, Unpacking};
use super::{Fetch, InputError, Limits, apart, check_name, name_from_url, place};
use crate::dapp::{Fetched, Folder, Input, InputName, WorkArea};
use futures_util::{StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};
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
    /// It was a zip and lies unpacked at the folder's root; the zip itself is gone.
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
    name: String,
    file: PathBuf,
    folder: PathBuf,
}

/// Downloads `inputs`, at most `limits.parallel` at a time, checks them, and places them in the folders of `area`
/// in the order they were named in. The first error ends the other downloads. The result names each input in that
/// same order; the files belong to this process's user.
///
/// Call it off by `cancel`: a future that is dropped while archives are unpacked leaves that to end by itself.
/// After an error the area may hold some of the inputs, but never a part of one: it is to be removed.
///
/// # Errors
/// [`InputError`], of the input that failed first.
pub async fn fetch_all(
    fetch: &dyn Fetch,
    inputs: &[Input],
    area: &WorkArea,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Result<(Fetched, Vec<Placed>), InputError> {
    if inputs.len() > limits.max_inputs {
        return Err(InputError::TooMany { count: inputs.len(), limit: limits.max_inputs });
    }
    let downloads = inputs
        .iter()
        .enumerate()
        .map(|(at, input)| plan(at, input, area))
        .collect::<Result<Vec<_>, InputError>>()?;
    make_folders(inputs, area)?;
    let running: Vec<_> = downloads
        .iter()
        .map(|download| fetch.fetch(&download.input.url, &download.file, limits, cancel))
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
    let placing = apart(move || {
        downloads
            .iter()
            .map(|download| settle(download, &staging, &limits, &cancel))
            .collect::<Result<Vec<_>, _>>()
    });
    let placed: Vec<Placed> = match placing.await {
        Ok(done) => done?,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    };
    let names = placed
        .iter()
        .map(|placed| match placed {
            Placed::File { name } | Placed::KeptArchive { name, .. } => Some(name.clone()),
            Placed::Unpacked { .. } => None,
        })
        .collect();
    Ok((Fetched { names }, placed))
}

/// Names are settled before the first byte is asked for, so that a bad one costs nothing.
fn plan(at: usize, input: &Input, area: &WorkArea) -> Result<Download, InputError> {
    if !matches!(input.url.scheme(), "http" | "https") {
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
    Ok(Download { input: input.clone(), name, file, folder: area.folder(input.folder) })
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
    let Download { input, name, file: path, folder } = download;
    let disk = |source| InputError::Disk { path: path.clone(), source };
    if cancel.is_cancelled() {
        return Err(InputError::Cancelled);
    }
    let mut file = File::open(path).map_err(disk)?;
    if let Some(wanted) = input.sha256 {
        check_sum(&mut file, wanted, download)?;
    }
    let content = if input.unpack {
        archive::recognise(&mut file, limits.max_entries)
            .map_err(|source| InputError::Damaged { url: input.url.clone(), source: source.into() })?
    } else {
        Content::File
    };
    match content {
        Content::File => {
            place::place_file(path, folder, name)?;
            Ok(Placed::File { name: name.clone() })
        }
        Content::Kept(kind) => {
            place::place_file(path, folder, name)?;
            Ok(Placed::KeptArchive { kind, name: name.clone() })
        }
        Content::Zip => {
            // Dropping the staging folder removes it, so a refused archive leaves nothing behind.
            let staging = tempfile::Builder::new().prefix("unpack-").tempdir_in(staging).map_err(disk)?;
            let Unpacked { entries, bytes } =
                Unpacking { url: &input.url, limits, cancel }.zip(&file, staging.path())?;
            place::place_tree(staging.path(), folder)?;
            fs::remove_file(path).map_err(disk)?;
            Ok(Placed::Unpacked { entries, bytes })
        }
    }
}

fn check_sum(file: &mut File, wanted: [u8; 32], download: &Download) -> Result<(), InputError> {
    let mut hasher = Sha256::new();
    std::io::copy(file, &mut hasher)
        .map_err(|source| InputError::Disk { path: download.file.clone(), source })?;
    let found: [u8; 32] = hasher.finalize().into();
    if found == wanted {
        return Ok(());
    }
    Err(InputError::Checksum {
        url: download.input.url.clone(),
        found: hex::encode(found).into(),
        wanted: hex::encode(wanted).into(),
    })
}
