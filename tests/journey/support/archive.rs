//! A delivered result, read by nothing of the program's own.

use alloy::primitives::{B256, keccak256};
use poco::chain::Task;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};

/// The files of a result by path.
pub(crate) struct Archive {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl Archive {
    /// Fetches the result from the place that `finalize` told of.
    pub(crate) async fn of(task: &Task) -> Self {
        let results: serde_json::Value = serde_json::from_slice(&task.results).unwrap();
        assert_eq!(results["storage"], "http", "{results}");
        assert_eq!(results.as_object().unwrap().len(), 2, "{results}");
        let answer = reqwest::get(results["location"].as_str().unwrap()).await.unwrap();
        let bytes = answer.error_for_status().unwrap().bytes().await.unwrap();
        Self::read(&bytes)
    }

    /// Reads a zip.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut files = BTreeMap::new();
        for index in 0..zip.len() {
            let mut entry = zip.by_index(index).unwrap();
            if entry.is_dir() {
                continue;
            }
            assert!(!entry.is_symlink(), "no test leaves a link in its result");
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            files.insert(entry.name().unwrap().into_owned(), content);
        }
        Self { files }
    }

    /// The paths of the files.
    pub(crate) fn paths(&self) -> Vec<&str> {
        self.files.keys().map(String::as_str).collect()
    }

    /// A file as text.
    pub(crate) fn text(&self, path: &str) -> String {
        let found = self.files.get(path).unwrap_or_else(|| panic!("no {path} in {:?}", self.paths()));
        String::from_utf8_lossy(found).into_owned()
    }
}

/// Rule 2 of `docs/digest.md`, written down once more from the page: records of path, zero, `f` and sha-256, sorted by path.
pub(crate) fn all_outputs_digest(outputs: &[(&str, &[u8])]) -> B256 {
    let sorted: BTreeMap<&[u8], &[u8]> =
        outputs.iter().map(|(path, content)| (path.as_bytes(), *content)).collect();
    let mut records = Vec::new();
    for (path, content) in sorted {
        records.extend_from_slice(path);
        records.extend_from_slice(b"\0f");
        records.extend_from_slice(&Sha256::digest(content));
    }
    keccak256(records)
}
