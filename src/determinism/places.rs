//! What of two runs is held against each other: the file or the folder that the digest was made of.

use super::diff::{self, Scope, Side};
use super::finding::Difference;
use super::lab::Lab;
use super::run::blocking;
use super::{DeterminismError, Ran};
use crate::poco::ResultDigest;
use crate::results::{DigestRule, RelPath, Tree};
use serde::Deserialize;
use std::io::Read;
use std::path::PathBuf;

/// Differences that are looked at.
const MOST: usize = 50;
/// A computed.json beyond this is none.
const MOST_JSON: u64 = 1 << 20;

/// Where the outputs of the first runs of two digests part.
pub(super) async fn differences(
    lab: &Lab<'_>,
    first: ResultDigest,
    second: ResultDigest,
) -> Result<Vec<Difference>, DeterminismError> {
    let (Some(first), Some(second)) = (lab.kept(first), lab.kept(second)) else { return Ok(Vec::new()) };
    blocking(move || {
        let (of_first, of_second) = (proved(&first)?, proved(&second)?);
        let (first_folder, second_folder, scope) = match (of_first, of_second) {
            (Proved::File(folder, path), Proved::File(other, same)) if path == same => {
                (folder, other, Scope::File(path))
            }
            (Proved::Folder(folder), Proved::Folder(other)) => {
                let except = kept_inputs(&first)?.into_iter().chain(kept_inputs(&second)?).collect();
                (folder, other, Scope::Tree { except })
            }
            // Proved in two ways: that is the difference, and it shows in the folder.
            _ => {
                let except = kept_inputs(&first)?;
                (first.outputs.clone(), second.outputs.clone(), Scope::Tree { except })
            }
        };
        let first = Side { folder: &first_folder, known: &first.known };
        let second = Side { folder: &second_folder, known: &second.known };
        Ok(diff::compare(&first, &second, &scope, MOST)?)
    })
    .await
}

/// What a digest was made of.
enum Proved {
    /// One file below a folder.
    File(PathBuf, String),
    /// All that was made below a folder.
    Folder(PathBuf),
}

fn proved(ran: &Ran) -> Result<Proved, DeterminismError> {
    let outputs = || ran.outputs.clone();
    Ok(match ran.proof().map(|proof| proof.rule) {
        Some(DigestRule::ConsensusFile) => Proved::File(outputs(), "consensus.iexec".into()),
        Some(DigestRule::Stdout) => Proved::File(ran.area().root().to_path_buf(), "stdout.txt".into()),
        Some(DigestRule::ComputedFile) => match named(ran)? {
            Some(path) => Proved::File(outputs(), path),
            None => Proved::Folder(outputs()),
        },
        Some(DigestRule::ComputedDirectory) => {
            Proved::Folder(named(ran)?.map_or_else(outputs, |path| ran.outputs.join(path)))
        }
        Some(DigestRule::ComputedCallback) => Proved::File(outputs(), "computed.json".into()),
        Some(DigestRule::AllOutputs) | None => Proved::Folder(outputs()),
    })
}

/// What computed.json names, below the output folder; none for the folder itself.
fn named(ran: &Ran) -> Result<Option<String>, DeterminismError> {
    #[derive(Deserialize)]
    struct Computed {
        #[serde(rename = "deterministic-output-path")]
        path: String,
    }
    let Some(path) = RelPath::new("computed.json") else { return Ok(None) };
    let file = Tree::open(&ran.outputs)?.file(&path)?.take(MOST_JSON);
    let Ok(Computed { path }) = serde_json::from_reader(file) else { return Ok(None) };
    let path = path.strip_prefix("/iexec_out").unwrap_or(&path);
    let names: Vec<&str> = path.split('/').filter(|name| !matches!(*name, "" | "." | "..")).collect();
    Ok((!names.is_empty()).then(|| names.join("/")))
}

/// The inputs that a run left as they were.
fn kept_inputs(ran: &Ran) -> Result<Vec<String>, DeterminismError> {
    let items = ran.items()?.into_iter().filter(|item| !item.made);
    Ok(items.map(|item| item.path.to_string()).collect())
}
