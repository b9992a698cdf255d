//! The code is held against `docs/architecture.md`: who may know whom is read from that page.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

type Arrows = BTreeMap<String, BTreeSet<String>>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page() -> String {
    std::fs::read_to_string(root().join("docs/architecture.md")).unwrap()
}

/// The indented block that follows `heading`.
fn block<'a>(page: &'a str, heading: &str) -> Vec<&'a str> {
    let after = page.split(heading).nth(1).unwrap_or_else(|| panic!("the page has no `{heading}`"));
    let block = after.lines().skip_while(|line| !line.starts_with("    "));
    block.take_while(|line| line.starts_with("    ")).map(str::trim).collect()
}

/// `a, b → c, d` says that a and b may know c and d; what stands in brackets is for people.
fn arrows() -> Arrows {
    let page = page();
    let mut arrows = Arrows::new();
    for line in block(&page, "Who may know whom") {
        let (from, to) = line.split_once('→').unwrap_or_else(|| panic!("no arrow in `{line}`"));
        let to = to.split('(').next().unwrap().trim();
        let to: BTreeSet<String> = match to {
            "nothing of ours" => BTreeSet::new(),
            rooms => rooms.split(',').map(|room| room.trim().to_owned()).collect(),
        };
        for room in from.split(',') {
            let before = arrows.insert(room.trim().to_owned(), to.clone());
            assert!(before.is_none(), "{} has two lines of arrows", room.trim());
        }
    }
    arrows
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Each source file below `src/` with its room; `main.rs` and `lib.rs` are of no room.
fn files() -> Vec<(Option<String>, PathBuf, String)> {
    let src = root().join("src");
    let files: Vec<_> = sources(&src)
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&src).unwrap();
            let room = inside.parent().and_then(|folder| folder.iter().next());
            let room = room.map(|room| room.to_str().unwrap().to_owned());
            let text = std::fs::read_to_string(&path).unwrap();
            (room, inside.to_owned(), text)
        })
        .collect();
    assert!(files.len() > 50, "the sources were not read");
    files
}

fn rooms() -> BTreeSet<String> {
    files().into_iter().filter_map(|(room, ..)| room).collect()
}

/// The code without its comments, which may speak of any room.
fn code(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The code without its comments and without what only tests compile, which stands at a file's end.
fn program(text: &str) -> String {
    code(text.split("#[cfg(test)]\nmod ").next().unwrap())
}

/// The rooms that a text of code names.
fn known(code: &str) -> BTreeSet<String> {
    let after = code.split("crate::").skip(1);
    after
        .map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap().to_owned())
        .collect()
}

#[test]
fn nobody_knows_a_room_to_which_no_arrow_leads() {
    let arrows = arrows();
    let mut faults = Vec::new();
    for (room, path, text) in files() {
        let Some(room) = room else { continue };
        let allowed = arrows.get(&room).unwrap_or_else(|| panic!("the page has no arrows of {room}"));
        for other in known(&code(&text)) {
            assert!(!other.is_empty(), "{}: name one room after `crate::`", path.display());
            if other != room && !allowed.contains(&other) {
                faults.push(format!("{} knows {other}", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "arrows that docs/architecture.md does not have:\n{}", faults.join("\n"));
}

#[test]
fn the_page_has_no_arrow_that_nobody_uses() {
    let mut used = Arrows::new();
    for (room, _, text) in files() {
        if let Some(room) = room {
            used.entry(room).or_default().extend(known(&code(&text)));
        }
    }
    let mut stale = Vec::new();
    for (room, allowed) in arrows() {
        let used =
            used.get(&room).unwrap_or_else(|| panic!("the page has arrows of {room}, which is no room"));
        stale.extend(allowed.difference(used).map(|other| format!("{room} → {other}")));
    }
    assert!(stale.is_empty(), "the page allows what nobody needs: {stale:?}");
}

#[test]
fn the_arrows_lead_one_way() {
    let mut left = arrows();
    while !left.is_empty() {
        let free: Vec<String> = left
            .iter()
            .filter(|(_, to)| to.iter().all(|room| !left.contains_key(room)))
            .map(|(room, _)| room.clone())
            .collect();
        assert!(!free.is_empty(), "the arrows go in a circle among {:?}", left.keys());
        for room in free {
            left.remove(&room);
        }
    }
}

#[test]
fn every_room_stands_on_the_map_of_the_page_and_of_the_crate() {
    let page = page();
    let on_the_page: BTreeSet<String> = block(&page, "## src/")
        .into_iter()
        .filter_map(|line| Some(line.split_once('/')?.0))
        .filter(|room| room.chars().all(|c| c.is_ascii_lowercase()))
        .map(ToOwned::to_owned)
        .collect();
    assert_eq!(on_the_page, rooms());
    let lib = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for room in rooms() {
        assert!(lib.contains(&format!("[`{room}`]")), "the module doc of lib.rs does not name {room}");
        assert!(lib.contains(&format!("pub mod {room};")), "lib.rs does not have {room}");
    }
}

#[test]
fn the_pure_rooms_do_no_io_and_know_no_clock() {
    let forbidden = [
        "tokio",
        "reqwest",
        "async fn",
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "Instant::now",
        "SystemTime",
    ];
    for (room, path, text) in files() {
        if !matches!(room.as_deref(), Some("poco" | "dapp")) {
            continue;
        }
        for word in forbidden {
            assert!(!program(&text).contains(word), "{} has `{word}`", path.display());
        }
    }
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    for (_, path, text) in files() {
        let lines = text.split("#[cfg(test)]\nmod ").next().unwrap().lines().count();
        assert!(lines <= 500, "{} has {lines} lines without its tests", path.display());
        assert!(text.starts_with("//! "), "{} does not open with its module doc", path.display());
    }
    let main = std::fs::read_to_string(root().join("src/main.rs")).unwrap();
    assert!(main.lines().count() <= 40, "main.rs does more than parse, call, exit");
}

#[test]
fn what_the_page_names_is_there() {
    let page = page();
    for line in block(&page, "## Top level") {
        let words = line.split("  ").map(str::trim).filter(|word| !word.is_empty());
        let named: Vec<&str> =
            if line.contains("Cargo.toml") { words.collect() } else { words.take(1).collect() };
        for name in named.into_iter().filter(|name| !name.contains(' ')) {
            assert!(root().join(name).exists(), "docs/architecture.md names {name}, which is not there");
        }
    }
}
