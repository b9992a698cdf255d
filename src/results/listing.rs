//! What lies in the output folder after a run, and which of it the run has made.

use super::tree::{Kind, RelPath, Tree};
use super::{Left, Policy, ResultError};

/// A name in the output folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Where it lies below the folder.
    pub path: RelPath,
    /// What it stands for.
    pub kind: Kind,
    /// Its length in bytes.
    pub size: u64,
    /// Whether it was not there before the run, or not with this content.
    pub made: bool,
}

/// Everything below the output folder, sorted by the bytes of the path.
///
/// # Errors
/// More than the policy allows, or a folder or file that cannot be read.
pub fn listing(left: &Left<'_>, policy: &Policy) -> Result<Vec<Item>, ResultError> {
    let tree = Tree::open(left.outputs)?;
    let nodes = tree.walk(policy.max_files)?.into_iter();
    nodes
        .map(|node| {
            let made = match node.kind {
                Kind::Dir => !left.baseline.has(&node),
                Kind::Special => true,
                Kind::File | Kind::Link => left.baseline.is_changed(&tree, &node)?,
            };
            Ok(Item { path: node.path, kind: node.kind, size: node.size, made })
        })
        .collect()
}
