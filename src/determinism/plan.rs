//! How thoroughly is checked, and what is varied: from a person's words to numbers and names.

use super::DeterminismError;
use super::search::Set;
use super::vary::{self, Variation, Way};
use std::time::Duration;

/// Between the starts of identical runs: a clock shows in whole seconds.
pub(super) const APART: Duration = Duration::from_millis(2_100);

/// How thoroughly is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Two identical runs.
    Quick,
    /// Three.
    #[default]
    Normal,
    /// Five, and more of all others.
    Deep,
}

/// How often things are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Identical runs.
    pub(super) identical: usize,
    /// Runs that must agree before something counts as held still.
    pub(super) agree: usize,
    /// Runs of each culprit alone, once it is found.
    pub(super) confirm: usize,
}

impl Depth {
    pub(super) fn plan(self) -> Plan {
        match self {
            Self::Quick => Plan { identical: 2, agree: 2, confirm: 1 },
            Self::Normal => Plan { identical: 3, agree: 3, confirm: 2 },
            Self::Deep => Plan { identical: 5, agree: 5, confirm: 4 },
        }
    }
}

/// What is varied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    only: Vec<String>,
    without: Vec<String>,
}

impl Choice {
    /// Reads `+NAME,-NAME`: with a `+` only those named are tried, with a `-` all but those. A bare name counts as `+`.
    ///
    /// # Errors
    /// [`DeterminismError::NoSuchVariation`].
    pub fn parse(text: &str) -> Result<Self, DeterminismError> {
        let mut choice = Self::default();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let (list, name) = match word.strip_prefix('-') {
                Some(name) => (&mut choice.without, name),
                None => (&mut choice.only, word.strip_prefix('+').unwrap_or(word)),
            };
            if name == "all" {
                continue;
            }
            if !vary::all().iter().any(|variation| variation.name() == name) {
                let known: Vec<&str> = vary::all().iter().map(|variation| variation.name()).collect();
                return Err(DeterminismError::NoSuchVariation { name: name.into(), known: known.join(", ") });
            }
            list.push(name.to_owned());
        }
        Ok(choice)
    }

    /// Whether a variation of this name is tried.
    pub fn takes(&self, name: &str) -> bool {
        let listed = |list: &[String]| list.iter().any(|other| other == name);
        (self.only.is_empty() || listed(&self.only)) && !listed(&self.without)
    }

    /// The names of all that are tried and work this way.
    pub(super) fn set(&self, way: Way) -> Set {
        let all = vary::all().iter().filter(|variation| variation.way() == way);
        all.map(|variation| variation.name()).filter(|name| self.takes(name)).collect()
    }
}

/// The variation of a name.
pub(super) fn named(name: &str) -> Option<&'static Variation> {
    vary::all().iter().find(|variation| variation.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_told_with_those_that_are_known() {
        let error = Choice::parse("+no-such-thing").unwrap_err().to_string();
        assert!(error.contains("`no-such-thing`"), "{error}");
    }

    #[test]
    fn a_plus_takes_only_what_is_named_and_a_minus_leaves_out() {
        let choice = |only: &[&str], without: &[&str]| {
            let owned = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
            Choice { only: owned(only), without: owned(without) }
        };
        assert!(choice(&[], &[]).takes("a"));
        assert!(choice(&["a"], &[]).takes("a") && !choice(&["a"], &[]).takes("b"));
        assert!(!choice(&[], &["a"]).takes("a") && choice(&[], &["a"]).takes("b"));
        assert!(!choice(&["a"], &["a"]).takes("a"));
        assert_eq!(Choice::parse("+all").unwrap(), Choice::default());
    }
}
