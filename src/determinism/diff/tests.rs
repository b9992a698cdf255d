//! What is compared as a person would: two folders in, the differences out.

use super::*;
use crate::determinism::finding::{Magnitude, Place};
use proptest::prelude::*;

/// Files of a folder with what is in them.
type Files<'a> = &'a [(&'a str, &'a [u8])];

fn folder(files: Files<'_>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

fn whole(first: Files<'_>, second: Files<'_>) -> Vec<Difference> {
    let (a, b) = (folder(first), folder(second));
    let known = Known::default();
    let side = |folder: &'_ tempfile::TempDir| folder.path().to_owned();
    let (a, b) = (side(&a), side(&b));
    let (first, second) = (Side { folder: &a, known: &known }, Side { folder: &b, known: &known });
    compare(&first, &second, &Scope::Tree { except: Vec::new() }, 100).unwrap()
}

fn proof(first: impl AsRef<[u8]>, second: impl AsRef<[u8]>) -> Vec<Difference> {
    whole(&[("consensus.iexec", first.as_ref())], &[("consensus.iexec", second.as_ref())])
}

#[test]
fn a_text_differs_at_a_line_and_a_column() {
    let found = proof("one\ntwö: cat\n", "one\ntwö: dog\n");
    let [only] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(only.place, Place::Text { path: "consensus.iexec".to_owned(), line: 2, column: 6 });
    assert_eq!((only.first.as_str(), only.second.as_str()), ("twö: cat", "twö: dog"));
    assert_eq!(only.magnitude, Magnitude::Bytes { differ: 3, of: 14 });
}

#[test]
fn causes_on_one_line_are_found_each() {
    let found = proof(
        "2026-11-21T17:17:25Z run 8f14e45f-ceea-467f-a8d2-91d2c9e1f0aa sum 0.30000000000000004\n",
        "2026-11-21T17:17:28Z run 1c2d3e4f-aaaa-4bbb-8ccc-0123456789ab sum 0.3\n",
    );
    let causes: Vec<_> = found.iter().map(|difference| difference.looks_like).collect();
    assert_eq!(causes, [Some(Cause::Timestamp), Some(Cause::RandomId), Some(Cause::FloatTail)], "{found:#?}");
    assert_eq!(found[0].magnitude, Magnitude::Seconds { milliseconds: 3000 });
    assert_eq!(found[2].magnitude, Magnitude::Ulps { most: 1, numbers: 1 });
}

#[test]
fn a_json_document_differs_at_a_pointer() {
    let found = proof(
        "{\n  \"a/b\": [1, {\"x\": 0.1}],\n  \"when\": 1795626000\n}",
        "{\n  \"a/b\": [1, {\"x\": 0.10000000000000002}],\n  \"when\": 1795626003\n}",
    );
    let places: Vec<_> =
        found.iter().map(|difference| (difference.place.clone(), difference.looks_like)).collect();
    let place = |pointer: &str, line, column| Place::Json {
        path: "consensus.iexec".to_owned(),
        pointer: pointer.to_owned(),
        line,
        column,
    };
    assert_eq!(
        places,
        [
            (place("/a~1b/1/x", 2, 20), Some(Cause::FloatTail)),
            (place("/when", 3, 11), Some(Cause::Timestamp))
        ]
    );
}

#[test]
fn a_pointer_is_escaped_as_the_standard_has_it() {
    let found = proof(r#"{"a~/b": {"é": 1}}"#, r#"{"a~/b": {"é": 2}}"#);
    assert!(matches!(&found[0].place, Place::Json { pointer, .. } if pointer == "/a~0~1b/é"), "{found:?}");
}

#[test]
fn members_of_an_object_in_another_order_are_a_hash_table() {
    let found = proof(r#"{"b": 1, "a": 2, "c": 3}"#, r#"{"c": 3, "a": 2, "b": 1}"#);
    let [only] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(only.looks_like, Some(Cause::HashOrder));
    assert!(matches!(only.magnitude, Magnitude::Reordered { moved: 2 }), "{only:?}");
}

#[test]
fn lines_of_a_table_that_moved_and_changed_are_both() {
    let found = proof(
        "alpha.txt 12 1795626000\nbravo.txt 9 1795626000\ncharlie.txt 7 1795626000\n",
        "charlie.txt 7 1795626003\nalpha.txt 12 1795626003\nbravo.txt 9 1795626003\n",
    );
    let causes: Vec<_> = found.iter().map(|difference| difference.looks_like).collect();
    assert_eq!(causes, [Some(Cause::ListingOrder), Some(Cause::Timestamp)], "{found:#?}");
    let found = proof("a cat\nb 0.1\nc 0.2\n", "a dog\nb 0.10000000000000002\nc 0.20000000000000004\n");
    let places: Vec<_> = found.iter().map(|difference| (&difference.place, difference.looks_like)).collect();
    let at = |line, column| Place::Text { path: "consensus.iexec".to_owned(), line, column };
    assert_eq!(places, [(&at(2, 3), Some(Cause::FloatTail)), (&at(1, 3), None)]);
}

#[test]
fn lines_of_a_log_that_raced_are_known_behind_their_times() {
    let found = proof(
        "[17:17:25.001] worker 1 done\n[17:17:25.002] worker 2 done\n[17:17:25.003] worker 3 done\n",
        "[17:17:28.001] worker 3 done\n[17:17:28.002] worker 1 done\n[17:17:28.004] worker 2 done\n",
    );
    let causes: Vec<_> = found.iter().map(|difference| difference.looks_like).collect();
    assert_eq!(causes, [Some(Cause::ThreadRace), Some(Cause::Timestamp)], "{found:#?}");
}

#[test]
fn ten_thousand_numbers_are_one_difference() {
    let text = |last: &str| (0..10_000).map(|n| format!("{n}.12345678901234{last}\n")).collect::<String>();
    let found = proof(text("1"), text("2"));
    let [only] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(only.looks_like, Some(Cause::FloatTail));
    assert!(matches!(only.magnitude, Magnitude::Ulps { numbers, .. } if numbers >= 2_000), "{only:?}");
}

#[test]
fn names_kinds_and_targets_are_told_apart_and_modes_enter_no_digest() {
    let (a, b) = (folder(&[("x/only", b"1"), ("same", b"1"), ("kind", b"")]), folder(&[("same", b"1")]));
    std::fs::create_dir(b.path().join("kind")).unwrap();
    std::fs::create_dir(b.path().join("empty")).unwrap();
    std::os::unix::fs::symlink("one", a.path().join("link")).unwrap();
    std::os::unix::fs::symlink("two", b.path().join("link")).unwrap();
    let closed = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(b.path().join("same"), closed).unwrap();
    let known = Known::default();
    let (first, second) =
        (Side { folder: a.path(), known: &known }, Side { folder: b.path(), known: &known });
    let found = compare(&first, &second, &Scope::Tree { except: Vec::new() }, 9).unwrap();
    let told: Vec<_> = found
        .iter()
        .map(|found| (found.place.clone(), found.first.as_str(), found.second.as_str()))
        .collect();
    let metadata =
        |path: &str, property: &str| Place::Metadata { path: path.to_owned(), property: property.to_owned() };
    assert_eq!(
        told,
        [
            (metadata("kind", "kind"), "a file", "a folder"),
            (metadata("link", "target"), "one", "two"),
            (Place::OnlyIn { path: "x/only".to_owned(), first: true }, "a file", "(nothing)"),
        ]
    );
    assert!(compare(&first, &second, &Scope::File("same".to_owned()), 9).unwrap().is_empty());
}

#[test]
fn what_is_known_of_both_machines_is_no_guess() {
    let (a, b) = (folder(&[("f", b"on alpha by 1000")]), folder(&[("f", b"on beta by 0")]));
    let known = |host: &str, user: &str| Known {
        words: vec![(Cause::HostName, host.to_owned()), (Cause::User, user.to_owned())],
        started: None,
    };
    let (one, other) = (known("alpha", "1000"), known("beta", "0"));
    let (first, second) = (Side { folder: a.path(), known: &one }, Side { folder: b.path(), known: &other });
    let found = compare(&first, &second, &Scope::File("f".to_owned()), 9).unwrap();
    let causes: Vec<_> = found.iter().filter_map(|difference| difference.looks_like).collect();
    assert_eq!(causes, [Cause::HostName, Cause::User]);
}

#[test]
fn a_name_that_tells_the_time_is_a_timestamp_and_its_file_is_compared() {
    let found = whole(&[("out/20261121171725.txt", b"cat\n")], &[("out/20261121171728.txt", b"dog\n")]);
    let [name, content] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(name.looks_like, Some(Cause::Timestamp));
    assert!(matches!(&name.place, Place::OnlyIn { path, first: true } if path == "out/20261121171725.txt"));
    assert_eq!((name.second.as_str(), content.first.as_str()), ("out/20261121171728.txt", "cat"));
}

#[test]
fn a_large_file_is_looked_at_where_it_parts() {
    let lines = "ä line that is the same in both runs\n".repeat(300_000);
    let found = proof(format!("{lines}x 1.5000001 {lines}"), format!("{lines}x 1.5000002 {lines}"));
    let [only] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(only.place, Place::Text { path: "consensus.iexec".to_owned(), line: 300_001, column: 3 });
    assert_eq!(only.looks_like, Some(Cause::FloatTail));

    let long = "é".repeat(5_000_000);
    let found = proof(format!("{long} a {long}"), format!("{long} b {long}"));
    let [only] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(only.place, Place::Text { path: "consensus.iexec".to_owned(), line: 1, column: 5_000_002 });

    let (mut one, mut other) = (lines.clone(), lines.clone());
    one.insert_str(lines.len() / 2, "only here\n");
    other.push_str("only here\n");
    let found = proof(&one, &other);
    assert!(found.iter().all(|found| found.second != "(nothing)" && found.first != "(nothing)"), "{found:?}");
    assert!(!found.is_empty());

    let zeros = vec![0_u8; 9 << 20];
    let found = proof([&zeros[..], b"\x01\x02"].concat(), [&zeros[..], b"\x01"].concat());
    let [only] = found.as_slice() else { panic!("{found:?}") };
    let place = Place::Binary { path: "consensus.iexec".to_owned(), offset: (9 << 20) + 1, part: None };
    assert_eq!((&only.place, only.first.as_str(), only.second.as_str()), (&place, "02", "(nothing)"));
    assert_eq!(only.magnitude, Magnitude::Bytes { differ: 1, of: (9 << 20) + 2 });
}

/// Texts that programs write, bytes that they do not, and all that is between.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let words = proptest::sample::select(vec![
        "2026-11-21T17:17:25Z",
        "1795626000",
        "\n",
        " ",
        "{\"a\":",
        "}",
        "[1,",
        "]",
        "0.1",
        "é",
        "\u{1b}[0m",
        "(nothing)",
        "/tmp/tmpab12cd",
        "0x7f0011223344",
        "key=",
        "x",
        "\"",
        "Nov",
        "17:17",
        "\u{202e}",
        "took 3s",
        "-rw-r--r--",
    ]);
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..60),
        proptest::collection::vec(words, 0..24).prop_map(|words| words.concat().into_bytes()),
        (
            proptest::sample::select(vec![
                &b"PK\x03\x04"[..],
                b"\x1f\x8b\x08",
                b"\x89PNG\r\n\x1a\n",
                b"%PDF-1.4\n"
            ]),
            proptest::collection::vec(any::<u8>(), 0..80)
        )
            .prop_map(|(magic, rest)| [magic, &rest].concat()),
    ]
}

fn turned(difference: &Difference) -> (String, String, Magnitude, Option<Cause>) {
    (difference.second.clone(), difference.first.clone(), difference.magnitude.clone(), difference.looks_like)
}

proptest! {
    #[test]
    fn whatever_two_files_hold_they_part_somewhere_and_nothing_when_they_are_one(a in any_bytes(), b in any_bytes()) {
        prop_assert!(compared(&a, &a).is_empty());
        let found = compared(&a, &b);
        prop_assert_eq!(found.is_empty(), a == b);
        for difference in &found {
            prop_assert_ne!(&difference.first, &difference.second, "{:?}", difference);
            for shown in [&difference.first, &difference.second] {
                prop_assert!(shown.chars().count() <= 120 && !shown.contains(char::is_control), "{}", shown);
            }
        }
    }

    #[test]
    fn from_the_other_side_it_is_the_same(a in any_bytes(), b in any_bytes()) {
        let (here, there) = (compared(&a, &b), compared(&b, &a));
        prop_assert_eq!(here.len(), there.len(), "{:#?} {:#?}", here, there);
        for (x, y) in here.iter().zip(there.iter().map(turned)) {
            prop_assert_eq!((&x.first, &x.second, &x.magnitude, &x.looks_like), (&y.0, &y.1, &y.2, &y.3));
        }
    }
}

/// Compares two files that are called `f`.
pub(super) fn compared(a: &[u8], b: &[u8]) -> Vec<Difference> {
    let known = Known::default();
    let origin = content::Origin { path: "f", known: (&known, &known), levels: content::LEVELS };
    let mut found = Gathered::default();
    content::compare(origin, a, b, &mut found);
    found.most_telling(100)
}
