//! JSON read strictly: a key that is there twice is an error, and what is wrong is told by line and column in the
//! words of the person who wrote the text. Nothing is ever guessed or repaired.

use super::DappError;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// Reads one JSON text; `what` names it in the error. A byte order mark before it is allowed.
pub(super) fn parse(what: &'static str, text: &str) -> Result<Value, DappError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let fault = match serde_json::from_str::<Strict>(text) {
        Ok(Strict(value)) => return Ok(value),
        Err(fault) => fault,
    };
    let flaw = super::json_flaw::find(text).unwrap_or_else(|| from_serde(text, &fault));
    Err(DappError::Json {
        what,
        line: flaw.line,
        column: flaw.column,
        problem: flaw.problem,
        help: flaw.help,
    })
}

fn from_serde(text: &str, fault: &serde_json::Error) -> super::json_flaw::Flaw {
    let line = text.split('\n').nth(fault.line().saturating_sub(1)).unwrap_or_default();
    let bytes = fault.column().min(line.len());
    let column = line.char_indices().filter(|(at, _)| *at < bytes).count().max(1);
    let message = fault.to_string();
    let problem = message.rsplit_once(" at line ").map_or(message.as_str(), |(head, _)| head).to_owned();
    super::json_flaw::Flaw {
        line: fault.line().max(1),
        column,
        problem,
        help: "correct the text at this place.",
    }
}

/// A JSON value in which no object has a key twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(value)) = seq.next_element()? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key `{key}` is there twice")));
            }
            let Strict(value) = access.next_value()?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// What a value is, for a sentence about its being something else.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw(text: &str) -> (usize, usize, String) {
        match parse("iexec.json", text) {
            Err(DappError::Json { line, column, problem, help, .. }) => {
                assert!(!help.is_empty());
                (line, column, problem)
            }
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn flaws_are_told_where_they_are() {
        for (text, line, column, word) in [
            ("{\n  \"app\": {\n    \"name\": \"Ffmpeg,\n    \"price\": 10 } }", 3, 13, "not closed"),
            ("{\n  \"app\": { \"name: \"Ffmpeg\", \"price\": 10 } }", 2, 20, "`Ffmpeg`"),
            ("{ name\": \"x\" }", 1, 3, "`name"),
            ("{ name: \"x\" }", 1, 3, "`name`"),
            ("{ \"name\": Ffmpeg\" }", 1, 11, "`Ffmpeg`"),
            ("{ 'name': 'x' }", 1, 3, "single quote"),
            ("{ “name”: 1 }", 1, 3, "quote"),
            ("{\n  \"a\": 1,\n}", 2, 9, "comma"),
            ("[1,,2]", 1, 4, "comma"),
            ("{ \"a\": 1 // price\n}", 1, 10, "comment"),
            ("{ \"a\": 1 \"b\": 2 }", 1, 10, "missing before"),
            ("{ \"a\" 1 }", 1, 7, "missing before"),
            ("{ \"é\": 1, \"é\" 2 }", 1, 15, "missing before"),
            ("{ \"a\": { \"b\": 1 }", 1, 1, "never closed"),
            ("{ \"a\": [ 1 } }", 1, 12, "closes"),
            ("module.exports = { name: 'x' };", 1, 1, "JavaScript"),
            ("{ \"a\": 1 }}", 1, 11, "nothing is open"),
            ("{ \"a\": \"\u{1}\" }", 1, 9, "control"),
            ("", 1, 1, "EOF"),
        ] {
            let (l, c, problem) = flaw(text);
            assert_eq!((l, c), (line, column), "{text}: {problem}");
            assert!(problem.contains(word), "{text}: {problem}");
        }
    }

    #[test]
    fn a_key_twice_is_an_error() {
        let (line, _, problem) = flaw("{ \"a\": 1,\n \"a\": 2 }");
        assert_eq!(line, 2);
        assert!(problem.contains("`a` is there twice"), "{problem}");
    }

    #[test]
    fn a_byte_order_mark_is_no_flaw() {
        assert_eq!(parse("x", "\u{feff}{\"a\":1}").unwrap(), serde_json::json!({ "a": 1 }));
    }

    proptest::proptest! {
        #[test]
        fn what_serde_reads_is_read_alike(text in r#"[\[\]{}:,"a1 \n'tnrue-]{0,40}"#) {
            // The finder of flaws is asked only about texts that are not JSON; it must never panic and never
            // turn a good text into a bad one.
            let ours = parse("x", &text);
            let serde = serde_json::from_str::<Value>(&text);
            if let Ok(value) = &ours { proptest::prop_assert_eq!(serde.as_ref().ok(), Some(value)); }
            if serde.is_err() { proptest::prop_assert!(ours.is_err()); }
        }
    }
}
