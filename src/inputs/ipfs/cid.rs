//! What names a block by its content: a CID of sha-256.

use data_encoding::{BASE32_NOPAD, BASE32_NOPAD_NOCASE};
use sha2::{Digest, Sha256};
use std::fmt;

/// How a block is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    /// It is a part of a file.
    Raw,
    /// It is a node with links to others.
    DagPb,
}

/// A CID whose hash is a sha-256, the only kind that is verified here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cid {
    pub(super) codec: Codec,
    digest: [u8; 32],
}

impl Cid {
    /// Reads the text form: `Qm…`, `b…` or `z…`. None for any other kind of name.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let base58 = |text: &str| bs58::decode(text).into_vec().ok();
        let bytes = match text.as_bytes() {
            [b'Q', b'm', ..] => base58(text)?,
            [b'b' | b'B', ..] => BASE32_NOPAD_NOCASE.decode(text.get(1..)?.as_bytes()).ok()?,
            [b'z', ..] => base58(text.get(1..)?)?,
            _ => return None,
        };
        Self::read(&bytes)
    }

    /// Reads the binary form: the bare multihash of version 0, or version 1 with its codec.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (codec, digest) = match bytes {
            [0x12, 0x20, digest @ ..] | [1, 0x70, 0x12, 0x20, digest @ ..] => (Codec::DagPb, digest),
            [1, 0x55, 0x12, 0x20, digest @ ..] => (Codec::Raw, digest),
            _ => return None,
        };
        Some(Self { codec, digest: digest.try_into().ok()? })
    }

    /// Whether these bytes are the block.
    pub(super) fn names(&self, block: &[u8]) -> bool {
        Sha256::digest(block)[..] == self.digest
    }
}

/// Version 1 in base32, which every gateway takes.
impl fmt::Display for Cid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codec = match self.codec {
            Codec::Raw => 0x55,
            Codec::DagPb => 0x70,
        };
        let bytes = [&[1, codec, 0x12, 0x20], &self.digest[..]].concat();
        write!(f, "b{}", BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_are_read_and_the_second_is_written() {
        // Of the specification's own examples: "hello world" as a raw block, and the empty folder.
        let hello = Cid::parse("bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e").unwrap();
        assert_eq!(hello.codec, Codec::Raw);
        assert!(hello.names(b"hello world") && !hello.names(b"hello world!"));
        assert_eq!(Cid::parse(&hello.to_string()), Some(hello));
        let folder = Cid::parse("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn").unwrap();
        assert_eq!(folder.codec, Codec::DagPb);
        assert!(folder.names(b"\x0a\x02\x08\x01"));
        assert_eq!(Cid::parse(&folder.to_string()), Some(folder));
    }

    #[test]
    fn what_cannot_be_verified_is_no_name() {
        for text in ["", "b", "Qm", "hello", "bafy", "Qm0OIl", "bafkqaddimvwgy3zao5xxe3debi"] {
            assert_eq!(Cid::parse(text), None, "{text}");
        }
    }
}
