//! The two headers of a zip's entry: its own, before its data, and the one in the directory.

use crate::inputs::reader::At;
use std::io::{self, Read, Seek, SeekFrom};
use zip::CompressionMethod;
use zip::read::ZipFileEntry;

/// Size of a local header, to which at least the name is added.
pub(super) const LOCAL_HEADER_BYTES: u64 = 30;
/// Size of an entry's header in the directory, up to its name.
const LISTED_HEADER_BYTES: usize = 46;
const ENCRYPTED_FLAG: u8 = 1;
const DESCRIPTOR_FLAG: u8 = 8;

/// Where the data of an entry begins, if its own header says what the directory says of it; none if it says otherwise.
/// Sizes and checksum may be left to a descriptor behind the data, and the sizes to a field of zip64: then nobody reads
/// them in the header.
pub(super) fn data_start(
    found: &ZipFileEntry<'_>,
    own: &mut At<'_>,
    directory: &mut At<'_>,
) -> io::Result<Option<u64>> {
    own.seek(SeekFrom::Start(found.header_start()))?;
    let mut header = [0; LOCAL_HEADER_BYTES as usize];
    own.read_exact(&mut header)?;
    let [b'P', b'K', 3, 4, _, _, flags, _, m0, m1, _, _, _, _, c0, c1, c2, c3, sizes @ .., n0, n1, x0, x1] =
        header
    else {
        return Ok(None);
    };
    let name = read_bytes(own, u16::from_le_bytes([n0, n1]))?;
    let method = match found.compression() {
        CompressionMethod::Deflated => 8,
        _ => 0,
    };
    let [p0, p1, p2, p3, s0, s1, s2, s3] = sizes;
    let fits = |told: [u8; 4], size: u64| match u32::from_le_bytes(told) {
        u32::MAX => true,
        told => u64::from(told) == size,
    };
    let measured = flags & DESCRIPTOR_FLAG != 0
        || u32::from_le_bytes([c0, c1, c2, c3]) == found.crc32()
            && fits([p0, p1, p2, p3], found.compressed_size())
            && fits([s0, s1, s2, s3], found.size());
    let same = flags & ENCRYPTED_FLAG == 0 && u16::from_le_bytes([m0, m1]) == method && measured;
    if !same || name != listed_name(found, directory)? {
        return Ok(None);
    }
    let extra = u64::from(u16::from_le_bytes([x0, x1]));
    Ok(Some(own.stream_position()?.saturating_add(extra)))
}

/// The name in the directory as it stands there: an extra field may have given the entry another one.
fn listed_name(found: &ZipFileEntry<'_>, directory: &mut At<'_>) -> io::Result<Vec<u8>> {
    directory.seek(SeekFrom::Start(found.central_header_start()))?;
    let mut listed = [0; LISTED_HEADER_BYTES];
    directory.read_exact(&mut listed)?;
    let [.., n0, n1, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = listed;
    read_bytes(directory, u16::from_le_bytes([n0, n1]))
}

fn read_bytes(from: &mut impl Read, count: u16) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::from(count)];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}
