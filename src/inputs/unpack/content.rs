//! What an entry of a zip holds: whole where it is small, else as a stream. Either way it is what the directory promised
//! of it, or an error.

use crate::inputs::reader::At;
use crc32fast::Hasher;
use flate2::bufread::DeflateDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use zip::CompressionMethod;
use zip::read::ZipFileEntry;

/// What is no longer than this, packed and unpacked, is unpacked at once: most files are, and starting a stream for each
/// would cost more than they do. A thread holds twice as much.
const SMALL_BYTES: usize = 1 << 20;
/// How much of a stream's packed bytes is read at once.
const READ_BYTES: usize = 128 * 1024;

/// The room for small entries, which one thread uses for one after another.
pub(super) struct Whole {
    packed: Vec<u8>,
    plain: Vec<u8>,
    inflate: Decompress,
}

impl Whole {
    pub(super) fn new() -> Self {
        Self { packed: Vec::new(), plain: Vec::new(), inflate: Decompress::new(false) }
    }

    /// The content of a small entry, whose data begins at `start`; none when it is not small.
    ///
    /// # Errors
    /// It is not what the directory promised.
    pub(super) fn read(
        &mut self,
        found: &ZipFileEntry<'_>,
        start: u64,
        archive: &mut At<'_>,
    ) -> io::Result<Option<&[u8]>> {
        let (Some(packed), Some(plain)) = (small(found.compressed_size()), small(found.size())) else {
            return Ok(None);
        };
        self.packed.resize(packed, 0);
        archive.seek(SeekFrom::Start(start))?;
        archive.read_exact(&mut self.packed)?;
        let content = if found.compression() == CompressionMethod::Deflated {
            if self.plain.len() <= plain {
                self.plain.resize(plain + 1, 0);
            }
            // A byte more than promised, so that what is longer shows.
            let room = self.plain.get_mut(..=plain).unwrap_or_default();
            self.inflate.reset(false);
            let end = self.inflate.decompress(&self.packed, room, FlushDecompress::Finish)?;
            if end != Status::StreamEnd {
                return Err(io::ErrorKind::InvalidData.into());
            }
            self.plain.get(..usize::try_from(self.inflate.total_out()).unwrap_or(usize::MAX))
        } else {
            Some(self.packed.as_slice())
        };
        let right = |content: &&[u8]| content.len() == plain && crc32fast::hash(content) == found.crc32();
        let content = content.filter(right);
        content.map(Some).ok_or(io::ErrorKind::InvalidData.into())
    }
}

fn small(bytes: u64) -> Option<usize> {
    usize::try_from(bytes).ok().filter(|bytes| *bytes <= SMALL_BYTES)
}

/// The content of a large entry, whose data begins at `start`. Its end is an error when its checksum is not the promised
/// one; its length is for the reader to count.
pub(super) fn stream<'a>(
    found: &ZipFileEntry<'_>,
    start: u64,
    archive: &'a mut At<'_>,
) -> io::Result<impl Read + 'a> {
    archive.seek(SeekFrom::Start(start))?;
    let packed = archive.take(found.compressed_size());
    let plain: Box<dyn Read + 'a> = if found.compression() == CompressionMethod::Deflated {
        Box::new(DeflateDecoder::new(BufReader::with_capacity(READ_BYTES, packed)))
    } else {
        Box::new(packed)
    };
    Ok(Checked { plain, crc: Hasher::new(), promised: found.crc32() })
}

struct Checked<R> {
    plain: R,
    crc: Hasher,
    promised: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.plain.read(buffer)?;
        self.crc.update(buffer.get(..count).unwrap_or_default());
        if count == 0 && !buffer.is_empty() && self.crc.clone().finalize() != self.promised {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(count)
    }
}
