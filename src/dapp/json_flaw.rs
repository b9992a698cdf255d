//! Finds what a person got wrong in a text that is known not to be JSON: the first token that cannot stand where
//! it stands, with the line and column where the mistake was made, which is often not where a parser stumbles.

/// One mistake and where it was made.
pub(super) struct Flaw {
    /// Line, from 1.
    pub(super) line: usize,
    /// Column in characters, from 1.
    pub(super) column: usize,
    /// What is wrong.
    pub(super) problem: String,
    /// How it is mended.
    pub(super) help: &'static str,
}

/// What the last token was.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    Nothing,
    Open,
    Comma(usize),
    Colon,
    /// A whole value or a key.
    Value,
}

const QUOTE: &str = "put the text between straight double quotes: \"…\".";
const JOIN: &str =
    "separate entries with `,` and a key from its value with `:`, and check the quotes before this place.";
const COMMA: &str = "remove the comma, or write what should follow it.";

/// The first mistake, if it is one that this finder knows.
pub(super) fn find(text: &str) -> Option<Flaw> {
    let chars: Vec<char> = text.chars().collect();
    let flaw = |at: usize, problem: String, help| {
        let before = chars.get(..at).unwrap_or_default();
        let line = before.iter().filter(|c| **c == '\n').count() + 1;
        let column = before.iter().rev().take_while(|c| **c != '\n').count() + 1;
        Some(Flaw { line, column, problem, help })
    };
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut last = Last::Nothing;
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let start = at;
        at += 1;
        match c {
            ' ' | '\t' | '\n' | '\r' => {}
            '{' | '[' if last == Last::Value => {
                return flaw(start, format!("a `,` or `:` is missing before `{c}`"), JOIN);
            }
            '{' | '[' => {
                open.push((c, start));
                last = Last::Open;
            }
            '}' | ']' => {
                if let Last::Comma(comma) = last {
                    return flaw(comma, "nothing follows this comma".into(), COMMA);
                }
                match open.pop() {
                    Some(('{', _)) if c == '}' => {}
                    Some(('[', _)) if c == ']' => {}
                    Some((other, _)) => {
                        return flaw(
                            start,
                            format!("`{c}` closes `{other}`"),
                            "pair `{` with `}` and `[` with `]`.",
                        );
                    }
                    None => return flaw(start, format!("`{c}` closes, but nothing is open"), "remove it."),
                }
                last = Last::Value;
            }
            ',' if last != Last::Value => return flaw(start, "nothing precedes this comma".into(), COMMA),
            ',' => last = Last::Comma(start),
            ':' => last = Last::Colon,
            '"' => {
                match string_end(&chars, at) {
                    Some(end) => at = end,
                    None => {
                        let problem = "the string that starts here is not closed on its line".into();
                        return flaw(
                            start,
                            problem,
                            "close it with a double quote; write a line break in it as \\n.",
                        );
                    }
                }
                if last == Last::Value {
                    return flaw(start, "a `,` or `:` is missing before this string".into(), JOIN);
                }
                last = Last::Value;
            }
            '\'' => return flaw(start, "a single quote, where JSON has only double quotes".into(), QUOTE),
            '“' | '”' | '‘' | '’' => return flaw(start, format!("a curved quote {c}"), QUOTE),
            '/' if matches!(chars.get(at), Some('/' | '*')) => {
                return flaw(start, "JSON has no comments".into(), "remove the comment.");
            }
            _ => {
                while chars.get(at).is_some_and(|c| !c.is_whitespace() && !"{}[],:\"'".contains(*c)) {
                    at += 1;
                }
                let word: String = chars.get(start..at).unwrap_or_default().iter().collect();
                if last == Last::Nothing
                    && ["module.exports", "const", "var", "export"].contains(&word.as_str())
                {
                    let help = "write the object alone as JSON: keys and texts in double quotes, nothing before or after it.";
                    return flaw(start, "this is JavaScript (an iexec.js), not JSON".into(), help);
                }
                let key =
                    matches!(open.last(), Some(('{', _))) && matches!(last, Last::Open | Last::Comma(_));
                if key {
                    return flaw(start, format!("the key `{word}` is not in double quotes"), QUOTE);
                }
                if last == Last::Value {
                    return flaw(start, format!("a quote, `,` or `:` is missing before `{word}`"), JOIN);
                }
                if serde_json::from_str::<serde_json::Value>(&word).is_err() {
                    return flaw(start, format!("the value `{word}` is not in double quotes"), QUOTE);
                }
                last = Last::Value;
            }
        }
    }
    let (bracket, at) = open.pop()?;
    flaw(
        at,
        format!("this `{bracket}` is never closed"),
        "add the closing bracket, and check the quotes before it.",
    )
}

/// The place after a string's closing quote; none when its line ends first.
fn string_end(chars: &[char], mut at: usize) -> Option<usize> {
    loop {
        match chars.get(at)? {
            '\n' => return None,
            '"' => return Some(at + 1),
            '\\' => at += 2,
            _ => at += 1,
        }
    }
}
