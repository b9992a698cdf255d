//! The live contract's digest: what `/iexec_out/computed.json` names (protocol reference, chapter 3.6).
//!
//! The worker's own `stdout.txt` and `stderr.txt` lie in `/iexec_out` when the live network's worker takes the
//! digest, in place of the dapp's files of those names; so they do here, without being written there.

use super::digest::{bounded, finish};
use super::tree::{Kind, Node, RelPath, Tree, feed, own_file};
use super::{DigestRule, Left, Policy, Proof, ResultError, error::io};
use crate::poco::ResultDigest;
use alloy::primitives::{B256, keccak256};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use sha3::Keccak256;
use std::fs::File;

const MAX_NAME: usize = 31;
const OUT: &str = "/iexec_out";

/// The keys that decide; all others are passed over, as there.
#[derive(Debug, Deserialize)]
struct Computed {
    #[serde(rename = "deterministic-output-path")]
    path: Option<String>,
    #[serde(rename = "callback-data")]
    callback_data: Option<String>,
    #[serde(rename = "result-digest")]
    digest: Option<String>,
}

/// Finds the digest of a run of the live contract.
pub(super) fn prove(left: &Left<'_>, callback: bool, policy: &Policy) -> Result<Proof, ResultError> {
    let tree = Tree::open(left.outputs)?;
    let computed = read(&tree, policy)?;
    check_names(&tree, policy)?;
    let proof = if callback {
        let bytes = callback_data(computed.callback_data.as_deref().unwrap_or_default(), policy)?;
        Proof {
            digest: ResultDigest(keccak256(&bytes)),
            rule: DigestRule::ComputedCallback,
            callback: Some(bytes),
        }
    } else {
        let path = computed.path.as_deref().filter(|path| !path.is_empty());
        let path =
            path.ok_or_else(|| ResultError::ComputedInvalid("has no deterministic-output-path".into()))?;
        let (digest, rule) = output(&tree, path, left, policy)?;
        Proof { digest: ResultDigest(digest), rule, callback: None }
    };
    match computed.digest.filter(|named| !named.is_empty()) {
        Some(named) if !named.eq_ignore_ascii_case(&proof.digest.to_string()) => {
            Err(ResultError::DigestDiffers { named, found: proof.digest.to_string() })
        }
        _ => Ok(proof),
    }
}

fn read(tree: &Tree, policy: &Policy) -> Result<Computed, ResultError> {
    let path = RelPath::join(None, b"computed.json");
    match tree.find(&path)? {
        None => return Err(ResultError::ComputedMissing),
        Some(node) if node.kind != Kind::File => {
            return Err(ResultError::ComputedInvalid("is not an ordinary file".into()));
        }
        Some(_) => {}
    }
    // Hexadecimal callback data takes two characters a byte; the rest is small.
    let limit = policy.max_callback_bytes.saturating_mul(2).saturating_add(64 * 1024);
    let bytes = bounded(tree.file(&path)?, limit).map_err(io("computed.json"))?;
    let bytes = bytes.ok_or(ResultError::CallbackTooLarge { limit_bytes: policy.max_callback_bytes })?;
    serde_json::from_slice(&bytes)
        .map_err(|fault| ResultError::ComputedInvalid(format!("is not readable: {fault}")))
}

fn check_names(tree: &Tree, policy: &Policy) -> Result<(), ResultError> {
    let long = |node: &Node| {
        node.kind != Kind::Dir && String::from_utf8_lossy(node.path.name()).encode_utf16().count() > MAX_NAME
    };
    match tree.walk(policy.max_files)?.iter().find(|node| long(node)) {
        Some(node) => Err(ResultError::NameTooLong(node.path.to_string())),
        None => Ok(()),
    }
}

/// Hexadecimal with or without `0x`; an odd digit in front is a byte of its own, as there.
fn callback_data(text: &str, policy: &Policy) -> Result<Vec<u8>, ResultError> {
    if text.is_empty() {
        return Err(ResultError::ComputedInvalid("has no callback-data, but the deal has a callback".into()));
    }
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let padded = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits.to_owned() };
    let bytes = hex::decode(padded);
    let bytes = bytes
        .map_err(|_| ResultError::ComputedInvalid("has callback-data that is not hexadecimal".into()))?;
    if bytes.len() as u64 > policy.max_callback_bytes {
        return Err(ResultError::CallbackTooLarge { limit_bytes: policy.max_callback_bytes });
    }
    Ok(bytes)
}

fn output(
    tree: &Tree,
    path: &str,
    left: &Left<'_>,
    policy: &Policy,
) -> Result<(B256, DigestRule), ResultError> {
    let bad = |problem| ResultError::ComputedPath { path: path.to_owned(), problem };
    let rest = path.strip_prefix(OUT).filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let rest = rest.ok_or_else(|| bad("is not below /iexec_out"))?;
    let names: Vec<&str> = rest.split('/').filter(|name| !matches!(*name, "" | ".")).collect();
    if names.is_empty() {
        return Ok((folder(tree, None, left, policy)?, DigestRule::ComputedDirectory));
    }
    let inner = RelPath::new(names.join("/")).ok_or_else(|| bad("leaves /iexec_out"))?;
    if let Some(log) = log(left, &inner)? {
        return Ok((B256::new(sha256(log)?), DigestRule::ComputedFile));
    }
    let node = tree.find(&inner)?.ok_or_else(|| bad("is not there, or lies behind a link"))?;
    match node.kind {
        Kind::File if node.size > policy.max_bytes => {
            Err(ResultError::TooLarge { limit_bytes: policy.max_bytes })
        }
        Kind::File => Ok((B256::new(tree.sha256(&node)?), DigestRule::ComputedFile)),
        Kind::Dir => Ok((folder(tree, Some(&inner), left, policy)?, DigestRule::ComputedDirectory)),
        Kind::Link => Err(bad("is a link")),
        Kind::Special => Err(bad("is a pipe, socket or device")),
    }
}

/// keccak-256 of the sha-256 digests of the direct entries, sorted as Java sorts paths; folders count nothing.
fn folder(
    tree: &Tree,
    inner: Option<&RelPath>,
    left: &Left<'_>,
    policy: &Policy,
) -> Result<B256, ResultError> {
    let mut entries: Vec<(Vec<u16>, [u8; 32])> = Vec::new();
    let mut room = policy.max_bytes;
    for node in tree.walk(policy.max_files)? {
        let (parent, name) = node.path.split();
        if parent.as_ref() != inner || node.kind == Kind::Dir || log(left, &node.path)?.is_some() {
            continue;
        }
        if node.kind != Kind::File {
            let problem = "is a link, pipe, socket or device";
            return Err(ResultError::ComputedPath { path: node.path.to_string(), problem });
        }
        room = room.checked_sub(node.size).ok_or(ResultError::TooLarge { limit_bytes: policy.max_bytes })?;
        entries.push((order(name), tree.sha256(&node)?));
    }
    if inner.is_none() {
        for name in LOGS {
            if let Some(log) = log(left, &RelPath::join(None, name))? {
                entries.push((order(name), sha256(log)?));
            }
        }
    }
    entries.sort();
    let mut hash = Keccak256::new();
    entries.iter().for_each(|(_, digest)| hash.update(digest));
    Ok(finish(hash))
}

const LOGS: [&[u8]; 2] = [b"stdout.txt", b"stderr.txt"];

/// The worker's own log that stands at a path, when it has something to say.
fn log(left: &Left<'_>, path: &RelPath) -> Result<Option<File>, ResultError> {
    let [out, err] = LOGS;
    let (file, cut) = match path.as_bytes() {
        name if name == out => (own_file(&left.area.stdout())?, left.logs.stdout_cut),
        name if name == err => (own_file(&left.area.stderr())?, left.logs.stderr_cut),
        _ => return Ok(None),
    };
    let Some(file) = file else { return Ok(None) };
    match file.metadata().map_err(io("a log"))?.len() {
        0 => Ok(None),
        _ if cut => Err(ResultError::StdoutCut),
        _ => Ok(Some(file)),
    }
}

fn sha256(file: File) -> Result<[u8; 32], ResultError> {
    let mut hash = Sha256::new();
    feed(&mut hash, file).map_err(io("a log"))?;
    Ok(hash.finalize().into())
}

/// Java compares names by UTF-16 unit, which differs from the order of bytes beyond the basic plane.
fn order(name: &[u8]) -> Vec<u16> {
    String::from_utf8_lossy(name).encode_utf16().collect()
}
