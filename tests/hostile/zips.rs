//! Writes zips field by field: a directory that says one thing, headers that say another, an end that points anywhere.

use std::io::{Cursor, Read, Write};

/// What the directory and an entry's own header both say; here they can differ.
#[derive(Clone, Default)]
pub(crate) struct Header {
    pub(crate) name: Vec<u8>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) crc: u32,
    pub(crate) packed: u32,
    pub(crate) size: u32,
    pub(crate) extra: Vec<u8>,
}

#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) own: Header,
    pub(crate) listed: Header,
    pub(crate) data: Vec<u8>,
    /// After the data: a descriptor of it.
    pub(crate) tail: Vec<u8>,
    /// A whole Unix mode; 0 for an archive of a system without them.
    pub(crate) mode: u32,
    /// Where the directory says that its header is, instead of where it is. Such an entry has none of its own.
    pub(crate) alias: Option<u32>,
}

/// The record at the end.
pub(crate) struct End {
    pub(crate) disk: u16,
    pub(crate) entries: u16,
    pub(crate) size: u32,
    pub(crate) offset: u32,
    /// Before it: the records of zip64.
    pub(crate) before: Vec<u8>,
    pub(crate) comment: Vec<u8>,
}

/// A stored file.
pub(crate) fn file(name: impl AsRef<[u8]>, data: &[u8]) -> Entry {
    let size = data.len() as u32;
    let name = name.as_ref().to_vec();
    let header = Header { name, crc: crc32(data), packed: size, size, ..Header::default() };
    Entry { own: header.clone(), listed: header, data: data.to_vec(), tail: Vec::new(), mode: 0, alias: None }
}

/// A deflated file.
pub(crate) fn packed(name: &str, data: &[u8]) -> Entry {
    let deflated = deflate(data);
    let length = deflated.len() as u32;
    let entry = file(name, data).both(|header| (header.method, header.packed) = (8, length));
    Entry { data: deflated, ..entry }
}

/// A file whose mode says that it is something else.
pub(crate) fn kind(name: &str, data: &[u8], mode: u32) -> Entry {
    Entry { mode, ..file(name, data) }
}

impl Entry {
    pub(crate) fn named(&self, name: &str) -> Self {
        self.clone().both(|header| header.name = name.into())
    }

    pub(crate) fn both(self, change: impl Fn(&mut Header)) -> Self {
        self.own(&change).listed(&change)
    }

    pub(crate) fn own(mut self, change: impl Fn(&mut Header)) -> Self {
        change(&mut self.own);
        self
    }

    pub(crate) fn listed(mut self, change: impl Fn(&mut Header)) -> Self {
        change(&mut self.listed);
        self
    }
}

pub(crate) fn zip(entries: &[Entry]) -> Vec<u8> {
    zip_with(entries, |_| ())
}

/// A zip whose end is changed.
pub(crate) fn zip_with(entries: &[Entry], change: impl Fn(&mut End)) -> Vec<u8> {
    let mut out = Vec::new();
    let mut places = Vec::new();
    for entry in entries {
        places.push(entry.alias.unwrap_or(out.len() as u32));
        if entry.alias.is_none() {
            out.extend(b"PK\x03\x04\x14\x00");
            entry.own.write(&mut out);
            out.extend(&entry.own.name);
            out.extend(&entry.own.extra);
            out.extend(&entry.data);
            out.extend(&entry.tail);
        }
    }
    let offset = out.len() as u32;
    for (entry, place) in entries.iter().zip(places) {
        out.extend(b"PK\x01\x02");
        out.extend(if entry.mode == 0 { 20_u16 } else { 3 << 8 | 20 }.to_le_bytes());
        out.extend(20_u16.to_le_bytes());
        entry.listed.write(&mut out);
        out.extend([0; 6]);
        out.extend((entry.mode << 16).to_le_bytes());
        out.extend(place.to_le_bytes());
        out.extend(&entry.listed.name);
        out.extend(&entry.listed.extra);
    }
    let size = out.len() as u32 - offset;
    let entries = entries.len() as u16;
    let mut end = End { disk: 0, entries, size, offset, before: Vec::new(), comment: Vec::new() };
    change(&mut end);
    out.extend(&end.before);
    out.extend(b"PK\x05\x06");
    for field in [end.disk, end.disk, end.entries, end.entries] {
        out.extend(field.to_le_bytes());
    }
    out.extend(end.size.to_le_bytes());
    out.extend(end.offset.to_le_bytes());
    out.extend((end.comment.len() as u16).to_le_bytes());
    out.extend(&end.comment);
    out
}

impl Header {
    fn write(&self, out: &mut Vec<u8>) {
        for field in [self.flags, self.method, 0, 0] {
            out.extend(field.to_le_bytes());
        }
        for field in [self.crc, self.packed, self.size] {
            out.extend(field.to_le_bytes());
        }
        out.extend((self.name.len() as u16).to_le_bytes());
        out.extend((self.extra.len() as u16).to_le_bytes());
    }
}

/// An extra field.
pub(crate) fn extra(id: u16, data: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat()
}

/// The records of zip64 that stand before the end: `entries` of `size` bytes at `offset`, and where this record is.
pub(crate) fn zip64_end(entries: u64, size: u64, offset: u64, record: u64) -> Vec<u8> {
    let mut out = b"PK\x06\x06".to_vec();
    out.extend(44_u64.to_le_bytes());
    out.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for field in [entries, entries, size, offset] {
        out.extend(field.to_le_bytes());
    }
    out.extend(b"PK\x06\x07\0\0\0\0");
    out.extend(record.to_le_bytes());
    out.extend(1_u32.to_le_bytes());
    out
}

pub(crate) fn deflate(data: &[u8]) -> Vec<u8> {
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("x", options).unwrap();
    writer.write_all(data).unwrap();
    let mut whole = writer.finish_into_readable().unwrap();
    let mut out = Vec::new();
    whole.by_index_raw(0).unwrap().read_to_end(&mut out).unwrap();
    out
}

pub(crate) fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}
