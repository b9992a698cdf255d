//! The archive that is handed to the requester: a zip of what the dapp left, with its stdout and stderr.
//!
//! The same outputs give the same bytes: entries sorted by path, one fixed time, no owners. Inputs that the dapp did not
//! change are left out. A link is kept as a link if it points, by relative names, to somewhere inside of the folder; others
//! are left out and told, so that nobody who unpacks a stranger's result reads a file of their own through it. Pipes,
//! sockets and devices are left out. A name that is no UTF-8 is written with `%XX` for its bytes.

use super::digest::changed;
use super::entry::{Packed, Writer, options, write, zip_io};
use super::spread::spread;
use super::tree::{Kind, Node, RelPath, Tree, feed, own_file};
use super::{Left, Policy, ResultError, error::io};
use crate::dapp::ProofRule;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::thread;
use zip::ZipWriter;

/// How much of the archive is written at once.
const WRITE_BYTES: usize = 256 * 1024;

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

/// Writes the archive beside its final place and moves it there when it is whole.
pub(super) fn pack(left: &Left<'_>, rule: ProofRule, policy: &Policy) -> Result<Archive, ResultError> {
    let path = left.area.archive();
    let mut temporary = tempfile::NamedTempFile::new_in(left.area.root()).map_err(io("the archive"))?;
    let mut zip = ZipWriter::new(BufWriter::with_capacity(WRITE_BYTES, temporary.as_file_mut()));
    let left_out = fill(&mut zip, left, rule, policy)?;
    zip.finish().map_err(zip_io)?.flush().map_err(io("the archive"))?;
    let file = temporary.as_file();
    let mut from = file;
    from.rewind().map_err(io("the archive"))?;
    // The disk takes what is hashed meanwhile.
    let (synced, sha256) = thread::scope(|scope| {
        let sync = scope.spawn(|| file.sync_all());
        let mut hash = Sha256::new();
        let hashed = feed(&mut hash, from).map(|()| hash.finalize().into());
        (sync.join().unwrap_or_else(|panic| resume_unwind(panic)), hashed)
    });
    synced.map_err(io("the archive"))?;
    let sha256 = sha256.map_err(io("the archive"))?;
    let size_bytes = file.metadata().map_err(io("the archive"))?.len();
    temporary.persist(&path).map_err(|fault| io("the archive")(fault.error))?;
    Ok(Archive { path, size_bytes, sha256, left_out })
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
    let nodes = changed(&tree, left, policy, |node| !replaced(node))?;
    let packing = |node: &Node| match node.kind {
        Kind::File => Packed::new(&tree, node, left.area.root()).map(Some),
        Kind::Dir | Kind::Link | Kind::Special => Ok(None),
    };
    spread(&nodes, packing, |node, packed| {
        // Only an escaped name can meet another one; the one that comes first is kept.
        let name = node.path.archive_name();
        let kept = !names.contains(&name)
            && match packed {
                Some(packed) => packed.copy(zip, node).map(|()| true)?,
                None => entry(zip, &tree, node, &name)?,
            };
        if kept {
            names.insert(name);
        } else {
            left_out.push(node.path.clone());
        }
        Ok(())
    })?;
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

/// Writes an entry that has no content of its own; false when it is of a sort that is left out.
fn entry(zip: &mut Writer<'_>, tree: &Tree, node: &Node, name: &str) -> Result<bool, ResultError> {
    match node.kind {
        Kind::Dir => zip.add_directory(name, options(node.mode, 0)).map_err(zip_io)?,
        Kind::Link => match String::from_utf8(tree.target(&node.path)?) {
            Ok(target) if stays_inside(&node.path, &target) => {
                zip.add_symlink(name, target, options(0o777, 0)).map_err(zip_io)?;
            }
            _ => return Ok(false),
        },
        Kind::File | Kind::Special => return Ok(false),
    }
    Ok(true)
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
