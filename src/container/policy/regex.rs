//! A regular expression for an image's whole name.

use super::PatternError;
use super::name::Name;
use super::pattern::flaw;
use regex_lite::Regex;
use std::fmt;

/// A regular expression over the whole name, e.g. `docker.io/library/x:latest` or `ghcr.io/acme/x@sha256:…`. It is
/// anchored at both ends, whether its writer did so or not.
#[derive(Clone, Debug)]
pub struct WholeRegex {
    text: String,
    regex: Regex,
}

impl WholeRegex {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is none, and a lone `.`: who writes it in a name means the dot, and would let in every other letter.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        // Compiled by itself first: put between brackets, `a)|(b` would be an expression, and not an anchored one.
        Regex::new(text).map_err(|error| flaw(text, error.to_string()))?;
        if has_lone_dot(text) {
            return Err(flaw(text, r"a `.` takes any character: write `\.` for the dot, or `[^/]`"));
        }
        let regex = Regex::new(&format!(r"^(?:{text})$")).map_err(|error| flaw(text, error.to_string()))?;
        Ok(Self { text: text.to_owned(), regex })
    }

    pub(super) fn holds(&self, name: &Name, generous: bool) -> bool {
        if generous {
            name.spellings().iter().any(|spelling| self.regex.is_match(spelling))
        } else {
            self.regex.is_match(&name.effective())
        }
    }
}

impl fmt::Display for WholeRegex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A `.` that is neither escaped, nor in brackets, nor repeated.
fn has_lone_dot(text: &str) -> bool {
    let mut chars = text.chars().peekable();
    let mut brackets = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            '[' => brackets = true,
            ']' => brackets = false,
            '.' if !brackets && !matches!(chars.peek(), Some('*' | '+' | '?' | '{')) => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dapp::ImageRef;

    fn holds(regex: &str, image: &str) -> bool {
        let name = Name::new(&ImageRef::parse(image).unwrap(), None).unwrap();
        WholeRegex::parse(regex).unwrap().holds(&name, false)
    }

    #[test]
    fn it_is_anchored_whoever_wrote_it() {
        for regex in
            [r"myalgorithm\.ai/some-algorithm", r"^myalgorithm\.ai/some-algorithm", r"some-algorithm"]
        {
            assert!(!holds(regex, "myalgorithm.ai/some-algorithm-evil"), "{regex}");
            assert!(!holds(regex, "myalgorithm.ai/some-algorithm"), "the tag is part of the whole name");
        }
        assert!(holds(r"myalgorithm\.ai/some-algorithm:[a-z]+", "myalgorithm.ai/some-algorithm"));
        assert!(holds(r"^docker\.io/library/(x|y):latest$", "y"));
        assert!(holds("docker\\.io/library/x:a|docker\\.io/library/x:ab", "x:ab"), "every branch is tried");
    }

    #[test]
    fn brackets_do_not_break_out_of_the_anchors() {
        assert!(WholeRegex::parse("a)|(b").is_err());
        assert!(!holds(r"docker\.io/library/a:1|.*/b:1", "docker.io/library/a:12"));
    }

    #[test]
    fn a_lone_dot_is_a_trap() {
        let error = WholeRegex::parse(r"harbor2.vantage6.ai/algorithms/.*").unwrap_err().to_string();
        assert!(error.contains("any character"), "{error}");
        assert!(WholeRegex::parse(r"harbor2\.vantage6[.]ai/algorithms/.*").is_ok());
        assert!(!holds(r"harbor2\.vantage6[.]ai/algorithms/.*", "harbor2xvantage6.ai/algorithms/glm"));
    }
}
