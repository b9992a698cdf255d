//! `docs/errors.md` has a section for every code of the program, and for no other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// `P-XX-NNN` at the start of a text.
fn code_at(text: &str) -> Option<&str> {
    let code = text.get(..8)?;
    let fits = code.bytes().zip("P-AA-000".bytes()).all(|(byte, form)| match form {
        b'A' => byte.is_ascii_uppercase(),
        b'0' => byte.is_ascii_digit(),
        other => byte == other,
    });
    fits.then_some(code)
}

/// Each code that the program gives, with the places that give it: what stands before it in a match of `fn code`.
fn codes_of_the_program() -> BTreeMap<String, Vec<String>> {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let mut codes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let program = text.split("#[cfg(test)]").next().unwrap();
        for (number, line) in program.lines().enumerate() {
            for quoted in line.split('"').skip(1).step_by(2) {
                if quoted.len() == 8 && code_at(quoted).is_some() {
                    let place = format!("{}:{}", file.strip_prefix(root()).unwrap().display(), number + 1);
                    codes.entry(quoted.to_owned()).or_default().push(place);
                }
            }
        }
    }
    codes
}

/// Each section of the page: its code and its text.
fn sections() -> Vec<(String, String)> {
    let page = std::fs::read_to_string(root().join("docs/errors.md")).unwrap();
    let sections = page.split("\n### ").skip(1);
    sections
        .map(|section| {
            let code = code_at(section).unwrap_or_else(|| panic!("a section without a code: {section:.60}"));
            (code.to_owned(), section.split("\n## ").next().unwrap().to_owned())
        })
        .collect()
}

#[test]
fn the_page_has_the_codes_of_the_program_and_no_others() {
    let given: BTreeSet<String> = codes_of_the_program().into_keys().collect();
    let told: BTreeSet<String> = sections().into_iter().map(|(code, _)| code).collect();
    assert!(given.len() > 100, "the sources were not read: {given:?}");
    let untold: Vec<_> = given.difference(&told).collect();
    let stale: Vec<_> = told.difference(&given).collect();
    assert!(untold.is_empty(), "without a section in docs/errors.md: {untold:?}");
    assert!(stale.is_empty(), "in docs/errors.md and given by nothing: {stale:?}");
}

#[test]
fn a_code_has_one_meaning() {
    let twice: Vec<_> = codes_of_the_program().into_iter().filter(|(_, places)| places.len() > 1).collect();
    assert!(twice.is_empty(), "given in two places: {twice:?}");
    let mut seen = BTreeSet::new();
    let repeated: Vec<_> = sections().into_iter().filter(|(code, _)| !seen.insert(code.clone())).collect();
    assert!(repeated.is_empty(), "told twice: {repeated:?}");
}

#[test]
fn each_section_tells_a_cause_and_a_mend() {
    for (code, text) in sections() {
        for part in ["**Cause.** ", "**Mend.** "] {
            let said = text.split(part).nth(1).and_then(|rest| rest.lines().next()).unwrap_or_default();
            assert!(said.len() > 9 && said.ends_with('.'), "{code} lacks its {part}: `{said}`");
        }
    }
}

#[test]
fn what_other_pages_say_of_a_code_can_be_looked_up() {
    let told: BTreeSet<String> = sections().into_iter().map(|(code, _)| code).collect();
    for page in ["README.md", "docs/digest.md", "docs/dapp.md", "docs/operate.md", "docs/pool-api.md"] {
        let text = std::fs::read_to_string(root().join(page)).unwrap();
        let named = text.match_indices("P-").filter_map(|(at, _)| code_at(&text[at..]));
        for code in named {
            assert!(told.contains(code), "{page} names {code}, which nothing gives");
        }
    }
}
