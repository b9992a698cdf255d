//! How a line falls into words: items are what separators part (members of a set, fields of a table), tokens are the runs of
//! letters and digits within an item.

use super::align::{Gap, part};
use std::ops::Range;

/// The most items of a line that are compared.
const ITEMS: usize = 20_000;

/// Stretches of a line, one of each side.
pub(super) type Hunk = (Range<usize>, Range<usize>);

/// What parts the items of a line.
fn separates(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | ';' | '|' | '{' | '}' | '[' | ']' | '(' | ')')
}

/// How many bytes both begin with, back to the start of an item.
pub(super) fn shared_start(a: &str, b: &str) -> usize {
    let shared: usize = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum();
    let head = a.get(..shared).unwrap_or_default();
    head.char_indices().rev().find(|(_, c)| separates(*c)).map_or(0, |(at, c)| at + c.len_utf8())
}

/// The last boundary between characters that is not behind `at`.
pub(super) fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Where the items of a line stand.
pub(super) fn items(line: &str) -> Vec<Range<usize>> {
    let mut items = Vec::new();
    let mut start = 0;
    for part in line.split_inclusive(separates) {
        let item = part.trim_end_matches(separates);
        if !item.is_empty() {
            items.push(start..start + item.len());
        }
        start += part.len();
        if items.len() >= ITEMS {
            break;
        }
    }
    items
}

/// The texts of stretches.
pub(super) fn texts<'a>(line: &'a str, stretches: &[Range<usize>]) -> Vec<&'a str> {
    stretches.iter().map(|range| line.get(range.clone()).unwrap_or_default()).collect()
}

/// The places of a gap between items: item by item where there are as many of each, all of it otherwise.
pub(super) fn hunks(
    a: &str,
    b: &str,
    gap: &Gap,
    items: (&[Range<usize>], &[Range<usize>]),
    out: &mut Vec<Hunk>,
) {
    if gap.first.len() == gap.second.len() {
        for (x, y) in gap.first.iter().zip(&gap.second) {
            if let (Some(x), Some(y)) = (items.0.get(*x), items.1.get(*y)) {
                tokens_that_differ(a, b, x, y, out);
            }
        }
        return;
    }
    let span = |line: &str, items: &[Range<usize>], indices: &[usize], start: usize| {
        let at = |index: Option<&usize>| index.and_then(|index| items.get(*index));
        let here = items.get(start).map_or(line.len(), |item| item.start);
        match (at(indices.first()), at(indices.last())) {
            (Some(first), Some(last)) => first.start..last.end,
            _ => here..here,
        }
    };
    out.push((span(a, items.0, &gap.first, gap.start.0), span(b, items.1, &gap.second, gap.start.1)));
}

/// The stretch of two lines that is left between what they begin and what they end with, at most a screenful of it.
pub(super) fn whole(a: &str, b: &str) -> Hunk {
    let head: usize = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum();
    let rest = |text: &str| text.len() - head;
    let same = |(x, y): &(char, char)| x == y;
    let (left, right) = (a.get(head..).unwrap_or_default(), b.get(head..).unwrap_or_default());
    let tail: usize =
        left.chars().rev().zip(right.chars().rev()).take_while(same).map(|(x, _)| x.len_utf8()).sum();
    (head..head + rest(a) - tail, head..head + rest(b) - tail)
}

fn tokens_that_differ(a: &str, b: &str, x: &Range<usize>, y: &Range<usize>, out: &mut Vec<Hunk>) {
    let (left, right) = (a.get(x.clone()).unwrap_or_default(), b.get(y.clone()).unwrap_or_default());
    let tokens = (tokens(left), tokens(right));
    let parted = part(&texts(left, &tokens.0), &texts(right, &tokens.1));
    let base = |range: Range<usize>, by: usize| range.start + by..range.end + by;
    if !parted.moved.is_empty() || parted.gaps.is_empty() {
        let (p, q) = whole(left, right);
        out.push((base(p, x.start), base(q, y.start)));
        return;
    }
    for gap in &parted.gaps {
        let span = |tokens: &[Range<usize>], indices: &[usize], start: usize, end: usize| {
            let at = |index: Option<&usize>| index.and_then(|index| tokens.get(*index));
            let here = tokens.get(start).map_or(end, |token| token.start);
            match (at(indices.first()), at(indices.last())) {
                (Some(first), Some(last)) => first.start..last.end,
                _ => here..here,
            }
        };
        let p = span(&tokens.0, &gap.first, gap.start.0, left.len());
        let q = span(&tokens.1, &gap.second, gap.start.1, right.len());
        out.push((base(p, x.start), base(q, y.start)));
    }
}

/// Runs of letters and digits, and every other character by itself.
fn tokens(item: &str) -> Vec<Range<usize>> {
    let mut tokens: Vec<Range<usize>> = Vec::new();
    let mut in_run = false;
    for (at, c) in item.char_indices() {
        let end = at + c.len_utf8();
        let run = c.is_alphanumeric();
        match tokens.last_mut() {
            Some(last) if run && in_run => last.end = end,
            _ => tokens.push(at..end),
        }
        in_run = run;
    }
    tokens
}

/// What a line looks like without its values: words with a digit in them are all alike.
pub(super) fn shape(line: &str) -> String {
    let mut shape = String::with_capacity(line.len().min(256));
    for token in tokens(line.get(..boundary(line, 256)).unwrap_or_default()) {
        let token = line.get(token).unwrap_or_default();
        if token.contains(|c: char| c.is_ascii_digit()) { shape.push('0') } else { shape.push_str(token) }
    }
    shape
}

/// A line without the digits and marks that it begins with: its time, its number.
pub(super) fn behind_its_time(line: &str) -> String {
    let mark = |c: char| c.is_ascii_digit() || " \t[]()-:.,/TZ+".contains(c);
    line.trim_start_matches(mark).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_parted_by_brackets_commas_and_spaces() {
        let line = "{'a', 'b'}; x=1 [2|3]";
        assert_eq!(texts(line, &items(line)), ["'a'", "'b'", "x=1", "2", "3"]);
    }

    #[test]
    fn lines_of_one_form_have_one_shape() {
        assert_eq!(shape("2026-11-21 took 3s"), shape("1999-01-02 took 17s"));
        assert_ne!(shape("started 1"), shape("ended 1"));
    }

    #[test]
    fn a_cut_is_never_within_a_character() {
        assert_eq!(boundary("aé", 2), 1);
        assert_eq!(boundary("aé", 9), 3);
    }
}
