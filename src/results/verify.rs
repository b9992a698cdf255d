//! The other way round: which rule of `docs/digest.md` gives the digest on chain for an archive that was handed over.
//!
//! The requester trusts neither pool nor worker: whatever the archive, either a rule gives the digest or none does. Every
//! entry is streamed; nothing is unpacked. Without a digest on chain, the first rule that gives one at all is the worker's.

use super::digest::CONSENSUS;
use super::{DigestRule, ResultError, error::io};
use crate::poco::ResultDigest;
use alloy::primitives::{B256, keccak256};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use sha3::Keccak256;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use zip::ZipArchive;

/// A computed.json beyond this is none.
const MAX_COMPUTED_BYTES: u64 = 1 << 20;

/// One file or link of the archive.
struct Entry {
    kind: u8,
    sha256: [u8; 32],
    keccak: B256,
    size: u64,
}

#[derive(Deserialize)]
struct Computed {
    #[serde(rename = "deterministic-output-path")]
    path: Option<String>,
}

/// The rule by which the content of `archive` has `digest`; none when no rule gives it.
///
/// # Errors
/// [`ResultError::Io`] when the archive cannot be read.
pub fn recognise(archive: &Path, digest: ResultDigest) -> Result<Option<DigestRule>, ResultError> {
    let (entries, computed) = open(archive)?;
    let found = candidates(&entries, computed.as_ref()).into_iter().find(|(found, _)| *found == digest.0);
    Ok(found.map(|(_, rule)| rule))
}

/// The digest for which a worker handed `archive` over, as far as the archive itself tells.
///
/// # Errors
/// [`ResultError::Io`] when the archive cannot be read, [`ResultError::ConsensusEmpty`], and [`ResultError::Nothing`] for
/// an archive with nothing in it.
pub fn digest_of(archive: &Path) -> Result<(ResultDigest, DigestRule), ResultError> {
    let (entries, computed) = open(archive)?;
    let consensus = entries.get(CONSENSUS).filter(|entry| entry.kind == b'f');
    if computed.is_none() && consensus.is_some_and(|entry| entry.size == 0) {
        return Err(ResultError::ConsensusEmpty);
    }
    let first = candidates(&entries, computed.as_ref()).into_iter().next();
    first.map(|(digest, rule)| (ResultDigest(digest), rule)).ok_or(ResultError::Nothing)
}

fn open(archive: &Path) -> Result<(Entries, Option<Computed>), ResultError> {
    let file = File::open(archive).map_err(io("the archive"))?;
    let mut zip = ZipArchive::new(file).map_err(|error| io("the archive")(error.into()))?;
    let mut entries = BTreeMap::new();
    let mut computed = None;
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).map_err(|error| io("the archive")(error.into()))?;
        if entry.is_dir() {
            continue;
        }
        let name = entry.name().map_err(|error| io("the archive")(error.into()))?.as_bytes().to_vec();
        let kind = if entry.is_symlink() { b'l' } else { b'f' };
        let mut text = Vec::new();
        let keep = name == b"computed.json";
        let found = read(&mut entry, kind, keep.then_some(&mut text)).map_err(io("the archive"))?;
        if keep {
            computed = serde_json::from_slice::<Computed>(&text).ok();
        }
        entries.insert(name, found);
    }
    Ok((entries, computed))
}

fn read(source: &mut impl Read, kind: u8, mut keep: Option<&mut Vec<u8>>) -> std::io::Result<Entry> {
    let (mut sha256, mut keccak, mut size) = (Sha256::new(), Keccak256::new(), 0);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = source.read(&mut buffer)?;
        if read == 0 {
            let (sha256, keccak) = (sha256.finalize().into(), B256::from_slice(&keccak.finalize()));
            return Ok(Entry { kind, sha256, keccak, size });
        }
        let part = &buffer[..read];
        sha256.update(part);
        keccak.update(part);
        size += read as u64;
        if let Some(text) = keep.as_deref_mut().filter(|_| size <= MAX_COMPUTED_BYTES) {
            text.extend_from_slice(part);
        }
    }
}

type Entries = BTreeMap<Vec<u8>, Entry>;

/// Every digest that the archive can have been handed over for, the most likely first.
fn candidates(entries: &Entries, computed: Option<&Computed>) -> Vec<(B256, DigestRule)> {
    let consensus = entries.get(CONSENSUS).filter(|entry| entry.kind == b'f' && entry.size > 0);
    let stdout = entries.get(b"stdout.txt".as_slice());
    let mut found: Vec<_> =
        consensus.map(|entry| (entry.keccak, DigestRule::ConsensusFile)).into_iter().collect();
    found.extend(by_computed(entries, computed));
    let mut outputs = by_all_outputs(entries).into_iter();
    let all = |digest| (digest, DigestRule::AllOutputs);
    found.extend(outputs.next().flatten().map(all));
    found.extend(stdout.map(|entry| (entry.keccak, DigestRule::Stdout)));
    found.extend(outputs.flatten().map(all));
    found
}

/// The callback's data is on chain itself, so the archive need not prove it.
fn by_computed(entries: &Entries, computed: Option<&Computed>) -> Option<(B256, DigestRule)> {
    let path = computed?.path.as_deref()?;
    let path = path.strip_prefix("/iexec_out").unwrap_or(path).trim_matches('/');
    if let Some(entry) = entries.get(path.as_bytes()) {
        return Some((B256::new(entry.sha256), DigestRule::ComputedFile));
    }
    let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
    let mut children: Vec<(&str, [u8; 32])> = entries
        .iter()
        .filter_map(|(name, entry)| Some((std::str::from_utf8(name).ok()?, entry.sha256)))
        .filter_map(|(name, sha256)| Some((name.strip_prefix(prefix.as_str())?, sha256)))
        .filter(|(name, _)| !name.contains('/'))
        .collect();
    children.sort_by_key(|(name, _)| name.encode_utf16().collect::<Vec<_>>());
    let digests: Vec<u8> = children.iter().flat_map(|(_, sha256)| *sha256).collect();
    Some((keccak256(digests), DigestRule::ComputedDirectory))
}

/// The logs are in the archive and are no outputs, and a dapp may have had files of their names: each way of telling
/// them apart is tried, first that of the worker, whose logs take the next free name. None where nothing but logs is left.
fn by_all_outputs(entries: &Entries) -> Vec<Option<B256>> {
    let mut digests = Vec::new();
    for stdout in logs(entries, "stdout") {
        for stderr in logs(entries, "stderr") {
            let mut records = Vec::new();
            for (name, entry) in entries.iter().filter(|(name, _)| {
                Some(name.as_slice()) != stdout.as_deref() && Some(name.as_slice()) != stderr.as_deref()
            }) {
                records.extend_from_slice(name);
                records.extend_from_slice(&[0, entry.kind]);
                records.extend_from_slice(&entry.sha256);
            }
            digests.push((!records.is_empty()).then(|| keccak256(&records)));
        }
    }
    digests
}

/// What may be the log: the last of `stem.txt` and `stem.N.txt`, one before it, or nothing.
fn logs(entries: &Entries, stem: &str) -> Vec<Option<Vec<u8>>> {
    let numbered = (2..).map(|n| format!("{stem}.{n}.txt").into_bytes());
    let names = [format!("{stem}.txt").into_bytes()].into_iter().chain(numbered);
    let there: Vec<_> = names.take_while(|name| entries.contains_key(name)).map(Some).collect();
    there.into_iter().rev().chain([None]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dapp::{Folder, ProofRule, WorkArea};
    use crate::results::{Baseline, Left, Logs, Policy, pack, prove};
    use std::fs;

    /// Proves and packs `files`, and recognises the archive.
    fn journey(
        files: &[(&str, &str)],
        stdout: &str,
        rule: ProofRule,
        folder: Folder,
    ) -> (DigestRule, Option<DigestRule>) {
        let root = tempfile::tempdir().unwrap();
        let area = WorkArea::new(root.path().join("task"));
        let outputs = area.folder(folder);
        fs::create_dir_all(&outputs).unwrap();
        let baseline = Baseline::take(&outputs).unwrap();
        for (name, text) in files {
            let path = outputs.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        fs::write(area.stdout(), stdout).unwrap();
        fs::write(area.stderr(), "words").unwrap();
        let left = Left { area: &area, outputs: &outputs, baseline: &baseline, logs: Logs::default() };
        let proof = prove(&left, rule, &Policy::default()).unwrap();
        let archive = pack(&left, rule, &Policy::default()).unwrap();
        let other = ResultDigest(B256::repeat_byte(9));
        assert_eq!(recognise(&archive.path, other).unwrap(), None);
        assert_eq!(digest_of(&archive.path).unwrap(), (proof.digest, proof.rule));
        (proof.rule, recognise(&archive.path, proof.digest).unwrap())
    }

    #[test]
    fn an_archive_proves_itself_by_the_rule_that_the_worker_used() {
        let classic = ProofRule::Consensus { callback: false };
        let live = ProofRule::ComputedJson { callback: false };
        let file = r#"{"deterministic-output-path":"/iexec_out/a/b.txt"}"#;
        let folder = r#"{"deterministic-output-path":"/iexec_out/a"}"#;
        type Files<'a> = &'a [(&'a str, &'a str)];
        let cases: [(Files<'_>, ProofRule, Folder); 6] = [
            (&[("consensus.iexec", "42"), ("picture", "x")], classic, Folder::Shared),
            (&[("b/picture", "x"), ("a", "")], classic, Folder::Shared),
            (&[("stdout.txt", "the dapp's own"), ("a", "")], classic, Folder::Shared),
            (&[], classic, Folder::Shared),
            (&[("computed.json", file), ("a/b.txt", "beta")], live, Folder::Out),
            (
                &[("computed.json", folder), ("a/b.txt", "beta"), ("a/Z.txt", "z"), ("a/c/d", "")],
                live,
                Folder::Out,
            ),
        ];
        for (files, rule, place) in cases {
            let (used, recognised) = journey(files, "printed", rule, place);
            assert_eq!(recognised, Some(used), "{files:?}");
        }
    }
}
