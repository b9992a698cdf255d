//! tar: files, each behind a header with a time, an owner and permissions.

use super::{Codec, Kind, PARTS, Part};
use crate::determinism::diff::show;

/// Fields of a header that a program does not compute, with where they stand.
const FIELDS: [(&str, usize, usize); 5] = [
    ("permissions", 100, 108),
    ("user", 108, 116),
    ("group", 116, 124),
    ("user's name", 265, 297),
    ("group's name", 297, 329),
];

pub(super) fn parts(file: &[u8]) -> Option<Vec<Part>> {
    if file.get(257..262)? != b"ustar" {
        return None;
    }
    let mut parts = Vec::new();
    let mut end = 0;
    for entry in tar::Archive::new(file).entries().ok()? {
        let entry = entry.ok()?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let label = show::name(&name);
        let header = usize::try_from(entry.raw_header_position()).ok()?;
        let data = usize::try_from(entry.raw_file_position()).ok()?;
        let size = usize::try_from(entry.size()).ok()?;
        if header > end {
            parts.push(Part::metadata(format!("tar: extended header of {label}"), end..header));
        }
        let ms = entry.header().mtime().ok().map_or(0, |seconds| i128::from(seconds) * 1000);
        parts.push(Part::time(format!("tar: time of {label}"), header + 136..header + 148, ms));
        for (field, from, to) in FIELDS {
            parts.push(Part::metadata(format!("tar: {field} of {label}"), header + from..header + to));
        }
        parts.push(Part::metadata(format!("tar: kind of {label}"), header + 156..header + 257));
        let data = data..data.checked_add(size)?;
        end = data.end.div_ceil(512) * 512;
        parts.push(Part {
            name: format!("tar: data of {label}"),
            pieces: vec![data],
            kind: Kind::Inner(Codec::Stored, name),
        });
        if parts.len() >= PARTS {
            break;
        }
    }
    Some(parts)
}
