//! What lay in a folder before the run, so that afterwards an input is told from an output by its content. It can be
//! stored: a worker that was restarted during the run must find what it took.

use super::ResultError;
use super::digest::CONSENSUS;
use super::spread::spread_runs;
use super::tree::{Kind, Node, RelPath, Stamp, Tree};
use alloy::primitives::B256;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// An inventory of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    entries: BTreeMap<RelPath, Entry>,
    /// The mark of a `consensus.iexec` among the inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    planted: Option<Stamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    kind: Kind,
    size: u64,
    sha256: B256,
}

impl Baseline {
    /// Takes the inventory of a folder, reading every file in it once.
    pub fn take(folder: &Path) -> Result<Self, ResultError> {
        let tree = Tree::open(folder)?;
        let mut baseline = Self::default();
        let nodes = tree.walk(usize::MAX)?;
        let sum = |node: &Node| match node.kind {
            Kind::File | Kind::Link => Ok(B256::new(tree.sha256(node)?)),
            Kind::Dir | Kind::Special => Ok(B256::ZERO),
        };
        spread_runs(
            &nodes,
            |node| node.size,
            sum,
            |node, sha256| {
                if node.path.as_bytes() == CONSENSUS {
                    baseline.planted = Some(node.stamp);
                }
                baseline
                    .entries
                    .insert(node.path.clone(), Entry { kind: node.kind, size: node.size, sha256 });
                Ok(())
            },
        )?;
        Ok(baseline)
    }

    /// Whether a name stood there with this kind, whatever its content.
    pub(super) fn has(&self, node: &Node) -> bool {
        self.entries.get(&node.path).is_some_and(|entry| entry.kind == node.kind)
    }

    /// Whether a file or link is new, or has another content than before. A file of another size is not read.
    pub(super) fn is_changed(&self, tree: &Tree, node: &Node) -> Result<bool, ResultError> {
        match self.entries.get(&node.path) {
            Some(entry) if entry.kind == node.kind && entry.size == node.size => {
                Ok(B256::new(tree.sha256(node)?) != entry.sha256)
            }
            _ => Ok(true),
        }
    }

    /// Whether `consensus.iexec` is the very input: same content in the same file, not written since. A dapp that
    /// writes the same bytes anew (an earlier result given as an input) has proved itself; its file has a new time
    /// or inode.
    pub(super) fn is_planted(&self, tree: &Tree, node: &Node) -> Result<bool, ResultError> {
        Ok(self.planted == Some(node.stamp) && !self.is_changed(tree, node)?)
    }
}
