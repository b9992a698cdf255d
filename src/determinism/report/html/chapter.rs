//! The documentation's chapter of a cause, within the page: who reads the page has perhaps no documentation at hand.

use super::esc;
use crate::determinism::finding::Cause;
use crate::determinism::report::cause::title;

const PAGE: &str = include_str!("../../../../docs/check.md");

/// The chapter's paragraphs; nothing when there is no such chapter.
pub(super) fn chapter(cause: Cause) -> String {
    let heading = format!("\n### {}\n", title(cause.name()));
    let after = PAGE.split_once(&heading).map(|(_, after)| after).unwrap_or_default();
    let text = after.split("\n#").next().unwrap_or_default();
    // A line that begins with a bold word begins a paragraph.
    let text = text.replace("\n**", "\n\n**");
    let paragraphs = text.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    paragraphs.map(|part| format!("<p>{}</p>", inline(part))).collect()
}

/// Text with `code` and **bold**, which is all that these chapters have.
fn inline(text: &str) -> String {
    let mut out = String::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            out.push_str(&format!("<code>{}</code>", esc(part)));
            continue;
        }
        for (at, part) in part.split("**").enumerate() {
            let part = esc(part);
            out.push_str(&if at % 2 == 1 { format!("<b>{part}</b>") } else { part });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_its_chapter_within_the_page() {
        for cause in Cause::ALL {
            let text = chapter(cause);
            assert!(text.contains("<b>Shows.</b>") && text.contains("<b>Mend.</b>"), "{cause:?}: {text}");
            assert!(!text.contains("**") && !text.contains('`'), "{cause:?}: {text}");
        }
    }
}
