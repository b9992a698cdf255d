//! What is shown of both sides: short, printable, and never the same for two that differ. It goes to terminals and pages, so
//! nothing in it may steer either.

use std::ops::Range;

/// What stands for a side that has nothing at the place.
pub(super) const NOTHING: &str = "(nothing)";
/// The most characters that are shown of a side.
pub(super) const WIDTH: usize = 120;
/// The most characters before the first that differs.
const BEFORE: usize = 48;
/// The most bytes that are shown of a side as hex.
const HEX: usize = 24;

/// A stretch of one side's text.
#[derive(Clone, Debug)]
pub(super) struct Stretch<'a> {
    pub(super) text: &'a str,
    /// What may be shown: a line, a value.
    pub(super) within: Range<usize>,
    /// What differs of it.
    pub(super) at: Range<usize>,
}

impl<'a> Stretch<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at.start..self.within.end).unwrap_or_default()
    }
}

/// Both sides of a place, each with what stands around the first character that differs.
pub(super) fn both(first: &Stretch<'_>, second: &Stretch<'_>) -> (String, String) {
    let rest = (first.rest().chars(), second.rest().chars());
    let shared = rest.0.zip(rest.1).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let whole = (around(first, shared, BEFORE), around(second, shared, BEFORE));
    if whole.0 == whole.1 { (around(first, shared, 0), around(second, shared, 0)) } else { whole }
}

/// A text that is shown for itself, cut at its end.
pub(super) fn whole(text: &str) -> String {
    let stretch = Stretch { text, within: 0..text.len(), at: 0..text.len() };
    around(&stretch, 0, 0)
}

/// A name within a document, cut at its end; it may be empty.
pub(super) fn name(text: &str) -> String {
    if text.is_empty() { String::new() } else { whole(text) }
}

fn around(stretch: &Stretch<'_>, shared: usize, most_before: usize) -> String {
    let text = stretch.text;
    let at = (stretch.at.start + shared).min(text.len());
    let before = text.get(stretch.within.start.min(at)..at).unwrap_or_default();
    let after = text.get(at..stretch.within.end.max(at)).unwrap_or_default();
    let mut shown = String::new();
    let mut from = before.len();
    let mut room = most_before;
    for (index, c) in before.char_indices().rev() {
        match room.checked_sub(width(c)) {
            Some(left) => (room, from) = (left, index),
            None => break,
        }
    }
    if from > 0 && most_before > 0 {
        shown.push('…');
    }
    before.get(from..).unwrap_or_default().chars().for_each(|c| push(&mut shown, c));
    let mut room = (WIDTH - 1).saturating_sub(shown.chars().count());
    for c in after.chars() {
        match room.checked_sub(width(c)) {
            Some(left) => room = left,
            None => {
                shown.push('…');
                break;
            }
        }
        push(&mut shown, c);
    }
    match shown.as_str() {
        "" => NOTHING.to_owned(),
        // The dapp wrote these very words.
        NOTHING => shown.replacen('(', "\\u{28}", 1),
        _ => shown,
    }
}

/// Bytes as hex, in pairs, and as text where they are one; the word for nothing when there are none.
pub(super) fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return NOTHING.to_owned();
    }
    let shown = bytes.get(..HEX).unwrap_or(bytes);
    let pairs: Vec<String> = shown.iter().map(|byte| format!("{byte:02x}")).collect();
    let more = if bytes.len() > HEX { " …" } else { "" };
    let text = shown.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    let text = match std::str::from_utf8(shown) {
        Ok(shown) if text && bytes.len() > 1 => format!(" ({shown})"),
        _ => String::new(),
    };
    pairs.join(" ") + more + &text
}

fn push(out: &mut String, c: char) {
    match c {
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if hidden(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        c => out.push(c),
    }
}

fn width(c: char) -> usize {
    match c {
        '\\' | '\n' | '\r' | '\t' => 2,
        c if hidden(c) => format!("{:x}", u32::from(c)).len() + 4,
        _ => 1,
    }
}

/// Characters that show nothing, or change how what follows them is shown.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
            | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xE000..=0xF8FF | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0
            | 0xFFF0..=0xFFFB | 0xE0000..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(text: &str, at: usize) -> Stretch<'_> {
        Stretch { text, within: 0..text.len(), at: at..text.len() }
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(whole("a\u{1b}[31m\u{202e}b\\"), "a\\u{1b}[31m\\u{202e}b\\\\");
        assert_eq!(hex(b"Z\x1b"), "5a 1b");
        assert_eq!(hex(b"25Z"), "32 35 5a (25Z)");
        assert!(hex(&[b'a'; 99]).chars().count() <= WIDTH);
        assert_eq!(whole(""), NOTHING);
        assert_ne!(whole(NOTHING), NOTHING);
    }

    #[test]
    fn what_differs_is_in_sight_even_far_into_a_line() {
        let (a, b) = ("x".repeat(5_000) + "1" + &"y".repeat(500), "x".repeat(5_000) + "2" + &"y".repeat(500));
        let (first, second) = both(&line(&a, 0), &line(&b, 0));
        assert!(first.contains("xx1yy") && second.contains("xx2yy"), "{first} {second}");
        assert!(first.starts_with('…') && first.ends_with('…'));
    }

    proptest! {
        #[test]
        fn two_that_differ_are_shown_to_differ(head in any::<String>(), a in any::<String>(), b in any::<String>()) {
            prop_assume!(a != b);
            let (x, y) = (head.clone() + &a, head.clone() + &b);
            let (first, second) = both(&line(&x, head.len()), &line(&y, head.len()));
            prop_assert_ne!(&first, &second);
            for shown in [first, second] {
                prop_assert!(shown.chars().count() <= WIDTH, "{}", shown);
                prop_assert!(!shown.contains(hidden), "{}", shown);
            }
        }
    }
}
