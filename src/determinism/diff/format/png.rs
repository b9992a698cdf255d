//! PNG: chunks, of which some say when and with what a picture was made, and its compressed pixels.

use super::{Codec, Kind, PARTS, Part, u32_be_at};
use crate::determinism::diff::show;

pub(super) fn parts(file: &[u8]) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut pixels = Vec::new();
    let mut at: usize = 8;
    while let (Some(length), Some(kind)) = (u32_be_at(file, at), file.get(at + 4..at + 8)) {
        let data = at + 8..at.checked_add(8)?.checked_add(length)?;
        let bytes = file.get(data.clone())?;
        at = data.end + 4;
        match kind {
            b"IDAT" => pixels.push(data),
            b"IEND" => break,
            // How the picture is laid out and coloured is the picture.
            b"IHDR" | b"PLTE" | b"tRNS" => {
                let kind = String::from_utf8_lossy(kind).into_owned();
                parts.push(Part::inner(format!("PNG: {kind} chunk"), data, Codec::Stored, kind));
            }
            _ => parts.push(Part::metadata(label(kind, bytes), data)),
        }
        if parts.len() + pixels.len() >= PARTS {
            return None;
        }
    }
    let kind = Kind::Inner(Codec::Zlib, "pixels".to_owned());
    parts.push(Part { name: "PNG: compressed pixels".to_owned(), pieces: pixels, kind });
    Some(parts)
}

/// Texts are told apart by their keyword, which ends with a zero.
fn label(kind: &[u8], data: &[u8]) -> String {
    let name = show::name(&String::from_utf8_lossy(kind));
    match data.iter().position(|byte| *byte == 0) {
        Some(end) if matches!(kind, b"tEXt" | b"zTXt" | b"iTXt") => {
            let keyword = String::from_utf8_lossy(data.get(..end).unwrap_or_default()).into_owned();
            format!("PNG: {name} chunk ({})", show::name(&keyword))
        }
        _ => format!("PNG: {name} chunk"),
    }
}
