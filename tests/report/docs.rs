//! `docs/check.md` against the program: a chapter for each cause, a line for each rule, an example whose flags are there.

use poco::determinism::finding::Cause;
use poco::determinism::lint::NAMES;
use std::collections::BTreeSet;
use std::process::Command;

fn page() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/check.md")).unwrap()
}

fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let after =
        page.split(&format!("\n## {heading}\n")).nth(1).unwrap_or_else(|| panic!("no section {heading}"));
    after.split("\n## ").next().unwrap()
}

/// The anchor that a heading gets.
fn anchor(heading: &str) -> String {
    heading.to_lowercase().replace(' ', "-")
}

#[test]
fn each_cause_has_a_chapter_and_each_chapter_a_cause() {
    let page = page();
    let chapters: Vec<&str> = section(&page, "Causes").split("\n### ").skip(1).collect();
    let anchors: Vec<String> = chapters.iter().map(|text| anchor(text.lines().next().unwrap())).collect();
    assert_eq!(anchors, Cause::ALL.map(Cause::name));
    for (cause, chapter) in Cause::ALL.into_iter().zip(chapters) {
        assert_eq!(cause.chapter(), format!("docs/check.md#{}", cause.name()));
        for part in ["\n**Shows.** ", "\n**Mend.** "] {
            assert_eq!(chapter.matches(part).count(), 1, "{}: {part}", cause.name());
        }
    }
}

#[test]
fn each_rule_of_the_lint_has_a_line() {
    let page = page();
    let lines = section(&page, "Lint").lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(lines.collect::<Vec<_>>(), NAMES);
}

/// What stands behind `run:` in the example for a CI.
fn steps(page: &str) -> Vec<String> {
    let yaml = page.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(!yaml.contains('\t'), "YAML has no tabs");
    assert!(yaml.lines().all(|line| (line.len() - line.trim_start().len()) % 2 == 0), "YAML by twos");
    yaml.lines().filter_map(|line| line.trim().strip_prefix("run: ")).map(str::to_owned).collect()
}

#[test]
fn the_example_for_a_ci_calls_what_is_there() {
    let mut called = BTreeSet::new();
    for step in steps(&page()) {
        let words = shell_words::split(&step).unwrap();
        let [program, command, flags @ ..] = words.as_slice() else { panic!("{step}") };
        if program != "poco" {
            continue;
        }
        let help = Command::new(env!("CARGO_BIN_EXE_poco")).args([command, "--help"]).output().unwrap();
        assert!(help.status.success(), "{step}");
        let help = String::from_utf8(help.stdout).unwrap();
        for flag in flags.iter().filter(|flag| flag.starts_with("--")) {
            assert!(help.split_whitespace().any(|word| word == flag), "{step}: no {flag}");
        }
        called.insert(command.clone());
    }
    assert_eq!(called, ["check", "lint"].map(str::to_owned).into());
}
