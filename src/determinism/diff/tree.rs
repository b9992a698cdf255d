//! Two folders: names that only one has, names that stand for something else, and the files that both have.

use super::content::{LEVELS, Origin};
use super::gather::Gathered;
use super::look::{self, Spot};
use super::{Known, Side, file, show, words};
use crate::determinism::finding::{Cause, Magnitude, Place};
use crate::results::{Kind, Node, RelPath, ResultError, Tree};
use std::cmp::Ordering;
use std::collections::HashSet;
use std::path::Path;

/// The most names that are taken of a folder.
const NAMES: usize = 200_000;
/// After so many files that differ, others only repeat.
const FILES: usize = 200;

/// Both sides, opened.
pub(super) struct Trees<'a> {
    first: Tree,
    second: Tree,
    known: (&'a Known, &'a Known),
}

impl<'a> Trees<'a> {
    pub(super) fn open(first: &Side<'a>, second: &Side<'a>) -> Result<Self, ResultError> {
        let open = |path: &Path| Tree::open(path);
        Ok(Self {
            first: open(first.folder)?,
            second: open(second.folder)?,
            known: (first.known, second.known),
        })
    }

    /// Compares one path.
    pub(super) fn path(&self, path: &RelPath, out: &mut Gathered) -> Result<(), ResultError> {
        match (self.first.find(path)?, self.second.find(path)?) {
            (None, None) => {}
            (Some(node), None) => only(&node, true, out),
            (None, Some(node)) => only(&node, false, out),
            (Some(a), Some(b)) => self.both(&a, &b, out)?,
        }
        Ok(())
    }

    /// Compares everything but the paths in `except`.
    pub(super) fn all(&self, except: &[String], out: &mut Gathered) -> Result<(), ResultError> {
        let except: HashSet<&[u8]> = except.iter().map(String::as_bytes).collect();
        let walk = |tree: &Tree| -> Result<Vec<Node>, ResultError> {
            let mut nodes = tree.walk(NAMES)?;
            nodes.retain(|node| !except.contains(node.path.as_bytes()));
            Ok(nodes)
        };
        let (first, second) = (walk(&self.first)?, walk(&self.second)?);
        let (mut a, mut b) = (first.iter().peekable(), second.iter().peekable());
        let mut alone = (Vec::new(), Vec::new());
        let mut differ = 0;
        while differ < FILES && !out.is_enough() {
            let order = match (a.peek(), b.peek()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(x), Some(y)) => x.path.cmp(&y.path),
            };
            match order {
                Ordering::Less => alone.0.extend(a.next()),
                Ordering::Greater => alone.1.extend(b.next()),
                Ordering::Equal => {
                    let before = out.count();
                    if let (Some(x), Some(y)) = (a.next(), b.next()) {
                        self.both(x, y, out)?;
                    }
                    differ += usize::from(out.count() > before);
                }
            }
        }
        // Folders and pipes enter no digest, and what lies in a folder is named by itself.
        alone.0.retain(|node| matches!(node.kind, Kind::File | Kind::Link));
        alone.1.retain(|node| matches!(node.kind, Kind::File | Kind::Link));
        self.alone(&alone.0, &alone.1, out)
    }

    /// Names that only one side has. A name that is drawn or tells the time stands on both, as another.
    fn alone(&self, first: &[&Node], second: &[&Node], out: &mut Gathered) -> Result<(), ResultError> {
        for index in 0..first.len().max(second.len()).min(FILES) {
            let (one, other) = (first.get(index), second.get(index));
            if let (Some(a), Some(b)) = (one, other)
                && let Some(cause) = self.renamed(a, b)
            {
                out.add("name", Some(cause), Magnitude::Places { count: 1 }, || {
                    let shown = (show::whole(&a.path.to_string()), show::whole(&b.path.to_string()));
                    (Place::OnlyIn { path: shown.0.clone(), first: true }, shown)
                });
                if a.kind == b.kind {
                    self.both(a, b, out)?;
                }
                continue;
            }
            one.into_iter().for_each(|node| only(node, true, out));
            other.into_iter().for_each(|node| only(node, false, out));
        }
        Ok(())
    }

    /// What the difference of two names looks like.
    fn renamed(&self, first: &Node, second: &Node) -> Option<Cause> {
        let names = (first.path.to_string(), second.path.to_string());
        let at = words::whole(&names.0, &names.1);
        let first = Spot { text: &names.0, at: at.0, known: self.known.0 };
        let second = Spot { text: &names.1, at: at.1, known: self.known.1 };
        look::look(&first, &second).map(|sight| sight.cause)
    }

    fn both(&self, a: &Node, b: &Node, out: &mut Gathered) -> Result<(), ResultError> {
        if a.kind != b.kind {
            property(a, "kind", None, (kind(a.kind).to_owned(), kind(b.kind).to_owned()), out);
            return Ok(());
        }
        match a.kind {
            Kind::Link => {
                let (x, y) = (self.first.target(&a.path)?, self.second.target(&b.path)?);
                if x != y {
                    let shown = (
                        show::whole(&String::from_utf8_lossy(&x)),
                        show::whole(&String::from_utf8_lossy(&y)),
                    );
                    let shown = if shown.0 == shown.1 { (show::hex(&x), show::hex(&y)) } else { shown };
                    property(a, "target", None, shown, out);
                }
            }
            Kind::File => {
                let path = show::whole(&a.path.to_string());
                let origin = Origin { path: &path, known: self.known, levels: LEVELS };
                file::compare(origin, self.first.file(&a.path)?, self.second.file(&b.path)?, out)?;
            }
            Kind::Dir | Kind::Special => {}
        }
        if a.mode != b.mode && a.kind != Kind::Link {
            let shown = (format!("{:04o}", a.mode), format!("{:04o}", b.mode));
            property(a, "mode", Some(Cause::Umask), shown, out);
        }
        Ok(())
    }
}

fn only(node: &Node, first: bool, out: &mut Gathered) {
    let path = show::whole(&node.path.to_string());
    // A name that only the first has and one that only the second has are two sorts of difference.
    out.add(if first { "first" } else { "second" }, None, Magnitude::Places { count: 1 }, || {
        let shown = (kind(node.kind).to_owned(), show::NOTHING.to_owned());
        let shown = if first { shown } else { (shown.1, shown.0) };
        (Place::OnlyIn { path, first }, shown)
    });
}

fn property(node: &Node, name: &str, cause: Option<Cause>, shown: (String, String), out: &mut Gathered) {
    // Properties of many files are one difference, as places of one sort in a file are.
    out.add(name, cause, Magnitude::Places { count: 1 }, || {
        let path = show::whole(&node.path.to_string());
        (Place::Metadata { path, property: name.to_owned() }, shown)
    });
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::File => "a file",
        Kind::Dir => "a folder",
        Kind::Link => "a link",
        Kind::Special => "a pipe, socket or device",
    }
}
