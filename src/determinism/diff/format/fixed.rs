//! Formats with a few fields at fixed places that say when or by what a file was written.

use super::{Codec, Part, u32_at};

/// What a database begins with.
pub(super) const SQLITE: &[u8] = b"SQLite format 3\0";

/// A database of SQLite.
pub(super) fn sqlite(file: &[u8]) -> Vec<Part> {
    let rest = |from: usize, to: usize| Part::inner("SQLite: pages", from..to, Codec::Stored, "pages");
    vec![
        Part::metadata("SQLite: change counter", 24..28),
        Part::metadata("SQLite: schema cookie", 40..44),
        Part::metadata("SQLite: version-valid-for number", 92..96),
        Part::metadata("SQLite: version of the library", 96..100),
        rest(28, 40),
        rest(44, 92),
        rest(100, file.len().max(100)),
    ]
}

/// A compiled module of Python that knows the time of its source.
pub(super) fn python(file: &[u8]) -> Option<Vec<Part>> {
    let seconds = u32_at(file, 8)? as i128;
    Some(vec![
        Part::time("Python bytecode: time of the source", 8..12, seconds * 1000),
        Part::inner("Python bytecode: code", 12..file.len().max(12), Codec::Stored, "code"),
    ])
}
