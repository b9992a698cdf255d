//! Writes zips byte by byte, so that every field can lie.

use std::io::Write;

#[derive(Clone)]
struct Entry {
    name: Vec<u8>,
    data: Vec<u8>,
    method: u16,
    flags: u16,
    crc: u32,
    size: u32,
    mode: u32,
    /// Points at the local header of an earlier entry instead of having its own.
    alias_of: Option<usize>,
}

#[derive(Clone, Default)]
pub(crate) struct Zip {
    entries: Vec<Entry>,
}

impl Zip {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A deflated file.
    pub(crate) fn file(self, name: &str, data: &[u8]) -> Self {
        self.file_mode(name, data, 0o644)
    }

    pub(crate) fn file_mode(mut self, name: &str, data: &[u8], mode: u32) -> Self {
        let mut packed = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        packed.start_file("x", options).unwrap();
        packed.write_all(data).unwrap();
        let mut packed = packed.finish_into_readable().unwrap();
        let mut deflated = Vec::new();
        std::io::Read::read_to_end(&mut packed.by_index_raw(0).unwrap(), &mut deflated).unwrap();
        self.entries.push(Entry { method: 8, data: deflated, ..stored(name, data, 0o100_000 | mode) });
        self
    }

    pub(crate) fn folder(mut self, name: &str, mode: u32) -> Self {
        self.entries.push(stored(name, b"", 0o040_000 | mode));
        self
    }

    /// A stored entry with a whole Unix mode; 0 leaves the mode out.
    pub(crate) fn raw(mut self, name: &str, data: &[u8], mode: u32) -> Self {
        self.entries.push(stored(name, data, mode));
        self
    }

    pub(crate) fn flags(self, flags: u16) -> Self {
        self.last(|entry| entry.flags = flags)
    }

    pub(crate) fn method(self, method: u16) -> Self {
        self.last(|entry| entry.method = method)
    }

    pub(crate) fn crc(self, crc: u32) -> Self {
        self.last(|entry| entry.crc = crc)
    }

    pub(crate) fn declared_size(self, size: u32) -> Self {
        self.last(|entry| entry.size = size)
    }

    /// One more name for the bytes of the last entry.
    pub(crate) fn alias(mut self, name: &str) -> Self {
        let of = self.entries.len() - 1;
        let entry = Entry { name: name.into(), alias_of: Some(of), ..self.entries[of].clone() };
        self.entries.push(entry);
        self
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut offsets: Vec<u32> = Vec::new();
        for entry in &self.entries {
            offsets.push(entry.alias_of.map_or(out.len() as u32, |of| offsets[of]));
            if entry.alias_of.is_none() {
                out.extend(b"PK\x03\x04");
                out.extend(20_u16.to_le_bytes());
                out.extend(entry.common());
                out.extend((entry.name.len() as u16).to_le_bytes());
                out.extend(0_u16.to_le_bytes());
                out.extend(&entry.name);
                out.extend(&entry.data);
            }
        }
        let directory = out.len() as u32;
        for (entry, offset) in self.entries.iter().zip(&offsets) {
            out.extend(b"PK\x01\x02");
            let made_by: u16 = if entry.mode == 0 { 20 } else { 3 << 8 | 20 };
            out.extend(made_by.to_le_bytes());
            out.extend(20_u16.to_le_bytes());
            out.extend(entry.common());
            out.extend((entry.name.len() as u16).to_le_bytes());
            out.extend([0; 8]);
            out.extend((entry.mode << 16).to_le_bytes());
            out.extend(offset.to_le_bytes());
            out.extend(&entry.name);
        }
        let size = out.len() as u32 - directory;
        let count = self.entries.len() as u16;
        out.extend(b"PK\x05\x06");
        out.extend([0; 4]);
        out.extend(count.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend(size.to_le_bytes());
        out.extend(directory.to_le_bytes());
        out.extend([0; 2]);
        out
    }

    fn last(mut self, change: impl FnOnce(&mut Entry)) -> Self {
        change(self.entries.last_mut().unwrap());
        self
    }
}

impl Entry {
    /// The fields that a local header and the directory share.
    fn common(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(self.flags.to_le_bytes());
        out.extend(self.method.to_le_bytes());
        out.extend([0; 4]);
        out.extend(self.crc.to_le_bytes());
        out.extend((self.data.len() as u32).to_le_bytes());
        out.extend(self.size.to_le_bytes());
        out
    }
}

fn stored(name: &str, data: &[u8], mode: u32) -> Entry {
    Entry {
        name: name.as_bytes().to_vec(),
        data: data.to_vec(),
        method: 0,
        flags: 0,
        crc: crc32(data),
        size: data.len() as u32,
        mode,
        alias_of: None,
    }
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}
