//! Formats that carry a time where nobody looks.

use crate::expect::{At, dapp};
use poco::determinism::finding::Cause;

#[test]
fn the_header_of_a_gzip() {
    dapp("gzip-time.py").given("100").differs(&[(Cause::ArchiveMetadata, At::Bytes("result.gz", 4..=7))]);
}

#[test]
fn the_entries_of_a_zip() {
    let at = At::Bytes("consensus.iexec", 10..=13);
    dapp("zip-time.py").given("alpha bravo").differs(&[(Cause::ArchiveMetadata, at)]);
}

/// The chunk begins at byte 33, its data eight bytes later.
#[test]
fn the_time_of_a_png() {
    dapp("png-time.py").given("16").differs(&[(Cause::ArchiveMetadata, At::Bytes("picture.png", 41..=47))]);
}

#[test]
fn the_date_of_a_pdf() {
    dapp("pdf-date.py").given("title").differs(&[(Cause::ArchiveMetadata, At::File("page.pdf"))]);
}
