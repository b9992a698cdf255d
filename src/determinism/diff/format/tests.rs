//! Files as programs write them, that differ in one thing each.

use super::super::tests::compared;
use crate::determinism::finding::{Cause, Difference, Magnitude, Place};
use flate2::{Compression, GzBuilder};
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

fn gzip(seconds: u32, level: u32, content: &[u8]) -> Vec<u8> {
    let mut writer =
        GzBuilder::new().mtime(seconds).filename("a.txt").write(Vec::new(), Compression::new(level));
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

fn zip(files: &[(&str, &str, u8)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content, minute) in files {
        let time = zip::DateTime::from_date_and_time(2026, 11, 21, 17, *minute, 0).unwrap();
        writer.start_file(*name, SimpleFileOptions::default().last_modified_time(time)).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tar(files: &[(&str, &[u8], u64)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content, seconds) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mtime(*seconds);
        header.set_cksum();
        builder.append_data(&mut header, name, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn png(chunks: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in chunks {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        file.extend([&length, kind.as_bytes(), data, &[0; 4]].concat());
    }
    file
}

fn zlib(level: u32, content: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), Compression::new(level));
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

/// The part that the only difference names, with its offset.
fn metadata(found: &[Difference]) -> (u64, &str) {
    match found {
        [Difference { place: Place::Binary { offset, part: Some(part), .. }, looks_like, .. }] => {
            assert_eq!(*looks_like, Some(Cause::ArchiveMetadata), "{found:#?}");
            (*offset, part)
        }
        _ => panic!("{found:#?}"),
    }
}

#[test]
fn gzip_tells_its_time_its_level_and_its_content() {
    let found = compared(&gzip(1_795_626_000, 6, b"same"), &gzip(1_795_626_003, 6, b"same"));
    assert_eq!(metadata(&found), (4, "gzip: mtime"));
    assert_eq!(found[0].magnitude, Magnitude::Seconds { milliseconds: 3_000 });
    let long = "abcdefgh".repeat(400) + "xyz";
    let found = compared(&gzip(7, 9, long.as_bytes()), &gzip(7, 0, long.as_bytes()));
    assert!(
        found.iter().all(|difference| difference.looks_like == Some(Cause::ArchiveMetadata)),
        "{found:#?}"
    );
    let found = compared(&gzip(7, 6, b"one cat\n"), &gzip(7, 6, b"one dog\n"));
    let [Difference { place: Place::Text { path, line: 1, column: 5 }, .. }] = found.as_slice() else {
        panic!("{found:#?}")
    };
    assert_eq!(path, "f!content");
}

#[test]
fn zip_tells_the_time_the_order_and_the_file_within() {
    let found = compared(
        &zip(&[("a.txt", "1", 1), ("b.txt", "2", 1)]),
        &zip(&[("a.txt", "1", 1), ("b.txt", "2", 2)]),
    );
    assert_eq!(metadata(&found).1, "zip: time of b.txt");
    assert_eq!(found[0].magnitude, Magnitude::Seconds { milliseconds: 60_000 });
    let found = compared(
        &zip(&[("a.txt", "1", 1), ("b.txt", "2", 1)]),
        &zip(&[("b.txt", "2", 1), ("a.txt", "1", 1)]),
    );
    let [only] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!((only.looks_like, only.first.as_str()), (Some(Cause::ListingOrder), "a.txt b.txt"));
    let json = |digit: &str| format!("{{\"sum\": 0.123456789012345{digit}}}");
    let found = compared(&zip(&[("r.json", &json("1"), 1)]), &zip(&[("r.json", &json("3"), 1)]));
    let [Difference { place: Place::Json { path, pointer, .. }, looks_like: Some(Cause::FloatTail), .. }] =
        found.as_slice()
    else {
        panic!("{found:#?}")
    };
    assert_eq!((path.as_str(), pointer.as_str()), ("f!r.json", "/sum"));
    let found = compared(&zip(&[("a", "1", 1)]), &zip(&[("a", "1", 1), ("b", "1", 1)]));
    let only = |found: &Difference| found.place == Place::OnlyIn { path: "f!b".to_owned(), first: false };
    assert!(found.iter().any(only), "{found:#?}");
}

#[test]
fn tar_within_gzip_tells_the_time_of_a_file() {
    let tar = |seconds| tar(&[("a.txt", b"same", 5), ("d/b.txt", b"same", seconds)]);
    let found = compared(&gzip(7, 6, &tar(1_000)), &gzip(7, 6, &tar(1_060)));
    assert_eq!(metadata(&found).1, "tar: time of d/b.txt");
    assert!(
        matches!(&found[0].place, Place::Binary { path, offset, .. } if path == "f!content" && *offset > 1_024)
    );
    assert_eq!(found[0].magnitude, Magnitude::Seconds { milliseconds: 60_000 });
}

#[test]
fn png_tells_texts_and_times_from_pixels() {
    let picture = |text: &[u8], level, pixels: &[u8]| {
        let data = zlib(level, pixels);
        let (one, other) = data.split_at(5);
        png(&[("IHDR", b"0123456789abc"), ("tEXt", text), ("IDAT", one), ("IDAT", other), ("IEND", b"")])
    };
    let found =
        compared(&picture(b"Date\x0017:17:25", 6, b"pixels"), &picture(b"Date\x0017:17:28", 6, b"pixels"));
    assert_eq!(metadata(&found).1, "PNG: tEXt chunk (Date)");
    let time = |day| png(&[("tIME", &[0x07, 0xea, 11, day, 17, 17, 25]), ("IDAT", b""), ("IEND", b"")]);
    let found = compared(&time(30), &time(31));
    assert_eq!(metadata(&found), (19, "PNG: tIME chunk"));
    assert_eq!(found[0].magnitude, Magnitude::Seconds { milliseconds: 86_400_000 });
    let pixels = [1, 2, 3, 4].repeat(500);
    let found = compared(&picture(b"", 9, &pixels), &picture(b"", 1, &pixels));
    assert_eq!(metadata(&found).1, "PNG: compressed pixels");
    let found = compared(&picture(b"", 6, &[0; 9]), &picture(b"", 6, &[1; 9]));
    let [Difference { place: Place::Binary { path, offset: 0, part: None }, .. }] = found.as_slice() else {
        panic!("{found:#?}")
    };
    assert_eq!(path, "f!pixels");
}

#[test]
fn pdf_tells_its_dates_from_its_streams() {
    let page = |date: &str, content: &[u8]| {
        let head = format!("%PDF-1.4\n1 0 obj <</CreationDate (D:{date}) /Length 9>>\nstream\n");
        [head.as_bytes(), &zlib(6, content), b"\nendstream endobj\nxref\n0 1\nstartxref\n9\n%%EOF"].concat()
    };
    let found = compared(&page("20261121171725Z", b"text"), &page("20261121171728Z", b"text"));
    assert_eq!(metadata(&found).1, "PDF: CreationDate");
    let found = compared(&page("x", b"one cat"), &page("x", b"one dog"));
    assert!(
        matches!(&found[0].place, Place::Text { path, line: 1, column: 5 } if path == "f!stream"),
        "{found:#?}"
    );
}

#[test]
fn arrays_of_numbers_are_compared_as_numbers() {
    let array = |last: f64| {
        let mut file = b"\x93NUMPY\x01\x00\x46\x00".to_vec();
        file.extend(format!("{:<70}", "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }").bytes());
        [0.5, 2.5, last].iter().for_each(|number| file.extend(number.to_le_bytes()));
        file
    };
    let found = compared(&array(1.0), &array(1.0 + 2.0 * f64::EPSILON));
    let [only] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!(only.magnitude, Magnitude::Ulps { most: 2, numbers: 1 });
    assert_eq!((only.first.as_str(), only.second.as_str()), ("1.0", "1.0000000000000004"));
    let bare =
        |last: f64| [0.5_f64, 1e9, last].iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    assert_eq!(compared(&bare(3.0), &bare(3.0 - 4.0 * f64::EPSILON))[0].looks_like, Some(Cause::FloatTail));
}

#[test]
fn noise_is_drawn_and_a_database_counts_its_changes() {
    let noise = |step: u8| (0..64_u8).map(|n| n.wrapping_mul(37).wrapping_add(step)).collect::<Vec<_>>();
    assert_eq!(compared(&noise(0x80), &noise(0x93))[0].looks_like, Some(Cause::Entropy));
    let database = |count: u8| [b"SQLite format 3\0".as_slice(), &[0; 11], &[count], &[0; 200]].concat();
    assert_eq!(metadata(&compared(&database(1), &database(2))), (27, "SQLite: change counter"));
}

#[test]
fn what_is_cut_or_lies_is_compared_byte_by_byte() {
    let whole = zip(&[("a.txt", "some content", 1)]);
    for file in
        [&whole[..whole.len() - 3], &whole[..40], &gzip(7, 6, b"content")[..20], b"%PDF-", b"PK\x03\x04"]
    {
        let mut other = file.to_vec();
        *other.last_mut().unwrap() ^= 0xff;
        assert_eq!(compared(file, &other).len(), 1, "{file:?}");
    }
    // What follows the first member of a gzip is not unpacked, and is not taken for another level of compression.
    let twice = |second: &[u8]| [gzip(7, 6, b"first"), gzip(7, 6, second)].concat();
    let found = compared(&twice(b"one"), &twice(b"two"));
    assert_eq!(found[0].looks_like, None, "{found:#?}");
    // A few bytes that say they are a gigabyte are not unpacked.
    let bomb = |last: u8| gzip(7, 9, &[vec![0; 40 << 20], vec![last]].concat());
    assert!(
        compared(&bomb(1), &bomb(2))
            .iter()
            .all(|found| matches!(&found.place, Place::Binary { path, .. } if path == "f"))
    );
}
