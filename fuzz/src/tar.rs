//! The target `tar`.

use crate::archive::{Files, plain, unpack};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Read, Write};
use tar::{Archive, Header};

const BLOCK: usize = 512;
const CHECKSUM: std::ops::Range<usize> = 148..156;

/// `data` is a tar that is not packed. Its headers' checksums are made right and it is packed by gzip here, since no change at
/// random would get past the two.
pub fn tar(data: &[u8]) {
    let tar = with_checksums(data);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&tar).expect("written to memory");
    let packed = packed.finish().expect("written to memory");
    let Some(files) = unpack(&packed) else { return };
    // Whoever opens it with the library sees the same archive.
    let mut seen = Files::new();
    for entry in Archive::new(tar.as_slice()).entries().expect("entries") {
        let mut entry = entry.expect("what was unpacked is a tar");
        if entry.header().entry_type().is_dir() || entry.header().entry_type().is_pax_global_extensions() {
            continue;
        }
        let path = plain(&String::from_utf8_lossy(&entry.path_bytes()));
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("what was unpacked can be read");
        seen.insert(path, bytes);
    }
    assert_eq!(seen, files);
}

fn with_checksums(data: &[u8]) -> Vec<u8> {
    let mut tar = data.to_vec();
    let mut at = 0;
    while let Some(block) = tar.get_mut(at..at + BLOCK) {
        at += BLOCK;
        if block.iter().all(|byte| *byte == 0) {
            continue;
        }
        let sum: u32 = block
            .iter()
            .enumerate()
            .map(|(at, byte)| if CHECKSUM.contains(&at) { u32::from(b' ') } else { u32::from(*byte) })
            .sum();
        block[CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let size = Header::from_byte_slice(block).entry_size().unwrap_or(0);
        let blocks = usize::try_from(size).unwrap_or(usize::MAX).div_ceil(BLOCK);
        at = at.saturating_add(blocks.saturating_mul(BLOCK)).min(tar.len());
    }
    tar
}
