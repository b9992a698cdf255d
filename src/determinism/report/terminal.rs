//! The report for a person at a terminal: the answer first, then each finding with its place and its mend, then what
//! was tried and what was not. Colour is written as escapes, for the printer to drop where there is no terminal.

use super::words::{self, printable};
use super::{Answer, Report};
use crate::determinism::finding::{Difference, Finding};

const WIDTH: usize = 80;
/// Where what is said of a label begins.
const INDENT: usize = 11;
/// How many differences of a finding are shown; the other reports have them all.
const SHOWN: usize = 2;

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const RED: &str = "\x1b[1;31m";
const GREEN: &str = "\x1b[1;32m";
const YELLOW: &str = "\x1b[1;33m";
const PLAIN: &str = "\x1b[0m";

/// The report in at most 80 columns, ended by a line break.
pub fn terminal(report: &Report) -> String {
    let mut out = String::new();
    let (colour, answer) = match report.answer {
        Answer::Same => (GREEN, "same"),
        Answer::Differs => (RED, "differs"),
        Answer::CouldNotRun => (YELLOW, "could not run"),
    };
    out.push_str(&format!("{colour}{answer}{PLAIN}  {BOLD}{}{PLAIN}\n", printable(&report.image)));
    paragraph(&mut out, 0, &report.summary);
    for (at, finding) in report.findings.iter().enumerate() {
        out.push('\n');
        self::finding(&mut out, at + 1, finding);
    }
    out.push('\n');
    tried(&mut out, report);
    out
}

fn finding(out: &mut String, number: usize, finding: &Finding) {
    out.push_str(&format!("{BOLD}{number}. {}{PLAIN}\n", finding.cause.name()));
    paragraph(out, 3, &finding.message);
    for difference in finding.differences.iter().take(SHOWN) {
        self::difference(out, difference);
    }
    let more = finding.differences.len().saturating_sub(SHOWN);
    if more > 0 {
        paragraph(out, 3, &format!("… and {}", words::counted(more as u64, "more place")));
    }
    if !finding.variations.is_empty() {
        let tries = finding.confirmed.map(|(seen, of)| format!("; seen again in {seen} of {of} tries"));
        label(out, "varied", &(finding.variations.join(" + ") + &tries.unwrap_or_default()));
    } else if let Some((seen, of)) = finding.confirmed {
        label(out, "seen", &format!("in {seen} of {of} tries"));
    }
    label(out, "mend", &finding.mend);
    label(out, "more", &finding.cause.chapter());
}

fn difference(out: &mut String, difference: &Difference) {
    label(out, "place", &words::place(&difference.place));
    label(out, "first", &difference.first);
    label(out, "second", &difference.second);
    label(out, "size", &words::magnitude(&difference.magnitude));
}

fn tried(out: &mut String, report: &Report) {
    let runs = words::counted(report.runs.len() as u64, "run");
    let facts = format!("{runs} in {}, seed {}", words::span(report.milliseconds), report.seed);
    paragraph(out, 0, &facts);
    if let Some(digest) = &report.digest {
        paragraph(out, 0, &format!("digest {}", words::digest(digest)));
    }
    let tally = words::tally(report);
    if !tally.quiet.is_empty() {
        let count = tally.quiet.len() as u64;
        let said = match report.answer {
            Answer::Same => "no difference found under",
            Answer::Differs => "no difference is laid to",
            Answer::CouldNotRun => "nothing could be compared under",
        };
        paragraph(out, 0, &format!("{said} {}:", words::counted(count, "variation")));
        paragraph(out, 3, &words::names(tally.quiet));
    }
    if !tally.not_possible.is_empty() {
        let count = tally.not_possible.len() as u64;
        paragraph(out, 0, &format!("not possible here: {}", words::counted(count, "variation")));
        for (note, why) in tally.not_possible {
            paragraph(out, 3, &format!("{}: {why}", note.name));
        }
    }
    if !tally.left_out.is_empty() {
        paragraph(out, 0, &format!("left out: {}", words::names(tally.left_out)));
    }
}

/// A label, and what is said of it beside it.
fn label(out: &mut String, label: &str, text: &str) {
    let lines = wrap(&printable(text), WIDTH - INDENT);
    for (at, line) in lines.iter().enumerate() {
        let label = if at == 0 { label } else { "" };
        out.push_str(&format!("   {DIM}{label:<width$}{PLAIN}{line}\n", width = INDENT - 3));
    }
}

/// A text of perhaps several lines, each of them broken where it is too long.
fn paragraph(out: &mut String, indent: usize, text: &str) {
    for line in text.lines().flat_map(|line| wrap(&printable(&line.replace('\t', "    ")), WIDTH - indent)) {
        out.push_str(&" ".repeat(indent));
        out.push_str(&line);
        out.push('\n');
    }
}

/// Lines of at most `width` characters, broken at blanks, and within a word only when it is longer than a line.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut length = 0;
    for word in text.split_inclusive(' ') {
        let mut rest: Vec<char> = word.chars().collect();
        let visible = word.trim_end().chars().count();
        if length > 0 && length + visible > width {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            length = 0;
        }
        while rest.len() > width && visible > width {
            let tail = rest.split_off(width);
            lines.push(rest.into_iter().collect());
            rest = tail;
        }
        length += rest.len();
        line.extend(rest);
    }
    lines.push(line.trim_end().to_owned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_blanks_and_long_words_within() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("", 5), [""]);
        assert_eq!(wrap("  a  b", 10), ["  a  b"]);
    }
}
