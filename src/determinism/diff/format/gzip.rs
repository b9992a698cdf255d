//! gzip (RFC 1952): a header with a time and a name, deflated data, a checksum.

use super::{Codec, Part, u16_at, u32_at};

const CHECKSUM: u8 = 2;
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;
/// The checksum and the length at the end.
const END: usize = 8;

pub(super) fn parts(file: &[u8], path: &str) -> Option<Vec<Part>> {
    let flags = *file.get(3)?;
    let seconds = u32_at(file, 4)? as i128;
    let mut parts = vec![
        Part::time("gzip: mtime", 4..8, seconds * 1000),
        Part::metadata("gzip: level of compression", 8..9),
        Part::metadata("gzip: operating system", 9..10),
    ];
    let mut at = 10;
    if flags & EXTRA != 0 {
        let length = u16_at(file, at)?;
        parts.push(Part::metadata("gzip: extra field", at + 2..at + 2 + length));
        at += 2 + length;
    }
    for (flag, name) in [(NAME, "gzip: file name"), (COMMENT, "gzip: comment")] {
        if flags & flag != 0 {
            let length = file.get(at..)?.iter().position(|byte| *byte == 0)?;
            parts.push(Part::metadata(name, at..at + length));
            at += length + 1;
        }
    }
    if flags & CHECKSUM != 0 {
        at += 2;
    }
    let end = file.len().checked_sub(END).filter(|end| *end >= at)?;
    let name = path.rsplit(['/', '!']).next().unwrap_or_default();
    let inner = name.strip_suffix(".gz").or_else(|| Some(name.strip_suffix("tgz")?.trim_end_matches('.')));
    let inner = inner.filter(|name| !name.is_empty()).unwrap_or("content");
    parts.push(Part::inner("gzip: compressed data", at..end, Codec::Deflate, inner));
    Some(parts)
}
