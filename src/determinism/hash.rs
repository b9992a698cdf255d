//! The digest that a worker would contribute for a folder of outputs, or has contributed for an archive.

use super::DeterminismError;
use crate::dapp::{ProofRule, WorkArea};
use crate::poco::ResultDigest;
use crate::results::{self, Baseline, DigestRule, Left, Logs, Policy};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A digest and the rule that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashed {
    /// The digest.
    pub digest: ResultDigest,
    /// The rule.
    pub rule: DigestRule,
}

/// Finds the digest of a folder or of a delivered archive; for a thread that may block.
///
/// A folder is taken as one that was empty before the run: what was an input is counted like an output.
///
/// # Errors
/// [`DeterminismError::File`] when there is nothing of that name, [`DeterminismError::NoArchive`], and those of the digest.
pub fn hash(path: &Path) -> Result<Hashed, DeterminismError> {
    let failed = |source| DeterminismError::File { path: path.to_path_buf(), source };
    let whole = std::fs::canonicalize(path).map_err(failed)?;
    if !whole.is_dir() {
        if !is_zip(&whole).map_err(failed)? {
            return Err(DeterminismError::NoArchive(path.to_path_buf()));
        }
        let (digest, rule) = results::digest_of(&whole)?;
        return Ok(Hashed { digest, rule });
    }
    // Nothing is printed where nothing runs: the logs lie in a folder that has none.
    let nowhere = tempfile::tempdir().map_err(failed)?;
    let area = WorkArea::new(nowhere.path());
    let baseline = Baseline::default();
    let left = Left { area: &area, outputs: &whole, baseline: &baseline, logs: Logs::default() };
    let proof = match whole.join("consensus.iexec").exists() || !whole.join("computed.json").exists() {
        true => results::prove(&left, ProofRule::Consensus { callback: false }, &Policy::default())?,
        false => computed(&left)?,
    };
    Ok(Hashed { digest: proof.digest, rule: proof.rule })
}

/// Whether a file begins as a zip does; a result is never an empty one.
fn is_zip(path: &Path) -> std::io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut start)?;
    Ok(start == b"PK\x03\x04")
}

/// Whether the deal had a callback is not in the folder; what `computed.json` has decides.
fn computed(left: &Left<'_>) -> Result<results::Proof, DeterminismError> {
    let policy = Policy::default();
    let plain = results::prove(left, ProofRule::ComputedJson { callback: false }, &policy);
    let called = || results::prove(left, ProofRule::ComputedJson { callback: true }, &policy);
    Ok(plain.or_else(|error| called().map_err(|_| error))?)
}
