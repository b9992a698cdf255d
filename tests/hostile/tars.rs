//! Tars packed by gzip, header by header.

use super::tricks::{Case, End, case};
use flate2::Compression;
use flate2::write::GzEncoder;
use poco::inputs::{EntryFault, Limits};
use std::io::Write;

/// A header and its bytes; every field can be said.
fn entry(kind: u8, name: &[u8], data: &[u8]) -> Vec<u8> {
    entry_of(kind, name, data.len() as u64, data)
}

fn entry_of(kind: u8, name: &[u8], size: u64, data: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_mode(0o644);
    header.set_size(size);
    header.set_entry_type(tar::EntryType::new(kind));
    if matches!(kind, b'1' | b'2') {
        header.set_link_name("/etc/passwd").unwrap();
    }
    header.set_cksum();
    let mut out = [header.as_bytes(), data].concat();
    out.resize(out.len().next_multiple_of(512), 0);
    out
}

/// The same in a header as the oldest tars have it, without the mark of a format.
fn unmarked(mut entry: Vec<u8>) -> Vec<u8> {
    let mut header = tar::Header::new_old();
    header.as_mut_bytes().copy_from_slice(&entry[..512]);
    header.as_mut_bytes()[257..265].fill(0);
    header.set_cksum();
    entry[..512].copy_from_slice(header.as_bytes());
    entry
}

fn record(key: &str, value: &str) -> Vec<u8> {
    let rest = format!(" {key}={value}\n");
    let digits = (1..).find(|digits| (rest.len() + digits).to_string().len() == *digits).unwrap();
    format!("{}{rest}", rest.len() + digits).into_bytes()
}

fn gz(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    out.write_all(&entries.concat()).unwrap();
    out.write_all(&[0; 1024]).unwrap();
    out.finish().unwrap()
}

pub(crate) fn all() -> Vec<Case> {
    use EntryFault::{Absolute, Climbs, HardLink, Link, Long, Special, Twice};
    let good = || entry(b'0', b"good", b"good");
    let refused =
        |name: &str, fault, bad: Vec<u8>| case(format!("tar: {name}"), gz(&[good(), bad]), End::Entry(fault));
    let then = |ahead: Vec<u8>| [ahead, entry(b'0', b"short", b"x")].concat();
    let damaged = End::Code("P-IN-019 or P-IN-020");
    let whole = gz(&[entry(b'0', b"a", &[7; 3000])]);
    let mut other_sum = whole.clone();
    let at = other_sum.len() - 8;
    other_sum[at] ^= 1;
    let small = Limits { max_unpacked_bytes: 2999, ..Limits::default() };
    let few = Limits { max_entries: 1, ..Limits::default() };
    let long = format!("{}/x", "d".repeat(255));
    vec![
        refused("absolute", Absolute, entry(b'0', b"/etc/passwd", b"x")),
        refused("climbs", Climbs, entry(b'0', b"../evil", b"x")),
        refused("symbolic link", Link, entry(b'2', b"evil", b"")),
        refused("hard link", HardLink, entry(b'1', b"evil", b"")),
        refused("character device", Special, entry(b'3', b"evil", b"")),
        refused("block device", Special, entry(b'4', b"evil", b"")),
        refused("FIFO", Special, entry(b'6', b"evil", b"")),
        refused("sparse file", Special, entry(b'S', b"evil", b"x")),
        refused("unknown kind", Special, entry(b'Z', b"evil", b"x")),
        refused("folder with content", Special, entry(b'5', b"evil/", b"x")),
        refused("two for one place", Twice, good()),
        refused("file below a file", Twice, entry(b'0', b"good/x", b"x")),
        refused("climbs by a long name of GNU", Climbs, then(entry(b'L', b"././@LongLink", b"../evil\0"))),
        refused("two ends of a long name", Special, then(entry(b'L', b"././@LongLink", b"a\0b\0"))),
        refused("long name in an old header", Special, then(unmarked(entry(b'L', b"././@LongLink", b"a\0")))),
        refused(
            "records in an old header",
            Special,
            then(unmarked(entry(b'x', b"pax", &record("path", "a")))),
        ),
        refused("two long names", Special, {
            then([entry(b'L', b"././@LongLink", b"a\0"), entry(b'L', b"././@LongLink", b"b\0")].concat())
        }),
        refused("long names of GNU and of POSIX", Special, {
            then([entry(b'L', b"././@LongLink", b"a\0"), entry(b'x', b"pax", &record("path", "b"))].concat())
        }),
        case("tar: a long name of nothing", gz(&[good(), entry(b'L', b"././@LongLink", b"a\0")]), damaged),
        refused("climbs by a name of POSIX", Climbs, then(entry(b'x', b"pax", &record("path", "../evil")))),
        refused("another size by POSIX", Special, then(entry(b'x', b"pax", &record("size", "1")))),
        refused("a name for all by POSIX", Special, then(entry(b'g', b"pax", &record("path", "evil")))),
        refused("sparse by POSIX", Special, then(entry(b'x', b"pax", &record("GNU.sparse.major", "1")))),
        refused("records that are none", Special, then(entry(b'x', b"pax", b"99999 nonsense"))),
        refused("too long a name", Long, then(entry(b'L', b"././@LongLink", &[b'x'; 300]))),
        case(
            "tar: a name of a megabyte",
            gz(&[good(), then(entry(b'L', b"L", &vec![b'x'; 1 << 20]))]),
            damaged,
        ),
        case("tar: cut in half", whole[..whole.len() / 2].to_vec(), End::Fine),
        case("tar: cut before its end", whole[..whole.len() - 9].to_vec(), damaged),
        case("tar: another checksum", other_sum, damaged),
        case(
            "tar: larger than all numbers",
            gz(&[entry_of(b'0', b"a", u64::MAX >> 1, b"x")]),
            End::Code("P-IN-022"),
        ),
        case("tar: less than it says", gz(&[entry_of(b'0', b"a", 9999, b"x")]), damaged),
        Case { limits: small, ..case("tar: a byte too large", whole.clone(), End::Code("P-IN-022")) },
        Case {
            limits: few,
            ..case("tar: an entry too many", gz(&[good(), entry(b'0', b"b", b"")]), End::Code("P-IN-021"))
        },
        case("tar: a bomb", gz(&[entry(b'0', b"zeros", &vec![0; 72 << 20])]), End::Code("P-IN-023")),
        case(
            "tar: honest",
            gz(&[
                entry(b'5', b"./", b""),
                entry(b'0', b"./d/a", b"a"),
                entry(b'5', b"./d/", b""),
                then(entry(b'L', b"././@LongLink", long.as_bytes())),
            ]),
            End::Fine,
        ),
        case("gzip of no tar", gz(&[vec![b'x'; 2000]]), End::Fine),
        case("gzip of nothing", gz(&[]), End::Fine),
        case("gzip cut in its header", vec![0x1f, 0x8b, 8, 0xff, 0], End::Fine),
    ]
}
