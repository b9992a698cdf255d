//! The report at a terminal and as JUnit.

use crate::{SAMPLES, sample};
use poco::determinism::report::{Report, junit, terminal};
use roxmltree::{Document, Node};

/// What a printer leaves of a text where there is no terminal.
fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn a_person_at_a_terminal_reads_the_answer_first() {
    for name in SAMPLES {
        let text = plain(&terminal(&sample(name)));
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
        insta::assert_snapshot!(format!("terminal_{name}"), text);
    }
}

fn cases<'a>(document: &'a Document<'a>) -> Vec<Node<'a, 'a>> {
    document.descendants().filter(|node| node.has_tag_name("testcase")).collect()
}

fn outcome<'a>(document: &'a Document<'a>, name: &str) -> (&'a str, String) {
    let all = cases(document);
    let case = all.iter().find(|case| case.attribute("name") == Some(name));
    let case = case.unwrap_or_else(|| panic!("no case {name}"));
    match case.first_element_child() {
        None => ("passed", String::new()),
        Some(node) => (node.tag_name().name(), node.attribute("message").unwrap().to_owned()),
    }
}

#[test]
fn each_variation_is_a_test_case_and_so_are_the_identical_runs_and_the_proof() {
    for name in SAMPLES {
        let report = sample(name);
        let text = junit(&report);
        let document = Document::parse(&text).unwrap();
        assert_eq!(cases(&document).len(), 3 + report.variations.len(), "{name}");
        // The totals are those of the cases.
        for suite in document.descendants().filter(|node| node.has_attribute("tests")) {
            let count = |tag: &str| {
                let hit = |case: &&Node<'_, '_>| case.children().any(|node| node.has_tag_name(tag));
                cases(&document).iter().filter(hit).count().to_string()
            };
            for (total, tag) in [("failures", "failure"), ("errors", "error"), ("skipped", "skipped")] {
                assert_eq!(suite.attribute(total).unwrap(), count(tag), "{name}: {total}");
            }
        }
    }
}

#[test]
fn a_finding_fails_the_test_case_that_it_belongs_to() {
    let text = junit(&sample("differs"));
    let document = Document::parse(&text).unwrap();
    let zone = "A time is written in the machine's own zone.".to_owned();
    assert_eq!(outcome(&document, "time-zone"), ("failure", zone));
    assert_eq!(outcome(&document, "input-order").0, "failure");
    assert_eq!(outcome(&document, "locale").0, "passed");
    assert_eq!(outcome(&document, "runtime"), ("skipped", "crun is not installed on this host".to_owned()));
    assert_eq!(outcome(&document, "identical runs").0, "passed");
    assert_eq!(outcome(&document, "proof").0, "passed");

    let text = junit(&sample("could-not-run"));
    let document = Document::parse(&text).unwrap();
    assert_eq!(outcome(&document, "identical runs").0, "error");
    assert_eq!(outcome(&document, "proof").0, "failure");
    assert_eq!(outcome(&document, "locale").0, "skipped");
}

#[test]
fn what_no_variation_brought_about_fails_the_runs_that_show_it() {
    let case_of = |change: fn(&mut Report)| {
        let mut report = sample("differs");
        report.findings.truncate(1);
        report.findings[0].variations.clear();
        change(&mut report);
        let text = junit(&report);
        let document = Document::parse(&text).unwrap();
        ["identical runs", "all variations together"].map(|case| outcome(&document, case).0 == "failure")
    };
    assert_eq!(case_of(|_| {}), [false, true]);
    assert_eq!(case_of(|report| report.runs[1].digest = None), [true, false]);
}
