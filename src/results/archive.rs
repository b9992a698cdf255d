//! The archive that is handed to the requester: a zip of what the dapp left, with its stdout and stderr.
//!
//! The same outputs give the same bytes: entries sorted by path, one fixed time, no owners. Inputs that the dapp did not
//! change are left out. A link is kept as a link if it points, by relative names, to somewhere inside of the folder; others
//! are left out and told, so that nobody who unpacks a stranger's result reads a file of their own through it. Pipes,
//! sockets and devices are left out. A name that is no UTF-8 is written with `%XX` for its bytes.

use super::tree::{Kind, Node, RelPath, Tree, feed, own_file};
use super::{Left, Policy, ResultError, error::io};
use crate::dapp::ProofRule;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::PathBuf;
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

/// A written archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// Where it is.
    pub path: PathBuf,
    /// Its length.
    pub size_bytes: u64,
    /// The sha-256 of its bytes.
    pub sha256: [u8; 32],
    /// Links and special files that were not taken along.
    pub left_out: Vec<RelPath>,
}

type Writer<'a> = ZipWriter<&'a mut File>;

/// Writes the archive beside its final place and moves it there when it is whole.
pub(super) fn pack(left: &Left<'_>, rule: ProofRule, policy: &Policy) -> Result<Archive, ResultError> {
    let path = left.area.archive();
    let mut temporary = tempfile::NamedTempFile::new_in(left.area.root()).map_err(io("the archive"))?;
    let mut zip = ZipWriter::new(temporary.as_file_mut());
    let left_out = fill(&mut zip, left, rule, policy)?;
    zip.finish().map_err(zip_io)?;
    let file = temporary.as_file_mut();
    file.rewind().map_err(io("the archive"))?;
    let mut hash = Sha256::new();
    feed(&mut hash, &mut *file).map_err(io("the archive"))?;
    file.sync_all().map_err(io("the archive"))?;
    let size_bytes = file.metadata().map_err(io("the archive"))?.len();
    temporary.persist(&path).map_err(|fault| io("the archive")(fault.error))?;
    Ok(Archive { path, size_bytes, sha256: hash.finalize().into(), left_out })
}

fn fill(
    zip: &mut Writer<'_>,
    left: &Left<'_>,
    rule: ProofRule,
    policy: &Policy,
) -> Result<Vec<RelPath>, ResultError> {
    let tree = Tree::open(left.outputs)?;
    let logs = open_logs(left)?;
    // The live contract's worker writes its logs over the dapp's files of those names; the classic contract's dapp
    // keeps its own, and the logs take the next free name.
    let replaced = |node: &Node| {
        matches!(rule, ProofRule::ComputedJson { .. })
            && logs.iter().any(|(stem, _)| node.path.as_bytes() == format!("{stem}.txt").as_bytes())
    };
    let mut names = BTreeSet::new();
    let mut left_out = Vec::new();
    let mut room = policy.max_bytes;
    for node in tree.walk(policy.max_files)? {
        let skip = match node.kind {
            Kind::Dir => left.baseline.has(&node),
            Kind::Special => false,
            Kind::File | Kind::Link => replaced(&node) || !left.baseline.is_changed(&tree, &node)?,
        };
        if skip {
            continue;
        }
        if node.kind == Kind::File {
            let limit = ResultError::TooLarge { limit_bytes: policy.max_bytes };
            room = room.checked_sub(node.size).ok_or(limit)?;
        }
        // Only an escaped name can meet another one; the one that comes first is kept.
        let name = node.path.archive_name();
        if !names.contains(&name) && entry(zip, &tree, &node, &name)? {
            names.insert(name);
        } else {
            left_out.push(node.path);
        }
    }
    for (stem, file) in logs {
        let numbered = (2_u64..).map(|n| format!("{stem}.{n}.txt"));
        let mut candidates = std::iter::once(format!("{stem}.txt")).chain(numbered);
        if let Some(name) = candidates.find(|name| !names.contains(name)) {
            let size = file.metadata().map_err(io(stem))?.len();
            write(zip, &name, options(0o644, size), file)?;
        }
    }
    Ok(left_out)
}

/// The kept stdout and stderr, those of them that are not empty.
fn open_logs(left: &Left<'_>) -> Result<Vec<(&'static str, File)>, ResultError> {
    let mut logs = Vec::new();
    for (stem, path) in [("stdout", left.area.stdout()), ("stderr", left.area.stderr())] {
        if let Some(file) = own_file(&path)?
            && file.metadata().map_err(io(stem))?.len() > 0
        {
            logs.push((stem, file));
        }
    }
    Ok(logs)
}

/// Writes one entry; false when it is of a sort that is left out.
fn entry(zip: &mut Writer<'_>, tree: &Tree, node: &Node, name: &str) -> Result<bool, ResultError> {
    match node.kind {
        Kind::Dir => zip.add_directory(name, options(node.mode, 0)).map_err(zip_io)?,
        Kind::File => {
            write(zip, name, options(node.mode, node.size), tree.file(&node.path)?.take(node.size))?
        }
        Kind::Link => match String::from_utf8(tree.target(&node.path)?) {
            Ok(target) if stays_inside(&node.path, &target) => {
                zip.add_symlink(name, target, options(0o777, 0)).map_err(zip_io)?;
            }
            _ => return Ok(false),
        },
        Kind::Special => return Ok(false),
    }
    Ok(true)
}

fn write(
    zip: &mut Writer<'_>,
    name: &str,
    options: SimpleFileOptions,
    mut file: impl Read,
) -> Result<(), ResultError> {
    zip.start_file(name, options).map_err(zip_io)?;
    std::io::copy(&mut file, zip).map_err(io("the archive"))?;
    Ok(())
}

fn options(mode: u32, size: u64) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(mode)
        .large_file(size >= u64::from(u32::MAX) / 2)
}

fn zip_io(fault: zip::result::ZipError) -> ResultError {
    io("the archive")(fault.into())
}

/// Whether a link at `path` points, by relative names, to a place inside of the folder. `..` is taken only at the
/// front, where it leaves a real folder; after a name it could leave what another link leads to.
fn stays_inside(path: &RelPath, target: &str) -> bool {
    if target.is_empty() || target.starts_with('/') || target.contains(['\\', ':']) {
        return false;
    }
    let names: Vec<&str> = target.split('/').filter(|name| !matches!(*name, "" | ".")).collect();
    let up = names.iter().take_while(|name| **name == "..").count();
    up < path.depth() && !names.iter().skip(up).any(|name| *name == "..")
}
