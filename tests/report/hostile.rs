//! Names, outputs and messages are strangers' text: whatever they hold, no report is broken by it.

use crate::sample;
use poco::determinism::report::{Report, html, junit, terminal};
use proptest::prelude::*;
use roxmltree::{Document, ParsingOptions};
use serde_json::Value;

const HOSTILE: [&str; 8] = [
    "<script>window.hurt = 1</script>",
    "\"><img src=x onerror=\"window.hurt = 1\"/>",
    "'><svg onload='window.hurt = 1'/>",
    "</style><style>* { display: none }</style>",
    "]]><!-- &lt;script&gt; &#60;",
    "\x1b[2J\x1b]0;hurt\x07\r\u{0}\u{fffe}",
    "\u{202e}txt.exe\u{2066}",
    "javascript:window.hurt=1",
];

/// The report with every text replaced that is not one of the program's own words.
pub(crate) fn poisoned(report: &Report, text: &str) -> Report {
    fn poison(value: &mut Value, key: &str, text: &str) {
        const OURS: [&str; 8] =
            ["kind", "answer", "cause", "looks_like", "purpose", "state", "property", "value"];
        match value {
            Value::String(old) if !OURS.contains(&key) => *old = text.to_owned(),
            Value::Array(list) => list.iter_mut().for_each(|value| poison(value, key, text)),
            Value::Object(map) => map.iter_mut().for_each(|(key, value)| poison(value, key, text)),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(report).unwrap();
    poison(&mut value, "", text);
    serde_json::from_value(value).unwrap()
}

/// The elements and attributes of a document, without their text.
fn skeleton(text: &str) -> Vec<String> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).unwrap_or_else(|error| panic!("{error}"));
    let elements = document.descendants().filter(roxmltree::Node::is_element);
    elements
        .map(|node| {
            let attributes: Vec<&str> = node.attributes().map(|attribute| attribute.name()).collect();
            format!("{} {}", node.tag_name().name(), attributes.join(" "))
        })
        .collect()
}

#[test]
fn no_text_becomes_markup() {
    for name in crate::SAMPLES {
        let harmless = poisoned(&sample(name), "harmless");
        for text in HOSTILE {
            let hostile = poisoned(&sample(name), text);
            // Both sides of a difference are alike here, so that nothing is marked in either.
            assert_eq!(skeleton(&html(&hostile)), skeleton(&html(&harmless)), "{name}: {text:?}");
            assert_eq!(skeleton(&junit(&hostile)), skeleton(&junit(&harmless)), "{name}: {text:?}");
        }
    }
}

#[test]
fn no_text_steers_a_terminal() {
    for text in HOSTILE {
        let report = poisoned(&sample("differs"), text);
        let said = anstream::adapter::strip_str(&terminal(&report)).to_string();
        assert!(!said.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        assert!(!said.contains(['\u{202e}', '\u{2066}']), "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_at_all_makes_whole_reports(text in any::<String>()) {
        let report = poisoned(&sample("differs"), &text);
        skeleton(&html(&report));
        skeleton(&junit(&report));
        let read: Report = serde_json::from_value(serde_json::to_value(&report).unwrap()).unwrap();
        prop_assert_eq!(&read, &report);
        let said = anstream::adapter::strip_str(&terminal(&report)).to_string();
        for line in said.lines() {
            prop_assert!(line.chars().count() <= 80 || line.starts_with("same  ") || line.starts_with("differs  "), "{}", line);
        }
    }
}
