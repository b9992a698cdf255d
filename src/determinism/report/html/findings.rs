//! The findings: why, where, both sides beside each other, and what to do.

use super::chapter::chapter;
use super::{Answer, Report, esc, words};
use crate::determinism::finding::{Difference, Finding};
use crate::determinism::report::cause::title;

pub(super) fn section(report: &Report) -> String {
    if report.findings.is_empty() {
        return match report.answer {
            Answer::Same => String::new(),
            Answer::Differs | Answer::CouldNotRun => {
                "<section><h2>Findings</h2><p class=\"muted\">None that could be told.</p></section>".into()
            }
        };
    }
    let cards: String = report.findings.iter().map(finding).collect();
    format!("<section><h2>Findings</h2>{cards}</section>")
}

fn finding(finding: &Finding) -> String {
    let name = finding.cause.name();
    let mut tags: Vec<String> = finding.variations.iter().map(|name| tag("varied", name)).collect();
    if let Some((seen, of)) = finding.confirmed {
        tags.push(tag("seen again", &format!("{seen} of {of} tries")));
    }
    let tags =
        if tags.is_empty() { String::new() } else { format!("<p class=\"tags\">{}</p>", tags.concat()) };
    let differences: String = finding.differences.iter().map(difference).collect();
    format!(
        "<article id=\"{name}\"><h3>{}</h3><p>{}</p>{tags}{differences}<div class=\"mend\"><h4>What to do</h4>\
         <p>{}</p></div><details><summary>More on this: <code>{}</code></summary>{}</details></article>",
        title(name),
        esc(&finding.message),
        esc(&finding.mend),
        finding.cause.chapter(),
        chapter(finding.cause)
    )
}

fn tag(label: &str, text: &str) -> String {
    format!("<span class=\"tag\"><span class=\"muted\">{label}</span> {}</span>", esc(text))
}

fn difference(difference: &Difference) -> String {
    let (first, second) = sides(&difference.first, &difference.second);
    format!(
        "<figure><figcaption><code>{}</code><span class=\"muted\">{}</span></figcaption><div class=\"sides\">\
         <div><h5>First run</h5><pre>{first}</pre></div><div><h5>Second run</h5><pre>{second}</pre></div></div>\
         </figure>",
        esc(&words::place(&difference.place)),
        esc(&words::magnitude(&difference.magnitude)),
    )
}

/// Both sides, with what they do not share marked.
fn sides(first: &str, second: &str) -> (String, String) {
    let (a, b): (Vec<char>, Vec<char>) = (first.chars().collect(), second.chars().collect());
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let most = a.len().min(b.len()).saturating_sub(head);
    let tail = a.iter().rev().zip(b.iter().rev()).take(most).take_while(|(x, y)| x == y).count();
    let side = |chars: &[char]| {
        if chars.is_empty() {
            return "<span class=\"muted\">nothing</span>".to_owned();
        }
        let end = chars.len().saturating_sub(tail);
        let part =
            |from: usize, to: usize| esc(&chars.get(from..to).unwrap_or_default().iter().collect::<String>());
        let middle = part(head, end);
        let marked = if middle.is_empty() { String::new() } else { format!("<mark>{middle}</mark>") };
        format!("{}{marked}{}", part(0, head), part(end, chars.len()))
    };
    (side(&a), side(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_sides_do_not_share_is_marked() {
        for (a, b, left, right) in [
            ("at 10:00 UTC", "at 19:00 UTC", "at 1<mark>0</mark>:00 UTC", "at 1<mark>9</mark>:00 UTC"),
            ("aa", "aaa", "aa", "aa<mark>a</mark>"),
            ("<b>", "<i>", "&lt;<mark>b</mark>&gt;", "&lt;<mark>i</mark>&gt;"),
            ("", "x", "<span class=\"muted\">nothing</span>", "<mark>x</mark>"),
            ("x", "x", "x", "x"),
        ] {
            assert_eq!(sides(a, b), (left.to_owned(), right.to_owned()), "{a} {b}");
        }
    }
}
