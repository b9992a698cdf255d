//! A JSON document with the place of each value in its text. What a value says is left as it is written: two runs must agree on
//! that, to the last digit.

use std::ops::Range;

/// Deeper than this, a document is compared as text.
const DEPTH: usize = 96;
/// With more values than this, too.
const VALUES: usize = 300_000;

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) at: Range<usize>,
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Kind {
    /// Names as they are written, with their quotes.
    Object(Vec<(Range<usize>, Value)>),
    Array(Vec<Value>),
    /// A text, a number, true, false or null.
    Scalar,
}

/// Reads a document; none when it is none, or is too large or too deep.
pub(super) fn read(text: &str) -> Option<Value> {
    let mut reader = Reader { text: text.as_bytes(), at: 0, values: 0 };
    reader.space();
    if !matches!(reader.peek()?, b'{' | b'[') {
        return None;
    }
    let value = reader.value(DEPTH)?;
    reader.space();
    (reader.at == text.len()).then_some(value)
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    values: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.values += 1;
        if self.values > VALUES {
            return None;
        }
        let start = self.at;
        let kind = match self.peek()? {
            b'{' => Kind::Object(self.members(b'}', depth.checked_sub(1)?, |reader, depth| {
                let name = reader.at;
                reader.string()?;
                let name = name..reader.at;
                reader.space();
                reader.eat(b':')?;
                reader.space();
                Some((name, reader.value(depth)?))
            })?),
            b'[' => Kind::Array(self.members(b']', depth.checked_sub(1)?, Self::value)?),
            b'"' => {
                self.string()?;
                Kind::Scalar
            }
            _ => {
                self.word()?;
                Kind::Scalar
            }
        };
        Some(Value { at: start..self.at, kind })
    }

    fn members<T>(
        &mut self,
        end: u8,
        depth: usize,
        member: impl Fn(&mut Self, usize) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.at += 1;
        let mut members = Vec::new();
        self.space();
        if self.eat(end).is_some() {
            return Some(members);
        }
        loop {
            self.space();
            members.push(member(self, depth)?);
            self.space();
            if self.eat(end).is_some() {
                return Some(members);
            }
            self.eat(b',')?;
        }
    }

    fn string(&mut self) -> Option<()> {
        self.eat(b'"')?;
        loop {
            match self.peek()? {
                b'"' => return self.eat(b'"'),
                b'\\' => self.at += 2,
                0..0x20 => return None,
                _ => self.at += 1,
            }
        }
    }

    /// A number or a word; NaN and Infinity too, which many a program writes.
    fn word(&mut self) -> Option<()> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
        {
            self.at += 1;
        }
        let word = self.text.get(start..self.at).unwrap_or_default();
        let number = || std::str::from_utf8(word).is_ok_and(|word| word.parse::<f64>().is_ok());
        (matches!(word, b"true" | b"false" | b"null" | b"NaN" | b"-Infinity" | b"Infinity") || number())
            .then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_know_their_place() {
        let text = r#" {"a": [1, "x\"y"], "b": {}}"#;
        let Kind::Object(members) = read(text).unwrap().kind else { panic!("no object") };
        let shown: Vec<_> =
            members.iter().map(|(name, value)| (&text[name.clone()], &text[value.at.clone()])).collect();
        assert_eq!(shown, [("\"a\"", r#"[1, "x\"y"]"#), ("\"b\"", "{}")]);
    }

    #[test]
    fn what_is_too_deep_or_no_document_is_left_to_others() {
        assert!(read(&("[".repeat(5_000) + &"]".repeat(5_000))).is_none());
        for text in ["", "1", "{", "[1,]", "[1] 2", "{\"a\" 1}", "[\"\\", "[truth]"] {
            assert!(read(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_reads_what_serde_reads(bytes in proptest::collection::vec(
            proptest::sample::select(br#"[]{}:,"\10.e-n "#.to_vec()), 0..24,
        )) {
            let text = String::from_utf8(bytes).unwrap();
            if serde_json::from_str::<serde_json::Value>(&text).is_ok_and(|v| v.is_array() || v.is_object()) {
                prop_assert!(read(&text).is_some());
            }
        }
    }
}
