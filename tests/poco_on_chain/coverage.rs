//! What the random cases came upon: a test whose cases never reach a branch says nothing about it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

/// How often something happened.
#[derive(Default)]
pub(crate) struct Coverage(Mutex<BTreeMap<String, usize>>);

impl Coverage {
    /// It happened once more.
    pub(crate) fn note(&self, what: impl fmt::Display) {
        *self.0.lock().unwrap().entry(what.to_string()).or_default() += 1;
    }

    /// Fails for those of `wanted` that never happened.
    pub(crate) fn require(&self, wanted: &[&str], seed: &str) {
        let seen = self.0.lock().unwrap();
        let missing: Vec<_> = wanted.iter().filter(|what| !seen.contains_key(**what)).collect();
        assert!(missing.is_empty(), "the cases of {seed} never came upon {missing:?}, but {seen:#?}");
    }
}
