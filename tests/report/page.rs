//! The page by itself: that it holds what was found, needs no network and may run no script.

use crate::{SAMPLES, sample};
use base64::Engine as _;
use poco::determinism::report::html;
use roxmltree::{Document, Node, ParsingOptions};
use sha2::{Digest as _, Sha256};

fn parsed(text: &str) -> Document<'_> {
    Document::parse_with_options(text, ParsingOptions { allow_dtd: true, ..ParsingOptions::default() })
        .unwrap()
}

/// What a person reads of an element.
fn text(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect()
}

#[test]
fn the_page_asks_for_nothing_and_runs_nothing() {
    for name in SAMPLES {
        let page = html(&sample(name));
        for word in ["http:", "https:", "src=", "href=", "url(", "@import", "<script", "<link", "style=\""] {
            assert!(!page.contains(word), "{name}: {word}");
        }
        let document = parsed(&page);
        let node = |tag: &str| document.descendants().find(|node| node.has_tag_name(tag)).unwrap();
        let policy = document.descendants().find(|node| node.attribute("http-equiv").is_some()).unwrap();
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text(node("style"))));
        let policy = policy.attribute("content").unwrap();
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        assert!(policy.contains(&format!("style-src 'sha256-{hash}';")), "{policy}");
    }
}

#[test]
fn the_page_holds_all_that_was_found() {
    for name in SAMPLES {
        let report = sample(name);
        let page = html(&report);
        let document = parsed(&page);
        let body = text(document.descendants().find(|node| node.has_tag_name("body")).unwrap());
        let count = |tag: &str, class: &str| {
            let fits = |node: &Node<'_, '_>| {
                node.has_tag_name(tag) && (class.is_empty() || node.attribute("class") == Some(class))
            };
            document.descendants().filter(fits).count()
        };
        assert!(body.contains(&report.summary) && body.contains(&report.image), "{name}");
        assert_eq!(count("article", ""), report.findings.len(), "{name}");
        assert_eq!(count("rect", "bar"), report.runs.len(), "{name}");
        for finding in &report.findings {
            assert!(body.contains(&finding.message) && body.contains(&finding.mend), "{name}");
            assert!(body.contains(&finding.cause.chapter()), "{name}");
            for difference in &finding.differences {
                assert!(body.contains(&difference.first) && body.contains(&difference.second), "{name}");
            }
        }
        for note in &report.variations {
            assert!(body.contains(&note.name) && body.contains(&note.what), "{name}: {}", note.name);
        }
    }
}
