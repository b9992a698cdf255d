//! Formats that hold more than what a program put into them: times, names, versions, compressed data. Each file here tells
//! the parts of one format; nobody trusts what it reads.

mod fixed;
mod gzip;
mod numpy;
mod pdf;
mod png;
mod tar;
mod unpack;
mod zip;

use std::borrow::Cow;
use std::ops::Range;

pub(super) use numpy::numbers;
pub(super) use unpack::Codec;

/// The most parts that are taken of a file.
const PARTS: usize = 20_000;

/// A part of a file whose format is known.
#[derive(Debug)]
pub(super) struct Part {
    /// In the field's words: `gzip: mtime`, `zip: time of a.txt`.
    pub(super) name: String,
    /// Where it stands; in several pieces where the format cuts it.
    pub(super) pieces: Vec<Range<usize>>,
    pub(super) kind: Kind,
}

/// What a part is to the result.
#[derive(Debug)]
pub(super) enum Kind {
    /// Not what the program computed.
    Metadata,
    /// A time, in milliseconds since 1970.
    Time(i128),
    /// A file within, under its name.
    Inner(Codec, String),
}

impl Part {
    fn metadata(name: impl Into<String>, at: Range<usize>) -> Self {
        Self { name: name.into(), pieces: vec![at], kind: Kind::Metadata }
    }

    fn time(name: impl Into<String>, at: Range<usize>, ms: i128) -> Self {
        Self { name: name.into(), pieces: vec![at], kind: Kind::Time(ms) }
    }

    fn inner(name: impl Into<String>, at: Range<usize>, codec: Codec, inner: impl Into<String>) -> Self {
        Self { name: name.into(), pieces: vec![at], kind: Kind::Inner(codec, inner.into()) }
    }

    /// Where it begins in the file.
    pub(super) fn start(&self) -> usize {
        self.pieces.first().map_or(0, |piece| piece.start)
    }

    /// Its bytes, put together.
    pub(super) fn bytes<'a>(&self, file: &'a [u8]) -> Cow<'a, [u8]> {
        let get = |piece: &Range<usize>| file.get(piece.clone()).unwrap_or_default();
        match self.pieces.as_slice() {
            [one] => Cow::Borrowed(get(one)),
            pieces => Cow::Owned(pieces.iter().flat_map(get).copied().collect()),
        }
    }
}

/// The format of a file and its parts; none when it is not known. What no part covers follows from the parts, such as
/// checksums.
pub(super) fn parts(file: &[u8], path: &str) -> Option<(&'static str, Vec<Part>)> {
    let (format, parts) = match file {
        [0x1f, 0x8b, 8, ..] => ("gzip", gzip::parts(file, path)),
        [b'P', b'K', 3, 4, ..] => ("zip", zip::parts(file)),
        [0x89, b'P', b'N', b'G', 13, 10, 26, 10, ..] => ("PNG", png::parts(file)),
        [b'%', b'P', b'D', b'F', b'-', ..] => ("PDF", Some(pdf::parts(file))),
        _ if fixed::SQLITE.iter().eq(file.iter().take(fixed::SQLITE.len())) => {
            ("SQLite", Some(fixed::sqlite(file)))
        }
        // The version, and flags that say that a time follows.
        [_, _, 13, 10, 0, 0, 0, 0, ..] => ("Python", fixed::python(file)),
        _ => ("tar", tar::parts(file)),
    };
    Some((format, parts.filter(|parts| !parts.is_empty())?))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(bytes.try_into().ok()?).into())
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
}

fn u32_be_at(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_be_bytes(bytes.try_into().ok()?)).ok()
}

#[cfg(test)]
mod tests;
