//! Where a value stands in a text that is known to be JSON: a parser gives values without their places.

/// The byte at which the value at `path` begins. A path leads through objects by key, through lists by index, and
/// through a string that is JSON itself into what it holds.
pub(super) fn value(text: &str, path: &[&str]) -> Option<usize> {
    find(text, path, End::Value)
}

/// The byte at which the key of the member at `path` begins.
pub(super) fn key(text: &str, path: &[&str]) -> Option<usize> {
    find(text, path, End::Key)
}

/// What of the last step of a path is looked for.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Key,
    Value,
}

fn find(text: &str, path: &[&str], end: End) -> Option<usize> {
    let mut cursor = Cursor { text, at: 0 };
    cursor.blanks();
    cursor.descend(path, end)
}

/// The byte of the `nth` character of the string that begins at the byte `string`.
pub(super) fn inside(text: &str, string: usize, nth: usize) -> Option<usize> {
    let mut at = string + 1;
    for _ in 0..nth {
        let rest = text.get(at..)?;
        let pair = |rest: &str| rest.starts_with("\\ud") || rest.starts_with("\\uD");
        at += match rest.as_bytes() {
            [b'"', ..] => return None,
            [b'\\', b'u', ..] if pair(rest) && rest.get(6..).is_some_and(pair) => 12,
            [b'\\', b'u', ..] => 6,
            [b'\\', ..] => 2,
            _ => rest.chars().next()?.len_utf8(),
        };
    }
    Some(at)
}

/// Line and column of a byte, both from 1, columns in characters.
pub(super) fn line_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let in_line = before.get(line_start..).unwrap_or_default();
    // A byte order mark is no column.
    let in_line = if line_start == 0 { in_line.trim_start_matches('\u{feff}') } else { in_line };
    (before.matches('\n').count() + 1, in_line.chars().count() + 1)
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += rest.len() - rest.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).len();
    }

    fn descend(&mut self, path: &[&str], end: End) -> Option<usize> {
        let Some((step, rest)) = path.split_first() else { return (end == End::Value).then_some(self.at) };
        match self.peek()? {
            b'{' => {
                let (key, value) = self.member(step)?;
                if rest.is_empty() && end == End::Key {
                    return Some(key);
                }
                self.at = value;
                self.descend(rest, end)
            }
            b'[' => {
                let index: usize = step.parse().ok()?;
                self.step();
                for _ in 0..index {
                    self.skip()?;
                    if self.peek()? != b',' {
                        return None;
                    }
                    self.step();
                }
                if self.peek()? == b']' {
                    return None;
                }
                self.descend(rest, end)
            }
            b'"' => {
                let string = self.at;
                let held = self.string()?;
                let within = find(&held, path, end)?;
                inside(self.text, string, held.get(..within)?.chars().count())
            }
            _ => None,
        }
    }

    /// Where the key and the value of a member of the object here begin.
    fn member(&mut self, name: &str) -> Option<(usize, usize)> {
        if self.peek()? == b'"' {
            return None;
        }
        loop {
            self.step();
            let key = self.at;
            let found = self.string()? == name;
            self.blanks();
            self.step();
            if found {
                return Some((key, self.at));
            }
            self.skip()?;
        }
    }

    /// Goes over one of `{`, `[`, `,`, `:` and the blanks behind it.
    fn step(&mut self) {
        self.at += 1;
        self.blanks();
    }

    /// Goes over a value and the blanks behind it.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0usize;
        loop {
            match self.peek()? {
                b'"' => drop(self.string()?),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' if depth > 0 => self.at += 1,
                _ => {
                    let rest = self.text.get(self.at..)?;
                    self.at += rest.find([',', ':', '}', ']', ' ', '\t', '\r', '\n']).unwrap_or(rest.len());
                }
            }
            self.blanks();
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// Goes over a string and gives what it says.
    fn string(&mut self) -> Option<String> {
        let start = self.at;
        let mut end = start + 1;
        loop {
            match self.text.as_bytes().get(end)? {
                b'\\' => end += 2,
                b'"' => break,
                _ => end += 1,
            }
        }
        self.at = end + 1;
        serde_json::from_str(self.text.get(start..=end)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    const TEXT: &str = r#"{ "a": [1, {"b": "x"}, "é\u00e9\ud83d\ude00\n!"], "c": "{ \"d\": [ 7, true ] }",
  "e": { "": null } }"#;

    #[test]
    fn a_value_is_found_by_its_path() {
        for (path, starts) in [
            (&[][..], "{ \"a\""),
            (&["a"], "[1, {"),
            (&["a", "1", "b"], "\"x\""),
            (&["a", "2"], "\"é"),
            (&["c", "d", "1"], "true ]"),
            (&["e", ""], "null"),
        ] {
            let at = value(TEXT, path).unwrap_or_else(|| panic!("{path:?}"));
            assert!(TEXT[at..].starts_with(starts), "{path:?}: {}", &TEXT[at..]);
        }
        for path in [&["b"][..], &["a", "3"], &["a", "x"], &["c", "q"], &["e", "", "x"]] {
            assert_eq!(value(TEXT, path), None, "{path:?}");
        }
    }

    #[test]
    fn a_key_is_found_and_so_is_a_character_of_a_string() {
        assert!(TEXT[key(TEXT, &["e", ""]).unwrap()..].starts_with("\"\": null"));
        assert_eq!(key(TEXT, &[]), None);
        let string = value(TEXT, &["a", "2"]).unwrap();
        for (nth, starts) in [(0, "é"), (1, "\\u00e9"), (2, "\\ud83d"), (3, "\\n"), (4, "!")] {
            assert!(TEXT[inside(TEXT, string, nth).unwrap()..].starts_with(starts), "{nth}");
        }
        assert_eq!(inside(TEXT, string, 6), None);
    }

    #[test]
    fn a_byte_has_a_line_and_a_column() {
        assert_eq!(line_column("\u{feff}{\n é1", 3), (1, 1));
        assert_eq!(line_column("{\n é1", 5), (2, 3));
        assert_eq!(line_column("", 0), (1, 1));
    }

    /// Every path of a value, and what is there.
    fn paths(value: &Value, path: &mut Vec<String>, all: &mut Vec<(Vec<String>, Value)>) {
        all.push((path.clone(), value.clone()));
        let mut below = |step: String, value: &Value| {
            path.push(step);
            paths(value, path, all);
            path.pop();
        };
        match value {
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(at, value)| below(at.to_string(), value))
            }
            Value::Object(map) => map.iter().for_each(|(key, value)| below(key.clone(), value)),
            _ => {}
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_of_every_document_is_found(document in any_json(), pretty in any::<bool>()) {
            let text = if pretty { format!("{document:#}") } else { document.to_string() };
            let mut all = Vec::new();
            paths(&document, &mut Vec::new(), &mut all);
            for (path, there) in all {
                let steps: Vec<&str> = path.iter().map(String::as_str).collect();
                let at = value(&text, &steps).unwrap();
                let read = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>().next();
                prop_assert_eq!(read.unwrap().unwrap(), there);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), path in prop::collection::vec(any::<String>(), 0..4)) {
            let steps: Vec<&str> = path.iter().map(String::as_str).collect();
            let _ = (value(&text, &steps), key(&text, &steps));
        }
    }
}
