//! What could be read of an iexec.json, with the places of its parts: what the rules look at.

use super::{Lint, Severity, locate};
use crate::dapp::{AppEntry, BuyOrder, EnvVar};
use serde_json::{Map, Value};

/// How the params speak of the command line and the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `cmdline`, `dirinuri`.
    Classic,
    /// `iexec_args`, `iexec_input_files`.
    Live,
}

/// A file that is JSON, as far as it could be read.
pub(super) struct Draft<'a> {
    /// The file's text.
    pub(super) text: &'a str,
    /// What it says, as it was written.
    pub(super) root: Value,
    /// The app, when nothing is wrong with it.
    pub(super) app: Option<AppEntry>,
    /// The order, when nothing is wrong with it.
    pub(super) order: Option<BuyOrder>,
}

/// A text of the file and where it stands.
pub(super) struct Text<'a> {
    /// What it says.
    pub(super) says: &'a str,
    /// The path of its value.
    pub(super) path: Vec<String>,
}

impl Draft<'_> {
    /// A warning or a note about the value at a path; the nearest value above it where there is none.
    pub(super) fn at(
        &self,
        path: &[&str],
        (rule, severity): (&'static str, Severity),
        message: String,
        mend: &str,
    ) -> Lint {
        let near = (0..=path.len()).rev().find_map(|to| locate::value(self.text, path.get(..to)?));
        self.lint(near.unwrap_or_default(), (rule, severity), message, mend)
    }

    /// A warning or a note about a text, from its `nth` character on.
    pub(super) fn within(
        &self,
        text: &Text<'_>,
        nth: usize,
        kind: (&'static str, Severity),
        message: String,
        mend: &str,
    ) -> Lint {
        let path: Vec<&str> = text.path.iter().map(String::as_str).collect();
        let start = locate::value(self.text, &path);
        let at = start.and_then(|start| locate::inside(self.text, start, nth).or(Some(start)));
        match at {
            Some(at) => self.lint(at, kind, message, mend),
            None => self.at(&path, kind, message, mend),
        }
    }

    fn lint(
        &self,
        at: usize,
        (rule, severity): (&'static str, Severity),
        message: String,
        mend: &str,
    ) -> Lint {
        let (line, column) = locate::line_column(self.text, at);
        Lint { rule, severity, code: None, line, column, message, mend: mend.to_owned() }
    }

    /// The text at a path.
    pub(super) fn text(&self, path: &[&str]) -> Option<Text<'_>> {
        let mut value = &self.root;
        for step in path {
            value = value.get(step)?;
        }
        Some(Text { says: value.as_str()?, path: path.iter().map(|step| (*step).to_owned()).collect() })
    }

    /// Where the order stands.
    pub(super) fn order_path(&self) -> &'static [&'static str] {
        let there = |path: &[&str]| path.iter().try_fold(&self.root, |value, step| value.get(step)).is_some();
        [&["order", "buy"][..], &["order", "requestorder"]]
            .into_iter()
            .find(|path| there(path))
            .unwrap_or(&[])
    }

    /// Where the params stand.
    pub(super) fn params_path(&self) -> Vec<&'static str> {
        match self.order_path() {
            [] => vec!["work"],
            order => [order, &["params"]].concat(),
        }
    }

    /// The params as an object, whether written as one or as a text of JSON.
    pub(super) fn params(&self) -> Option<Map<String, Value>> {
        let value = self.params_path().into_iter().try_fold(&self.root, |value, step| value.get(step))?;
        match value {
            Value::Object(map) => Some(map.clone()),
            Value::String(text) => serde_json::from_str(text).ok(),
            _ => None,
        }
    }

    /// The command line, and by which contract's rules it is split.
    pub(super) fn command(&self) -> Option<(String, Form, Vec<String>)> {
        let params = self.params()?;
        let at = |key: &str| self.params_path().into_iter().chain([key]).map(str::to_owned).collect();
        let read = |key: &str| params.get(key)?.as_str().map(str::to_owned);
        let classic = read("cmdline").map(|line| (line, Form::Classic, at("cmdline")));
        classic.or_else(|| read("iexec_args").map(|line| (line, Form::Live, at("iexec_args"))))
    }

    /// The URLs of the inputs, with their paths.
    pub(super) fn inputs(&self) -> Vec<(String, Vec<String>)> {
        let Some(params) = self.params() else { return Vec::new() };
        let mut all = Vec::new();
        for key in ["dirinuri", "iexec_input_files"] {
            let path = |index: Option<usize>| {
                let steps = self.params_path().into_iter().chain([key]).map(str::to_owned);
                steps.chain(index.map(|index| index.to_string())).collect::<Vec<_>>()
            };
            match params.get(key) {
                Some(Value::String(url)) => all.push((url.clone(), path(None))),
                Some(Value::Array(list)) => {
                    let urls = list.iter().enumerate().filter_map(|(at, url)| Some((at, url.as_str()?)));
                    all.extend(urls.map(|(at, url)| (url.to_owned(), path(Some(at)))));
                }
                _ => {}
            }
        }
        all
    }

    /// The app's variables, where they can be read, and where they stand.
    pub(super) fn app_variables(&self) -> Option<(&[EnvVar], Text<'_>)> {
        let paths = [&["app", "params", "envvars"][..], &["app", "envvars"], &["app", "multiaddr"]];
        Some((&self.app.as_ref()?.address.env, paths.into_iter().find_map(|path| self.text(path))?))
    }
}
