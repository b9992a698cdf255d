//! zip: files, each with a time, permissions and extra fields, and a list of them at the end.

use super::{Codec, PARTS, Part, u16_at, u32_at};
use crate::determinism::diff::show;

/// The list's end is at most this far from the file's: a comment may follow it.
const END: usize = 22 + 65_535;

pub(super) fn parts(file: &[u8]) -> Option<Vec<Part>> {
    let tail = file.len().saturating_sub(END);
    let end = tail + file.get(tail..)?.windows(4).rposition(|bytes| bytes == b"PK\x05\x06")?;
    let (count, mut at) = (u16_at(file, end + 10)?, u32_at(file, end + 16)?);
    let mut parts = Vec::new();
    for _ in 0..count.min(PARTS / 5) {
        let Some(header) = file.get(at..).filter(|header| header.starts_with(b"PK\x01\x02")) else { break };
        let lengths = (u16_at(header, 28)?, u16_at(header, 30)?, u16_at(header, 32)?);
        let name = String::from_utf8_lossy(header.get(46..46 + lengths.0)?).into_owned();
        entry(file, at, &name, &mut parts)?;
        at += 46 + lengths.0 + lengths.1 + lengths.2;
    }
    parts.push(Part::metadata("zip: comment", end + 22..file.len().max(end + 22)));
    Some(parts)
}

/// The parts of the file whose header stands in the list at `at`.
fn entry(file: &[u8], at: usize, name: &str, parts: &mut Vec<Part>) -> Option<()> {
    let (method, packed, local) = (u16_at(file, at + 10)?, u32_at(file, at + 20)?, u32_at(file, at + 42)?);
    let (name_length, extra_length) = (u16_at(file, local + 26)?, u16_at(file, local + 28)?);
    let extra = local + 30 + name_length;
    let data = extra + extra_length;
    let label = show::name(name);
    let time = ms(u16_at(file, local + 12)?, u16_at(file, local + 10)?);
    parts.push(Part::time(format!("zip: time of {label}"), local + 10..local + 14, time));
    parts.push(Part::metadata(format!("zip: extra field of {label}"), extra..data));
    parts.push(Part::metadata(format!("zip: maker of {label}"), at + 4..at + 6));
    parts.push(Part::metadata(format!("zip: permissions of {label}"), at + 38..at + 42));
    let codec = match method {
        0 => Codec::Stored,
        8 => Codec::Deflate,
        _ => return Some(()),
    };
    parts.push(Part::inner(format!("zip: data of {label}"), data..data + packed, codec, name));
    Some(())
}

/// A DOS date and time, as if they were of no zone.
fn ms(date: usize, time: usize) -> i128 {
    let days = (date >> 9) * 372 + (date >> 5 & 15) * 31 + (date & 31);
    ((days * 86_400 + (time >> 11) * 3600 + (time >> 5 & 63) * 60 + (time & 31) * 2) * 1000) as i128
}
