//! The target `zip`.

use crate::archive::{plain, unpack};
use std::collections::BTreeSet;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// `data` is a zip, or anything that is taken for one.
pub fn zip(data: &[u8]) {
    let Some(files) = unpack(data).filter(|_| data.starts_with(b"PK")) else { return };
    // Whoever opens it with the library sees the same archive.
    let mut archive = ZipArchive::new(Cursor::new(data)).expect("what was unpacked is a zip");
    let mut seen = BTreeSet::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).expect("every entry is readable");
        let path = plain(&entry.name().expect("a name"));
        if let Some(file) = files.get(&path) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("what was unpacked can be read");
            assert_eq!(&bytes, file, "{path}");
            seen.insert(path);
        }
    }
    assert!(files.keys().eq(&seen), "the library sees {seen:?}, and we unpacked {:?}", files.keys());
}
