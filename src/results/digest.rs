//! The classic contract's digest. `docs/digest.md` is the rule in words, with vectors that the tests hold this file to.

use super::spread::spread_runs;
use super::tree::{Kind, Node, RelPath, Tree, feed, own_file};
use super::{DigestRule, Left, Policy, Proof, ResultError, error::io};
use crate::poco::ResultDigest;
use alloy::primitives::{B256, keccak256};
use sha3::{Digest, Keccak256};
use std::io::Read;

/// The name of the proof, at the root of the folder only.
pub(super) const CONSENSUS: &[u8] = b"consensus.iexec";

/// Finds the digest of a classic run.
pub(super) fn prove(left: &Left<'_>, callback: bool, policy: &Policy) -> Result<Proof, ResultError> {
    let tree = Tree::open(left.outputs)?;
    let path = RelPath::join(None, CONSENSUS);
    if let Some(node) = tree.find(&path)? {
        return consensus(&tree, &node, left, callback, policy);
    }
    if callback {
        return Err(ResultError::CallbackMissing);
    }
    if !policy.accept_fallback {
        return Err(ResultError::FallbackRefused);
    }
    match all_outputs(&tree, left, policy)? {
        Some(digest) => Ok(Proof { digest, rule: DigestRule::AllOutputs, callback: None }),
        None => Ok(Proof { digest: stdout(left)?, rule: DigestRule::Stdout, callback: None }),
    }
}

fn consensus(
    tree: &Tree,
    node: &Node,
    left: &Left<'_>,
    callback: bool,
    policy: &Policy,
) -> Result<Proof, ResultError> {
    match node.kind {
        Kind::File => {}
        Kind::Dir => return Err(ResultError::ConsensusNotAFile("a folder")),
        Kind::Link => return Err(ResultError::ConsensusNotAFile("a link")),
        Kind::Special => return Err(ResultError::ConsensusNotAFile("a pipe, socket or device")),
    }
    if node.size == 0 {
        return Err(ResultError::ConsensusEmpty);
    }
    if node.size > policy.max_bytes {
        return Err(ResultError::TooLarge { limit_bytes: policy.max_bytes });
    }
    if left.baseline.is_planted(tree, node)? {
        return Err(ResultError::ConsensusPlanted);
    }
    let file = tree.file(&node.path)?;
    let what = || io("consensus.iexec");
    let (digest, callback) = if callback {
        let bytes = bounded(file, policy.max_callback_bytes).map_err(what())?;
        let bytes = bytes.ok_or(ResultError::CallbackTooLarge { limit_bytes: policy.max_callback_bytes })?;
        (keccak256(&bytes), Some(bytes))
    } else {
        let mut hash = Keccak256::new();
        feed(&mut hash, file).map_err(what())?;
        (finish(hash), None)
    };
    Ok(Proof { digest: ResultDigest(digest), rule: DigestRule::ConsensusFile, callback })
}

/// keccak-256 over `path ‖ 0x00 ‖ kind ‖ sha-256` of every new or changed file and link, sorted by path; none when
/// there is none.
fn all_outputs(tree: &Tree, left: &Left<'_>, policy: &Policy) -> Result<Option<ResultDigest>, ResultError> {
    let changed = changed(tree, left, policy, |node| matches!(node.kind, Kind::File | Kind::Link))?;
    let mut hash = Keccak256::new();
    let sum = |node: &Node| tree.sha256(node);
    spread_runs(
        &changed,
        |node| node.size,
        sum,
        |node, sum| {
            let kind = if node.kind == Kind::Link { b'l' } else { b'f' };
            hash.update(node.path.as_bytes());
            hash.update([0, kind]);
            hash.update(sum);
            Ok(())
        },
    )?;
    Ok((!changed.is_empty()).then(|| ResultDigest(finish(hash))))
}

/// What of the folder is wanted and not as it was before the run, sorted by path. All its files together are within the
/// limit: they are counted before any is read, for a sparse file can claim more bytes than any disk has.
pub(super) fn changed(
    tree: &Tree,
    left: &Left<'_>,
    policy: &Policy,
    wanted: impl Fn(&Node) -> bool,
) -> Result<Vec<Node>, ResultError> {
    let mut nodes = tree.walk(policy.max_files)?;
    nodes.retain(wanted);
    let mut changed = Vec::new();
    let mut room = policy.max_bytes;
    let is_changed = |node: &Node| match node.kind {
        Kind::Dir => Ok(!left.baseline.has(node)),
        Kind::Special => Ok(true),
        Kind::File | Kind::Link => left.baseline.is_changed(tree, node),
    };
    spread_runs(
        &nodes,
        |node| node.size,
        is_changed,
        |node, is_changed| {
            if is_changed {
                let bytes = if node.kind == Kind::File { node.size } else { 0 };
                let limit = ResultError::TooLarge { limit_bytes: policy.max_bytes };
                room = room.checked_sub(bytes).ok_or(limit)?;
                changed.push(node.clone());
            }
            Ok(())
        },
    )?;
    Ok(changed)
}

fn stdout(left: &Left<'_>) -> Result<ResultDigest, ResultError> {
    if left.logs.stdout_cut {
        return Err(ResultError::StdoutCut);
    }
    let file = own_file(&left.area.stdout())?.ok_or(ResultError::Nothing)?;
    if file.metadata().map_err(io("stdout"))?.len() == 0 {
        return Err(ResultError::Nothing);
    }
    let mut hash = Keccak256::new();
    feed(&mut hash, file).map_err(io("stdout"))?;
    Ok(ResultDigest(finish(hash)))
}

/// All of a file, or none when it is longer than `limit` bytes.
pub(super) fn bounded(file: impl Read, limit: u64) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

pub(super) fn finish(hash: Keccak256) -> B256 {
    B256::new(hash.finalize().into())
}
