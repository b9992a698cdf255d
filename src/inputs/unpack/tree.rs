//! All paths of an archive together: no two entries for one place.
//!
//! A tree and not a list of paths: a hundred thousand paths of sixty folders each would be gigabytes as text, and
//! what an archive may cost must not depend on how it is written.

use super::path::EntryPath;
use super::{Entry, FOLDER_MODE, Kind};
use crate::inputs::EntryFault;
use std::collections::HashMap;
use std::sync::Arc;

/// The places that entries take, and the folders above them.
#[derive(Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    index: HashMap<(Option<u32>, Arc<str>), u32>,
    name_bytes: usize,
}

struct Node {
    above: Option<u32>,
    name: Arc<str>,
    kind: Kind,
    /// An entry of its own names it; a folder may be there for what lies below it only.
    named: bool,
    mode: u32,
}

impl Tree {
    /// Entries, and folders that no entry names.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Bytes of all names met, entry by entry.
    pub(super) fn name_bytes(&self) -> usize {
        self.name_bytes
    }

    /// Takes the entry's place; gives its node.
    ///
    /// # Errors
    /// [`EntryFault::Twice`] when another entry has it, or is a file where this one needs a folder.
    pub(super) fn claim(&mut self, entry: &Entry) -> Result<usize, EntryFault> {
        self.name_bytes = self.name_bytes.saturating_add(entry.path.as_str().len());
        let mut above = None;
        let mut parts = entry.path.parts().peekable();
        while let Some(name) = parts.next() {
            let last = parts.peek().is_none();
            let (kind, mode) = if last { (entry.kind, entry.mode) } else { (Kind::Folder, FOLDER_MODE) };
            let key = (above, Arc::from(name));
            let at = match self.index.get(&key) {
                None => self.add(key, Node { above, name: Arc::from(""), kind, named: last, mode })?,
                Some(&at) => {
                    let node = self.nodes.get_mut(at as usize).ok_or(EntryFault::Twice)?;
                    let free = node.kind == Kind::Folder && kind == Kind::Folder && !(last && node.named);
                    if !free {
                        return Err(EntryFault::Twice);
                    }
                    if last {
                        (node.named, node.mode) = (true, mode);
                    }
                    at
                }
            };
            above = Some(at);
        }
        above.map(|at| at as usize).ok_or(EntryFault::Nameless)
    }

    fn add(&mut self, key: (Option<u32>, Arc<str>), node: Node) -> Result<u32, EntryFault> {
        let at = u32::try_from(self.nodes.len()).map_err(|_| EntryFault::Long)?;
        self.nodes.push(Node { name: key.1.clone(), ..node });
        self.index.insert(key, at);
        Ok(at)
    }

    /// The path of a node.
    pub(super) fn path(&self, at: usize) -> Option<EntryPath> {
        let node = self.nodes.get(at)?;
        let above = node.above.and_then(|above| self.path(above as usize));
        Some(EntryPath::below(above.as_ref(), &node.name))
    }

    /// The folders from node `from` on, each after those above it, with their modes.
    pub(super) fn folders(&self, from: usize) -> impl Iterator<Item = (EntryPath, u32)> {
        let nodes = self.nodes.iter().enumerate().skip(from);
        let folders = nodes.filter(|(_, node)| node.kind == Kind::Folder);
        folders.filter_map(|(at, node)| Some((self.path(at)?, node.mode)))
    }
}
