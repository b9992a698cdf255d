//! One JSON object read key by key, each value checked, unknown keys told with the nearest known one.

use super::{DappError, json};
use serde_json::{Map, Value};

/// An object and where it stands in its file.
#[derive(Clone, Copy)]
pub(super) struct Section<'a> {
    map: &'a Map<String, Value>,
    place: &'a str,
}

impl<'a> Section<'a> {
    /// The object `map` at `place`, an empty place for the whole file.
    pub(super) fn new(map: &'a Map<String, Value>, place: &'a str) -> Self {
        Self { map, place }
    }

    /// The object in `value`, or an error that says what is there instead.
    pub(super) fn of(value: &'a Value, place: &'a str) -> Result<Self, DappError> {
        match value {
            Value::Object(map) => Ok(Self { map, place }),
            other => Err(Self::wrong(place, "an object", other)),
        }
    }

    /// Refuses keys that are not among `known`.
    pub(super) fn only(self, known: &[&'static str]) -> Result<(), DappError> {
        match self.map.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => Err(DappError::UnknownKey {
                place: if self.place.is_empty() { "iexec.json".into() } else { self.place.to_owned() },
                key: key.clone(),
                near: known.iter().copied().find(|word| alike(key, word)),
            }),
        }
    }

    /// The value of a key; null counts as absent.
    pub(super) fn get(self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// The path of a key, for errors.
    pub(super) fn path(self, key: &str) -> String {
        if self.place.is_empty() { key.to_owned() } else { format!("{}.{key}", self.place) }
    }

    /// A string, when the key is there.
    pub(super) fn text(self, key: &str) -> Result<Option<&'a str>, DappError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(Self::wrong(&self.path(key), "a string", other)),
        }
    }

    /// A whole number, written as a number or as a string of digits.
    pub(super) fn number(self, key: &str) -> Result<Option<u64>, DappError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let number = match value {
            Value::Number(number) => number.as_u64(),
            Value::String(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
            _ => None,
        };
        let problem = || format!("is {value}, not a whole number from 0 to 2^64 - 1");
        number.map(Some).ok_or_else(|| self.field(key, problem()))
    }

    /// Reads a string with `FromStr`; absent and empty are alike.
    pub(super) fn parsed<T: std::str::FromStr>(self, key: &str, what: &str) -> Result<Option<T>, DappError> {
        match self.text(key)?.map(str::trim) {
            None | Some("") => Ok(None),
            Some(text) => {
                let problem = |_| self.field(key, format!("is `{text}`, not {what}"));
                text.parse().map(Some).map_err(problem)
            }
        }
    }

    /// An error about the value of a key.
    pub(super) fn field(self, key: &str, problem: String) -> DappError {
        DappError::Field { place: self.path(key), problem }
    }

    /// An error about a value of the wrong kind.
    pub(super) fn wrong(place: &str, want: &str, value: &Value) -> DappError {
        DappError::Field { place: place.to_owned(), problem: format!("is {}, not {want}", json::kind(value)) }
    }
}

/// Whether two words differ by case, by at most two edits, or by one beginning with the other.
fn alike(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let limit = if b.len() < 5 { 1 } else { 2 };
    a == b || (a.len() >= 3 && (a.starts_with(&b) || b.starts_with(&a))) || distance(&a, &b) <= limit
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        let mut left = i + 1;
        for (y, pair) in b.iter().zip(row.windows(2)) {
            let [diagonal, up] = pair else { continue };
            left = (diagonal + usize::from(x != *y)).min(up + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_words_are_recognised() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "ab"), 2);
        for (a, b) in
            [("cmdlin", "cmdline"), ("dirinURI", "dirinuri"), ("envvar", "envvars"), ("prams", "params")]
        {
            assert!(alike(a, b), "{a}");
        }
        assert!(!alike("stdinuri", "price"));
    }
}
