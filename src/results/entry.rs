//! One file on its way into the archive: packed by itself, on any thread, and then taken over as it is.
//!
//! What does not get smaller is not packed: three samples tell. So pictures, models and archives cost a copy.

use super::tree::{Node, Tree};
use super::{ResultError, error::io};
use flate2::{Compress, Compression, FlushCompress, Status};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use tempfile::SpooledTempFile;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// How much of a packed file is kept in memory until the archive takes it.
const SPOOL_BYTES: usize = 256 * 1024;
/// How hard deflate tries.
const LEVEL: u32 = 3;
/// The length of a sample. What is not longer than all of them is packed without one.
const SAMPLE_BYTES: usize = 32 * 1024;
const SAMPLES: u64 = 3;
/// How much of a file is read at once.
const READ_BYTES: usize = 128 * 1024;

/// The archive that is written.
pub(super) type Writer<'a> = ZipWriter<BufWriter<&'a mut File>>;

/// A file that the archive can take.
pub(super) enum Packed {
    /// The only entry of an archive of its own, which is on the disk when it is long.
    Small(SpooledTempFile),
    /// A file that does not get smaller.
    AsItIs(File),
}

impl Packed {
    /// Packs a file; what does not stay in memory goes to `root`.
    pub(super) fn new(tree: &Tree, node: &Node, root: &Path) -> Result<Self, ResultError> {
        let file = tree.file(&node.path)?;
        if !shrinks(&file, node.size).map_err(io(node.path.to_string()))? {
            return Ok(Self::AsItIs(file));
        }
        let mut zip = ZipWriter::new(SpooledTempFile::new_in(SPOOL_BYTES, root));
        write(&mut zip, &node.path.archive_name(), options(node.mode, node.size), file.take(node.size))?;
        zip.finish().map(Self::Small).map_err(zip_io)
    }

    /// Puts it into the archive.
    pub(super) fn copy(self, zip: &mut Writer<'_>, node: &Node) -> Result<(), ResultError> {
        match self {
            Self::Small(packed) => {
                let mut packed = ZipArchive::new(packed).map_err(zip_io)?;
                zip.raw_copy_file(packed.by_index_raw(0).map_err(zip_io)?).map_err(zip_io)
            }
            Self::AsItIs(file) => {
                let stored = options(node.mode, node.size)
                    .compression_method(CompressionMethod::Stored)
                    .compression_level(None);
                write(zip, &node.path.archive_name(), stored, file.take(node.size))
            }
        }
    }
}

/// Whether deflate makes a file smaller by a sixteenth, as far as its beginning, middle and end tell: one of them is enough.
fn shrinks(file: &File, size: u64) -> std::io::Result<bool> {
    let sample = SAMPLE_BYTES as u64;
    if size <= SAMPLES * sample {
        return Ok(true);
    }
    let (mut from, mut to) = (vec![0; SAMPLE_BYTES], vec![0; SAMPLE_BYTES / 16 * 15]);
    let mut deflate = Compress::new(Compression::new(LEVEL), false);
    for at in 0..SAMPLES {
        file.read_exact_at(&mut from, (size - sample) / (SAMPLES - 1) * at)?;
        deflate.reset();
        if deflate.compress(&from, &mut to, FlushCompress::Finish)? == Status::StreamEnd {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes an entry with its content.
pub(super) fn write(
    zip: &mut ZipWriter<impl Write + Seek>,
    name: &str,
    options: SimpleFileOptions,
    file: impl Read,
) -> Result<(), ResultError> {
    zip.start_file(name, options).map_err(zip_io)?;
    std::io::copy(&mut BufReader::with_capacity(READ_BYTES, file), zip).map_err(io("the archive"))?;
    Ok(())
}

/// What every entry of the archive has in common, with its mode and for its size.
pub(super) fn options(mode: u32, size: u64) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(i64::from(LEVEL)))
        .last_modified_time(DateTime::default())
        .unix_permissions(mode)
        .large_file(size >= u64::from(u32::MAX) / 2)
}

pub(super) fn zip_io(fault: zip::result::ZipError) -> ResultError {
    io("the archive")(fault.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tree::RelPath;
    use std::fs;

    #[test]
    fn what_does_not_get_smaller_is_taken_as_it_is_and_all_of_it_is_there() {
        let mut state = 1_u64;
        let mut noise = |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        };
        let noise: Vec<u8> = (0..300_000).map(&mut noise).collect();
        let words = b"the same again, ".repeat(20_000);
        // Noise with words in its middle gets smaller.
        let mixed = [&noise[..100_000], &words[..100_000], &noise[..100_000]].concat();
        let cases = [
            ("noise", noise, CompressionMethod::Stored),
            ("words", words, CompressionMethod::Deflated),
            ("mixed", mixed, CompressionMethod::Deflated),
            ("short", b"x".to_vec(), CompressionMethod::Deflated),
            ("empty", Vec::new(), CompressionMethod::Deflated),
        ];
        let root = tempfile::tempdir().unwrap();
        let mut file = tempfile::tempfile().unwrap();
        let mut zip = ZipWriter::new(BufWriter::new(&mut file));
        for (name, bytes, _) in &cases {
            fs::write(root.path().join(name), bytes).unwrap();
            let tree = Tree::open(root.path()).unwrap();
            let node = tree.find(&RelPath::join(None, name.as_bytes())).unwrap().unwrap();
            Packed::new(&tree, &node, root.path()).unwrap().copy(&mut zip, &node).unwrap();
        }
        drop(zip.finish().unwrap());
        let mut zip = ZipArchive::new(&file).unwrap();
        for (name, bytes, method) in cases {
            let mut entry = zip.by_name(name).unwrap();
            assert_eq!(entry.compression(), method, "{name}");
            let mut found = Vec::new();
            entry.read_to_end(&mut found).unwrap();
            assert!(found == bytes, "{name}");
        }
    }
}
