//! Two files of one path, read with bounded memory: small ones whole, large ones up to where they part and a little beyond.

use super::content::{self, Origin};
use super::gather::Gathered;
use crate::results::ResultError;
use std::fs::File;
use std::io::Read;

/// Files up to this many bytes are compared as a whole.
const WHOLE: u64 = 4 * 1024 * 1024;

/// Compares two files.
pub(super) fn compare(
    origin: Origin<'_>,
    first: File,
    second: File,
    out: &mut Gathered,
) -> Result<(), ResultError> {
    let io = |source| ResultError::Io { what: origin.path.to_owned(), source };
    let read = |file: File| -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        file.take(WHOLE + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let (a, b) = (read(first).map_err(io)?, read(second).map_err(io)?);
    content::compare(origin, &a, &b, out);
    Ok(())
}
