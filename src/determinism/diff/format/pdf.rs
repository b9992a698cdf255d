//! PDF: dates, an id, the name of the program that wrote it, and streams, most of them compressed.

use super::{Codec, PARTS, Part};
use std::ops::Range;

/// Keys whose values a program does not compute, and how a value ends.
const KEYS: [(&[u8], &[u8]); 10] = [
    (b"/CreationDate", b")"),
    (b"/ModDate", b")"),
    (b"/Producer", b")"),
    (b"/Creator", b")"),
    (b"/ID", b"]"),
    (b"<xmp:CreateDate", b"</"),
    (b"<xmp:ModifyDate", b"</"),
    (b"<xmp:MetadataDate", b"</"),
    (b"<xmpMM:DocumentID", b"</"),
    (b"<xmpMM:InstanceID", b"</"),
];
/// A value is not longer.
const VALUE: usize = 512;

pub(super) fn parts(file: &[u8]) -> Vec<Part> {
    let mut parts = Vec::new();
    let (mut at, mut from) = (0, 0);
    // Behind the last one no stream ends, and none is looked for: a file may begin a million of them.
    let last = file.windows(9).rposition(|bytes| bytes == b"endstream").unwrap_or(0);
    while at < file.len() && parts.len() < PARTS {
        let rest = file.get(at..).unwrap_or_default();
        let Some(part) = metadata(rest, at).or_else(|| if at < last { stream(rest, at) } else { None })
        else {
            at += 1;
            continue;
        };
        let range = part.pieces.first().cloned().unwrap_or(at..at + 1);
        parts.push(body(from..range.start));
        (at, from) = (range.end.max(at + 1), range.end);
        parts.push(part);
    }
    // The table at the end tells where everything stands: it follows from the rest.
    let end = file.windows(10).rposition(|bytes| bytes == b"startxref\n").unwrap_or(file.len());
    let end = find(file, b"\nxref").map_or(end, |table| table.max(from)).max(from);
    parts.push(body(from..end));
    parts
}

fn body(range: Range<usize>) -> Part {
    Part::inner("PDF: objects", range, Codec::Stored, "objects")
}

fn metadata(rest: &[u8], at: usize) -> Option<Part> {
    let (key, end) = KEYS.iter().find(|(key, _)| rest.starts_with(key))?;
    let value = rest.get(key.len()..rest.len().min(VALUE))?;
    let length = find(value, end)?;
    let name = String::from_utf8_lossy(key);
    let name = format!("PDF: {}", name.trim_start_matches(['/', '<']));
    Some(Part::metadata(name, at + key.len()..at + key.len() + length))
}

/// A compressed stream.
fn stream(rest: &[u8], at: usize) -> Option<Part> {
    let data = rest.strip_prefix(b"stream")?;
    let data = data.strip_prefix(b"\r\n").or_else(|| data.strip_prefix(b"\n"))?;
    let start = rest.len() - data.len();
    // The zlib header of every compressor, at its usual window.
    let [0x78, ..] = data else { return None };
    let length = find(data, b"endstream")?;
    let data = data.get(..length)?;
    let data = data.strip_suffix(b"\n").unwrap_or(data);
    let data = data.strip_suffix(b"\r").unwrap_or(data);
    Some(Part::inner("PDF: stream", at + start..at + start + data.len(), Codec::Zlib, "stream"))
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word)
}
