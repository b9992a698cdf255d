//! The archives: each with what becomes of it.

use super::zips::{Entry, Header, crc32, deflate, extra, file, kind, packed, zip, zip_with, zip64_end};
use poco::inputs::{EntryFault, Limits};

/// What becomes of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It is unpacked, or kept as the file that it is.
    Fine,
    /// An entry is refused by name: P-IN-020.
    Entry(EntryFault),
    /// It is refused with this code.
    Code(&'static str),
}

/// What a header says, and how it comes to say it.
type Lie = (&'static str, fn(&mut Header));

/// One archive.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) end: End,
    pub(crate) limits: Limits,
}

pub(crate) fn case(name: impl Into<String>, bytes: Vec<u8>, end: End) -> Case {
    Case { name: name.into(), bytes, end, limits: Limits::default() }
}

pub(crate) fn all() -> Vec<Case> {
    [super::tars::all(), paths(), kinds(), doubles(), packing(), lies(), ends(), costs(), honest()]
        .into_iter()
        .flatten()
        .collect()
}

/// After a good entry, so that something would be left behind.
fn after_good(entry: Entry) -> Vec<u8> {
    zip(&[file("good", b"good"), entry])
}

fn paths() -> Vec<Case> {
    use EntryFault::{Absolute, Backslash, Climbs, Control, Drive, Long, Nameless};
    let deep = "d/".repeat(64) + "x";
    let long = format!("{0}/{0}/{0}/{0}/{0}/x", "p".repeat(250));
    let part = "x".repeat(256);
    let names: &[(&[u8], EntryFault)] = &[
        (b"/etc/passwd", Absolute),
        (b"//evil", Absolute),
        (b"/", Absolute),
        (b"../evil", Climbs),
        (b"../../x", Climbs),
        (b"a/../../evil", Climbs),
        (b"a/..", Climbs),
        (b"..", Climbs),
        (b"./../x", Climbs),
        (b"..\\evil", Backslash),
        (b"a\\..\\..\\evil", Backslash),
        (b"\\\\host\\share", Backslash),
        (b"C:/evil", Drive),
        (b"c:evil", Drive),
        (b"a\0b", Control),
        (b"../evil\0.txt", Control),
        (b"a\nb", Control),
        (b"\x1b[2Jx", Control),
        (b"", Nameless),
        (b"./", Nameless),
        (b".", Nameless),
        (part.as_bytes(), Long),
        (deep.as_bytes(), Long),
        (long.as_bytes(), Long),
    ];
    names
        .iter()
        .map(|(name, fault)| {
            let told = format!("path {}", String::from_utf8_lossy(name).escape_debug());
            case(told.chars().take(40).collect::<String>(), after_good(file(name, b"x")), End::Entry(*fault))
        })
        .collect()
}

fn kinds() -> Vec<Case> {
    use EntryFault::{Link, Special};
    [
        ("link to an absolute path", "evil", &b"/etc/passwd"[..], 0o120_777, Link),
        ("link that climbs", "evil", b"../../../x", 0o120_777, Link),
        ("link to its own folder", "evil", b".", 0o120_777, Link),
        ("link with a folder's name", "evil/", b"/etc", 0o120_777, Link),
        ("FIFO", "evil", b"", 0o010_644, Special),
        ("character device", "evil", b"", 0o020_666, Special),
        ("block device", "evil", b"", 0o060_666, Special),
        ("socket", "evil", b"", 0o140_777, Special),
        ("kind that does not exist", "evil", b"", 0o170_777, Special),
        ("file with a folder's name", "evil/", b"x", 0o100_644, Special),
        ("folder with content", "evil/", b"x", 0o040_755, Special),
    ]
    .map(|(name, path, data, mode, fault)| case(name, after_good(kind(path, data, mode)), End::Entry(fault)))
    .into()
}

fn doubles() -> Vec<Case> {
    let twice = [
        ("a", "a"),
        ("a", "./a"),
        ("d/a", "d//a"),
        ("d/a", "d/./a"),
        ("a", "a/b"),
        ("a", "a/"),
        ("d/b", "d"),
        ("d/", "d/"),
    ];
    let mut cases: Vec<Case> = twice
        .iter()
        .map(|(one, other)| {
            let bytes = zip(&[file(one, b""), file(other, b"")]);
            case(format!("two for one place: {one} {other}"), bytes, End::Entry(EntryFault::Twice))
        })
        .collect();
    // A link first and a file through it: the link is refused before.
    let through = zip(&[kind("d", b"/tmp", 0o120_777), file("d/evil", b"x")]);
    cases.push(case("file through a link", through, End::Entry(EntryFault::Link)));
    cases
}

fn packing() -> Vec<Case> {
    use EntryFault::{Damaged, Encrypted, Method, Overlaps};
    let mut cases = vec![
        case("encrypted", after_good(file("a", b"secret").both(|h| h.flags = 1)), End::Entry(Encrypted)),
        case(
            "strongly encrypted",
            after_good(file("a", b"s").both(|h| h.flags = 0x41)),
            End::Entry(Encrypted),
        ),
    ];
    for method in [1, 6, 9, 12, 14, 93, 95, 98, 99, 0xffff] {
        let bytes = after_good(file("a", b"data").both(|h| h.method = method));
        cases.push(case(format!("method {method}"), bytes, End::Entry(Method)));
    }
    let first = file("a", &[7; 200]);
    let inside = Entry { alias: Some(0), ..file("b", &[7; 200]) };
    cases.push(case("two entries, one header", zip(&[first.clone(), inside]), End::Entry(Overlaps)));
    // A whole entry lies in the data of another.
    let hidden = zip(&[file("b", b"inner")]);
    let carrier = file("a", &hidden);
    let inner = Entry { alias: Some(31), ..file("b", b"inner") };
    cases.push(case("an entry in another's data", zip(&[carrier, inner]), End::Entry(Overlaps)));
    let kernel = packed("0", &vec![0; 1 << 20]);
    let many: Vec<Entry> =
        (1..500).map(|n| Entry { alias: Some(0), ..kernel.named(&n.to_string()) }).collect();
    let bomb = zip(&[&[kernel][..], &many].concat());
    cases.push(case("a bomb of one kernel", bomb, End::Code("P-IN-020 or P-IN-023")));
    let bad = b"\xff\xff\xff\xff not deflated";
    let garbage = Entry { data: bad.to_vec(), ..packed("a", b"x").both(|h| h.packed = bad.len() as u32) };
    cases.push(case("garbage for deflate", after_good(garbage), End::Entry(Damaged)));
    let whole = deflate(&[5; 9000]);
    let half = whole[..whole.len() / 2].to_vec();
    let cut = Entry { data: half.clone(), ..packed("a", &[5; 9000]).both(|h| h.packed = half.len() as u32) };
    cases.push(case("deflate cut short", after_good(cut), End::Entry(Damaged)));
    cases
}

/// Claims that the bytes do not keep.
fn lies() -> Vec<Case> {
    let good = || file("a", b"content");
    let both: [Lie; 4] = [
        ("another crc", |h| h.crc ^= 1),
        ("a smaller size", |h| h.size = 3),
        ("a larger size", |h| h.size = 30),
        ("a size of almost nothing when packed", |h| h.packed = 1),
    ];
    let own: [Lie; 5] = [
        ("name", |h| h.name = b"b".to_vec()),
        ("climbing name", |h| h.name = b"../evil".to_vec()),
        ("method", |h| h.method = 8),
        ("size", |h| h.size = 1),
        ("crc", |h| h.crc = 1),
    ];
    let both = both.map(|(name, lie)| {
        case(format!("both say {name}"), zip(&[good().both(lie)]), End::Entry(EntryFault::Damaged))
    });
    let own = own.map(|(name, lie)| {
        case(
            format!("its own header has another {name}"),
            zip(&[good().own(lie)]),
            End::Entry(EntryFault::Damaged),
        )
    });
    let mut cases: Vec<Case> = both.into_iter().chain(own).collect();
    let packed_lie = packed("a", &[0; 9000]).both(|h| h.size = 100);
    cases.push(case("more comes out than was said", zip(&[packed_lie]), End::Entry(EntryFault::Damaged)));
    // Info-ZIP's second name, which a reader may prefer.
    let mut second = vec![1];
    second.extend(crc32(b"a").to_le_bytes());
    second.extend(b"../evil");
    let renamed = good().both(|h| h.extra = extra(0x7075, &second));
    cases.push(case("a second name that climbs", zip(&[renamed]), End::Entry(EntryFault::Climbs)));
    let nowhere = Entry { alias: Some(0x7fff_ffff), ..good() };
    cases.push(case("a header past the end", after_good(nowhere), End::Entry(EntryFault::Damaged)));
    let not_one = Entry { alias: Some(5), ..file("a", b"") };
    cases.push(case(
        "a header where there is none",
        zip(&[file("good", &[0; 99]), not_one]),
        End::Entry(EntryFault::Overlaps),
    ));
    cases
}

/// Ends that point elsewhere.
fn ends() -> Vec<Case> {
    let damaged = End::Code("P-IN-019");
    let entries = [file("a", b"content"), file("b", b"content")];
    let whole = zip(&entries);
    let offset = entries.len() as u64 * 38;
    let bytes = |change: &dyn Fn(&mut super::zips::End)| zip_with(&entries, change);
    let mut shorter = whole.clone();
    shorter.truncate(whole.len() - 22);
    vec![
        case("cut in half", whole[..whole.len() / 2].to_vec(), damaged),
        case("without its end", shorter, damaged),
        case("four bytes", b"PK\x03\x04".to_vec(), damaged),
        case("more entries than there are", bytes(&|end| end.entries = 3), damaged),
        case("many more entries than there are", bytes(&|end| end.entries = 60_000), damaged),
        case("a directory past the end", bytes(&|end| end.offset = 0x7fff_0000), damaged),
        case("on the second of two disks", bytes(&|end| end.disk = 1), damaged),
        case("a comment of ends", bytes(&|end| end.comment = b"PK\x05\x06".repeat(16_000)), End::Fine),
        case(
            "zip64 that is nowhere",
            bytes(&|end| {
                end.before = zip64_end(2, 0, 0, u64::MAX);
                (end.entries, end.offset) = (u16::MAX, u32::MAX);
            }),
            damaged,
        ),
        case(
            "zip64 with all the entries there can be",
            bytes(&|end| {
                let record = u64::from(end.offset + end.size);
                end.before = zip64_end(u64::MAX, u64::from(end.size), offset, record);
                (end.entries, end.offset) = (u16::MAX, u32::MAX);
            }),
            damaged,
        ),
    ]
}

/// What would cost too much.
fn costs() -> Vec<Case> {
    let zeros = packed("zeros", &vec![0; 4 << 20]);
    let bomb = zip(std::slice::from_ref(&zeros));
    let many: Vec<Entry> = (0..17).map(|n| zeros.named(&n.to_string())).collect();
    let count = |n: usize, name: &dyn Fn(usize) -> String| {
        let entries: Vec<Entry> = (0..n).map(|n| file(name(n), b"")).collect();
        zip(&entries)
    };
    let mut cases = vec![
        case("a bomb", zip(&many), End::Code("P-IN-023")),
        case(
            "more folders than entries",
            count(40_000, &|n| format!("{n}/{}x", "d/".repeat(60))),
            End::Code("P-IN-021"),
        ),
        case(
            "paths of 16 MiB",
            count(60_000, &|n| format!("{}/{n:0240}", "p".repeat(60))),
            End::Code("P-IN-021"),
        ),
        case("ten thousand files", count(10_000, &|n| n.to_string()), End::Fine),
    ];
    let small = Limits { max_unpacked_bytes: (4 << 20) - 1, ..Limits::default() };
    cases.push(Case { limits: small, ..case("a byte too large", bomb, End::Code("P-IN-022")) });
    let few = Limits { max_entries: 9, ..Limits::default() };
    let ten = count(10, &|n| n.to_string());
    cases.push(Case { limits: few, ..case("an entry too many", ten, End::Code("P-IN-021")) });
    // Sizes of zip64 that add up to more than there are numbers.
    let endless = |name: &str| {
        let sizes = [u64::MAX - 1, 4].map(u64::to_le_bytes).concat();
        file(name, b"data").both(|h| {
            (h.size, h.packed, h.extra) = (u32::MAX, u32::MAX, extra(1, &sizes));
        })
    };
    cases.push(case("sizes beyond all numbers", zip(&[endless("a"), endless("b")]), End::Code("P-IN-022")));
    let nested = (0..200).fold(zip(&[file("x", b"x")]), |inner, _| zip(&[file("nested.zip", &inner)]));
    cases.push(case("two hundred zips in each other", nested, End::Fine));
    cases
}

/// What merely looks odd is unpacked.
fn honest() -> Vec<Case> {
    let sizes = [7_u64, 7].map(u64::to_le_bytes).concat();
    let wide = file("wide", b"content")
        .both(|h| (h.size, h.packed, h.extra) = (u32::MAX, u32::MAX, extra(1, &sizes)));
    let mut descriptor = b"PK\x07\x08".to_vec();
    descriptor.extend(crc32(b"content").to_le_bytes());
    descriptor.extend([7, 0, 0, 0, 7, 0, 0, 0]);
    let streamed = Entry { tail: descriptor, ..packed("s", b"content") };
    let streamed = Entry { tail: streamed.tail.clone(), ..streamed }
        .both(|h| h.flags = 8)
        .own(|h| (h.crc, h.size, h.packed) = (0, 0, 0));
    vec![
        case("an entry of zip64", zip(&[wide]), End::Fine),
        case("a name of UTF-8", zip(&[file("é/日本.txt", b"x").both(|h| h.flags = 0x800)]), End::Fine),
        case("a name of code page 437", zip(&[file(b"\x82t\x82", b"x")]), End::Fine),
        case("streamed, with a descriptor", zip(&[streamed]), End::Fine),
        case("names that differ by case only", zip(&[file("README", b"1"), file("readme", b"2")]), End::Fine),
        case(
            "names that differ by normalisation only",
            {
                let utf8 = |name: &str| file(name, b"x").both(|h| h.flags = 0x800);
                zip(&[utf8("\u{e9}"), utf8("e\u{301}")])
            },
            End::Fine,
        ),
        case("no entry", zip(&[]), End::Fine),
        case("one byte", b"P".to_vec(), End::Fine),
        case("nothing", Vec::new(), End::Fine),
    ]
}
