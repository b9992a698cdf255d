//! Two files of one path, read with bounded memory: small ones whole, large ones from where they part and a little beyond.

use super::binary;
use super::content::{self, Origin};
use super::gather::Gathered;
use super::text::{Doc, Texts};
use crate::determinism::finding::Magnitude;
use crate::results::ResultError;
use std::fs::File;
use std::io::{BufReader, Read, Result, Seek};
use std::os::unix::fs::FileExt;

/// Files up to this many bytes are compared as a whole.
const WHOLE: u64 = 8 * 1024 * 1024;
/// How many bytes of a larger one are looked at, around the first that differs.
const WINDOW: usize = 256 * 1024;
/// How many of them may stand before it.
const BEFORE: u64 = 16 * 1024;

/// Compares two files.
pub(super) fn compare(
    origin: Origin<'_>,
    mut first: File,
    mut second: File,
    out: &mut Gathered,
) -> std::result::Result<(), ResultError> {
    let mut both = || {
        match (whole(&mut first)?, whole(&mut second)?) {
            (Some(a), Some(b)) => content::compare(origin, &a, &b, out),
            _ => large(origin, &first, &second, out)?,
        }
        Ok(())
    };
    both().map_err(|source| ResultError::Io { what: origin.path.to_owned(), source })
}

/// All of a file; none when it is too large.
fn whole(file: &mut File) -> Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    file.take(WHOLE + 1).read_to_end(&mut bytes)?;
    file.rewind()?;
    Ok((bytes.len() as u64 <= WHOLE).then_some(bytes))
}

/// Where two files part, and how they go on.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parting {
    /// The first byte that differs.
    offset: u64,
    /// The line on which it stands, from 1, and the byte with which that line begins.
    line: usize,
    line_start: u64,
    /// How many bytes differ from there on, and how many the larger file has.
    differ: u64,
    of: u64,
}

fn large(origin: Origin<'_>, first: &File, second: &File, out: &mut Gathered) -> Result<()> {
    let Some(parting) = parting(first, second)? else { return Ok(()) };
    let from = parting.line_start.max(parting.offset.saturating_sub(BEFORE));
    let (a, b) = (window(first, from)?, window(second, from)?);
    let before = out.count();
    if let (Some((skipped, a)), Some((_, b))) = (text(&a), text(&b)) {
        let column = characters(first, parting.line_start, from + skipped)? + 1;
        let doc = |text, known| Doc::new(text, (parting.line, column), known);
        Texts { path: origin.path, first: doc(a, origin.known.0), second: doc(b, origin.known.1) }.lines(out);
    }
    if out.count() == before {
        let skip = usize::try_from(parting.offset - from).unwrap_or(0);
        let sides = (a.get(skip..).unwrap_or_default(), b.get(skip..).unwrap_or_default());
        let size = Magnitude::Bytes { differ: parting.differ, of: parting.of };
        binary::far_in(origin, parting.offset, sides, size, out);
    }
    Ok(())
}

/// Goes through both files once; none when they are the same.
fn parting(first: &File, second: &File) -> Result<Option<Parting>> {
    let (mut a, mut b) = (BufReader::new(first).bytes(), BufReader::new(second).bytes());
    let mut at = Parting { line: 1, ..Parting::default() };
    loop {
        let (x, y) = (a.next().transpose()?, b.next().transpose()?);
        if x.is_none() && y.is_none() {
            return Ok((at.differ > 0).then_some(at));
        }
        if x != y {
            if at.differ == 0 {
                at.offset = at.of;
            }
            at.differ += 1;
        } else if x == Some(b'\n') && at.differ == 0 {
            at.line += 1;
            at.line_start = at.of + 1;
        }
        at.of += 1;
    }
}

fn window(file: &File, from: u64) -> Result<Vec<u8>> {
    let mut bytes = vec![0; WINDOW];
    let mut read = 0;
    while let Some(room) = bytes.get_mut(read..).filter(|room| !room.is_empty()) {
        match file.read_at(room, from + read as u64)? {
            0 => break,
            count => read += count,
        }
    }
    bytes.truncate(read);
    Ok(bytes)
}

/// The text of a window, whose ends may cut a character, and how many bytes stand before it.
fn text(window: &[u8]) -> Option<(u64, &str)> {
    let inner = |byte: &u8| byte & 0xC0 == 0x80;
    let skipped = window.iter().take(3).take_while(|byte| inner(byte)).count();
    let window = window.get(skipped..)?;
    let cut = match std::str::from_utf8(window) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => window.len(),
    };
    content::text(window.get(..cut)?).map(|text| (skipped as u64, text))
}

/// How many characters stand between two bytes of a text.
fn characters(file: &File, from: u64, to: u64) -> Result<usize> {
    let mut at = from;
    let mut count = 0;
    while at < to {
        let bytes = window(file, at)?;
        let wanted = usize::try_from(to - at).unwrap_or(usize::MAX).min(bytes.len());
        if wanted == 0 {
            break;
        }
        count += bytes.get(..wanted).unwrap_or_default().iter().filter(|byte| *byte & 0xC0 != 0x80).count();
        at += wanted as u64;
    }
    Ok(count)
}
