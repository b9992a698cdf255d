//! Places, sizes and times in words, the same in every report, and strangers' text made printable.

use super::{Digest, Purpose, Report, VariationNote, VariationState};
use crate::determinism::finding::{Magnitude, Place};
use std::collections::BTreeSet;

/// Where two outputs part.
pub(super) fn place(place: &Place) -> String {
    match place {
        Place::Text { path, line, column } => format!("{path}, line {line}, column {column}"),
        Place::Json { path, pointer, line, column } => {
            let value = if pointer.is_empty() { "the whole document" } else { pointer };
            format!("{path}, {value} (line {line}, column {column})")
        }
        Place::Binary { path, offset, part: None } => format!("{path}, byte {offset} (0x{offset:x})"),
        Place::Binary { path, offset, part: Some(part) } => {
            format!("{path}, byte {offset} (0x{offset:x}): {part}")
        }
        Place::OnlyIn { path, first } => {
            format!("{path}, which only the {} has", if *first { "first" } else { "second" })
        }
        Place::Metadata { path, property } => format!("{path}, its {property}"),
    }
}

/// How large a difference is.
pub(super) fn magnitude(magnitude: &Magnitude) -> String {
    match magnitude {
        Magnitude::Ulps { most, numbers: 1 } => format!("{most} ulp in one number"),
        Magnitude::Ulps { most, numbers } => format!("at most {most} ulp in {numbers} numbers"),
        Magnitude::Seconds { milliseconds: apart } => {
            format!("{} apart", span(u64::try_from(apart.unsigned_abs()).unwrap_or(u64::MAX)))
        }
        Magnitude::Reordered { moved: 1 } => "the same parts, one of them elsewhere".to_owned(),
        Magnitude::Reordered { moved } => format!("the same parts, {moved} of them elsewhere"),
        Magnitude::Bytes { differ, of } => format!("{differ} of {}", counted(*of, "byte")),
        Magnitude::Places { count } => counted(*count as u64, "place"),
    }
}

/// What a run is for.
pub(super) fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Identical => "identical",
        Purpose::AllVariations => "all variations",
        Purpose::Search => "search",
        Purpose::Confirm => "confirm",
        Purpose::OtherInput => "other input",
    }
}

/// A length of time with as many digits as are of use.
pub(super) fn span(milliseconds: u64) -> String {
    let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
    match seconds {
        0 => format!("{rest} ms"),
        1..60 => format!("{seconds}.{} s", rest / 100),
        60..3600 => parts((seconds / 60, "min"), (seconds % 60, "s")),
        3600..172_800 => parts((seconds / 3600, "h"), (seconds % 3600 / 60, "min")),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Two units, the smaller one only when there is some of it.
fn parts((large, unit): (u64, &str), (small, below): (u64, &str)) -> String {
    if small == 0 { format!("{large} {unit}") } else { format!("{large} {unit} {small} {below}") }
}

/// So many of a thing.
pub(super) fn counted(count: u64, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// A digest by its ends.
pub(super) fn short(digest: &str) -> String {
    match (digest.get(..10), digest.len().checked_sub(6).and_then(|at| digest.get(at..))) {
        (Some(head), Some(tail)) if digest.len() > 20 => format!("{head}…{tail}"),
        _ => digest.to_owned(),
    }
}

/// A digest with the rule that gave it.
pub(super) fn digest(digest: &Digest) -> String {
    format!("{} ({})", digest.value, digest.rule)
}

/// A command line as a shell would take it.
pub(super) fn command(words: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    let quoted = words.iter().map(|word| {
        if !word.is_empty() && word.chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// The text with what could steer a terminal, or turn a line around, written as an escape.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

/// Control characters, line breaks among them, and those that change the direction of what follows.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The text as it may stand between tags or quotes of HTML and XML. What could turn a line around and what XML cannot hold is
/// written as an escape, and so is each control character but those of `kept`.
pub(super) fn marked_up(text: &str, kept: &[char]) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if kept.contains(&c) => out.push(c),
            c if steers(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// The variations by what became of them.
pub(super) struct Tally<'a> {
    /// In force in a run at least, and no finding lays a difference to them.
    pub(super) quiet: Vec<&'a VariationNote>,
    /// Not possible here, and why.
    pub(super) not_possible: Vec<(&'a VariationNote, &'a str)>,
    /// Left out.
    pub(super) left_out: Vec<&'a VariationNote>,
}

/// Sorts the variations of a report.
pub(super) fn tally(report: &Report) -> Tally<'_> {
    let culprits = culprits(report);
    let mut tally = Tally { quiet: Vec::new(), not_possible: Vec::new(), left_out: Vec::new() };
    for note in &report.variations {
        match &note.state {
            VariationState::Varied if culprits.contains(note.name.as_str()) => {}
            VariationState::Varied => tally.quiet.push(note),
            VariationState::NotPossible { why } => tally.not_possible.push((note, why)),
            VariationState::LeftOut => tally.left_out.push(note),
        }
    }
    tally
}

/// The names of the variations that findings lay a difference to.
pub(super) fn culprits(report: &Report) -> BTreeSet<&str> {
    report.findings.iter().flat_map(|finding| &finding.variations).map(String::as_str).collect()
}

/// The names of variations, one after another.
pub(super) fn names<'a>(notes: impl IntoIterator<Item = &'a VariationNote>) -> String {
    notes.into_iter().map(|note| note.name.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_the_digits_that_are_of_use() {
        for (milliseconds, words) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1999, "1.9 s"),
            (60_000, "1 min"),
            (61_000, "1 min 1 s"),
            (45_900_000, "12 h 45 min"),
            (864_000_000, "10 days"),
        ] {
            assert_eq!(span(milliseconds), words);
        }
    }

    #[test]
    fn what_steers_a_terminal_is_written_out() {
        assert_eq!(printable("a\x1b[31m\u{202e}b\n\té日"), r"a\u{1b}[31m\u{202e}b\n\té日");
    }

    #[test]
    fn a_command_can_be_pasted_into_a_shell() {
        let words = ["poco", "check", "a b", "", "it's", "$HOME"].map(str::to_owned);
        assert_eq!(command(&words), r"poco check 'a b' '' 'it'\''s' '$HOME'");
        assert_eq!(shell_words::split(&command(&words)).unwrap(), words);
    }

    #[test]
    fn a_digest_is_known_by_its_ends() {
        let digest = format!("0x{}", "ab".repeat(32));
        assert_eq!(short(&digest), "0xabababab…ababab");
        assert_eq!(short("ünï"), "ünï");
    }
}
