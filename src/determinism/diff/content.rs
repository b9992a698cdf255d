//! Two files' bytes: which kind they are of, and the comparison that suits it.

use super::Known;
use super::binary;
use super::document;
use super::gather::Gathered;
use super::text::{Doc, Texts};

/// How deep is looked into files within files: a tar in a gzip in a zip.
pub(super) const LEVELS: usize = 3;

/// Where both sides' bytes come from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'a> {
    /// The file, printable; a file within another stands behind a `!`.
    pub(super) path: &'a str,
    /// What is known of each side's machine.
    pub(super) known: (&'a Known, &'a Known),
    /// How many levels more may be looked into.
    pub(super) levels: usize,
}

/// Compares two that differ.
pub(super) fn compare(origin: Origin<'_>, first: &[u8], second: &[u8], out: &mut Gathered) {
    if first == second || out.is_enough() {
        return;
    }
    match (text(first), text(second)) {
        (Some(a), Some(b)) => {
            let texts = Texts {
                path: origin.path,
                first: Doc::new(a, (1, 1), origin.known.0),
                second: Doc::new(b, (1, 1), origin.known.1),
            };
            let before = out.count();
            document::compare(&texts, out);
            // Documents that say the same may still be written otherwise: with other spaces between.
            if out.count() == before {
                texts.lines(out);
            }
        }
        _ => binary::compare(origin, first, second, out),
    }
}

/// A text, if it is one.
pub(super) fn text(bytes: &[u8]) -> Option<&str> {
    // Some of these are all letters, and yet what they say of themselves is no part of the result.
    if bytes.starts_with(b"%PDF-") {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    // Tabs, line ends, form feeds and colours are all that a text has of control characters.
    let odd = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{1b}' | '\u{8}');
    (!text.contains(odd)).then_some(text)
}
