//! What of an iexec.json would fail or surprise, before anything runs. Pure: the text of the file goes in, notes come out.
//!
//! ```text
//! text ──▶ refused: what `poco app deploy` and `poco order buy` refuse, one after another, by asking them
//!      └─▶ Draft (what could be read) ──▶ rules, each a small function ──▶ Lint (rule, severity, place, mend)
//! ```
//!
//! An error here is the very one that the commands give, with its code; a rule of this folder only ever adds a warning or
//! a note, because what it tells of may be meant.

mod command;
mod draft;
mod image;
mod inputs;
mod locate;
mod order;
mod refused;
mod secrets;

use draft::Draft;
use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It will be refused, or fail.
    Error,
    /// It will hardly do what is meant.
    Warning,
    /// It may be meant.
    Note,
}

/// One thing that was noticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lint {
    /// The rule's name, which never changes.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The code of the error that a command would end with, for an error.
    pub code: Option<&'static str>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is noticed, in one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub mend: String,
}

/// A rule that looks at what could be read of the file.
type Rule = fn(&Draft<'_>) -> Vec<Lint>;

const RULES: [Rule; 22] = [
    image::mutable_tag,
    image::missing_checksum,
    image::old_registry,
    image::quoted_value,
    command::shell_operator,
    command::nobody_expands,
    command::other_words,
    command::template,
    inputs::empty_dirinuri,
    inputs::not_fetched,
    inputs::private_host,
    inputs::plain_http,
    inputs::no_name,
    inputs::same_name,
    inputs::not_named,
    order::no_effect,
    order::enclave,
    order::one_worker,
    order::category,
    order::long_params,
    order::price,
    secrets::public_secret,
];

/// The names of all rules, in the order in which `docs/check.md` tells of them.
pub const NAMES: [&str; 31] = [
    refused::JSON,
    refused::UNKNOWN_KEY,
    refused::VALUE,
    refused::MISSING,
    refused::ENVVARS,
    refused::IMAGE,
    refused::CHECKSUM,
    refused::MIXED_CONTRACTS,
    refused::OPEN_QUOTE,
    image::MUTABLE_TAG,
    image::MISSING_CHECKSUM,
    image::OLD_REGISTRY,
    image::QUOTED_VALUE,
    command::SHELL_OPERATOR,
    command::NOBODY_EXPANDS,
    command::OTHER_WORDS,
    command::TEMPLATE,
    inputs::EMPTY_DIRINURI,
    inputs::NOT_FETCHED,
    inputs::PRIVATE_HOST,
    inputs::PLAIN_HTTP,
    inputs::NO_NAME,
    inputs::SAME_NAME,
    inputs::NOT_NAMED,
    order::NO_EFFECT,
    order::ENCLAVE,
    order::ONE_WORKER,
    order::CATEGORY,
    order::LONG_PARAMS,
    order::PRICE,
    secrets::PUBLIC_SECRET,
];

/// What is noticed of an iexec.json, in the order of the places.
pub fn lint(text: &str) -> Vec<Lint> {
    let (mut found, draft) = refused::refused(text);
    if let Some(draft) = draft {
        found.extend(RULES.iter().flat_map(|rule| rule(&draft)));
    }
    found.sort_by_key(|lint| (lint.line, lint.column, lint.severity, lint.rule));
    found.dedup();
    found
}
