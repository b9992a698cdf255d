//! Taking out what was compressed, bounded: a few bytes can claim to be gigabytes.

use std::borrow::Cow;
use std::io::Read;

/// The most bytes that are taken out of one part.
const MOST: u64 = 8 * 1024 * 1024;

/// How a part is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::determinism::diff) enum Codec {
    Stored,
    Deflate,
    Zlib,
}

impl Codec {
    /// What was stored; none when it cannot be read, is too much, or when something else follows it.
    pub(in crate::determinism::diff) fn unpack<'a>(self, bytes: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        let mut unpacked = Vec::new();
        let used = match self {
            Self::Stored => return Some(Cow::Borrowed(bytes)),
            Self::Deflate => {
                let mut reader = flate2::read::DeflateDecoder::new(bytes);
                reader.by_ref().take(MOST + 1).read_to_end(&mut unpacked).ok()?;
                reader.total_in()
            }
            Self::Zlib => {
                let mut reader = flate2::read::ZlibDecoder::new(bytes);
                reader.by_ref().take(MOST + 1).read_to_end(&mut unpacked).ok()?;
                reader.total_in()
            }
        };
        let whole = unpacked.len() as u64 <= MOST && used == bytes.len() as u64;
        whole.then_some(Cow::Owned(unpacked))
    }
}
