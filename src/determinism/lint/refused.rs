//! What the commands would refuse, by asking the very functions that they ask. Each answers with the first fault only, so a
//! key that is refused is noted and taken away, and the question put again.

use super::draft::Draft;
use super::inputs::NOT_FETCHED;
use super::order::ENCLAVE;
use super::{Lint, Severity, locate};
use crate::dapp::{DappError, IexecJson};
use crate::poco::Fault;
use serde_json::Value;

pub(super) const JSON: &str = "json";
pub(super) const UNKNOWN_KEY: &str = "unknown-key";
pub(super) const VALUE: &str = "value";
pub(super) const MISSING: &str = "missing";
pub(super) const ENVVARS: &str = "envvars";
pub(super) const IMAGE: &str = "image";
pub(super) const CHECKSUM: &str = "checksum";
pub(super) const MIXED_CONTRACTS: &str = "mixed-contracts";
pub(super) const OPEN_QUOTE: &str = "open-quote";

/// No file has more faults than this that are worth telling.
const MOST: usize = 100;

/// The two sections of the file, each of which may be used without the other.
#[derive(Clone, Copy, PartialEq)]
enum Half {
    App,
    Order,
}

/// The faults, and what could be read if it is JSON at all.
pub(super) fn refused(text: &str) -> (Vec<Lint>, Option<Draft<'_>>) {
    if let Err(error @ DappError::Json { .. }) = IexecJson::parse(text) {
        return (vec![at_error(text, &error, &[], Severity::Error)], None);
    }
    let Ok(root) = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) else {
        return (Vec::new(), None);
    };
    let mut draft = Draft { text, root, app: None, order: None };
    let mut found = Vec::new();
    let mut left = draft.root.clone();
    for _ in 0..MOST {
        let Err(error) = IexecJson::parse(&left.to_string()) else { break };
        if !note(&draft, &error, Half::App, &mut left, &mut found) {
            return (found, None);
        }
    }
    let halves =
        (draft.root.get("app").is_some(), draft.root.get("order").or(draft.root.get("work")).is_some());
    if halves.0 || !halves.1 {
        draft.app = ask(&draft, Half::App, left.clone(), &mut found, IexecJson::app);
    }
    if halves.1 {
        draft.order = ask(&draft, Half::Order, left, &mut found, IexecJson::order);
    }
    (found, Some(draft))
}

/// Asks for a section until it is given, or until what is refused cannot be taken away.
fn ask<T>(
    draft: &Draft<'_>,
    half: Half,
    mut left: Value,
    found: &mut Vec<Lint>,
    question: fn(&IexecJson) -> Result<T, DappError>,
) -> Option<T> {
    for _ in 0..MOST {
        match IexecJson::parse(&left.to_string()).and_then(|json| question(&json)) {
            Ok(answer) => return Some(answer),
            Err(error) if note(draft, &error, half, &mut left, found) => {}
            Err(_) => return None,
        }
    }
    None
}

/// Notes a fault, and takes what is refused away. False when that cannot be done.
fn note(draft: &Draft<'_>, error: &DappError, half: Half, left: &mut Value, found: &mut Vec<Lint>) -> bool {
    let path = path(draft, error, half);
    let steps: Vec<&str> = path.iter().map(String::as_str).collect();
    // An address that cannot be fetched is told by a rule, which looks at every one of them.
    if !matches!(error, DappError::InputUrl { .. } | DappError::InputScheme { .. }) {
        let lint = at_error(draft.text, error, &steps, Severity::Error);
        if !found.contains(&lint) {
            found.push(lint);
        }
    }
    match error {
        DappError::UnknownKey { .. }
        | DappError::Field { .. }
        | DappError::OpenQuote { .. }
        | DappError::InputUrl { .. }
        | DappError::InputScheme { .. } => take_away(left, &steps),
        DappError::EnvTuple(_) | DappError::EnvName(_) | DappError::EnvRepeated(_) => {
            half == Half::Order && take_away(left, &steps)
        }
        _ => false,
    }
}

/// Removes the value at a path; false when there is none.
fn take_away(value: &mut Value, path: &[&str]) -> bool {
    let Some((last, parents)) = path.split_last() else { return false };
    let mut holder = value;
    for step in parents {
        // What stands in a text of JSON cannot be taken out of it.
        match holder.get_mut(step) {
            Some(next) => holder = next,
            None => return false,
        }
    }
    match holder {
        Value::Object(map) => map.remove(*last).is_some(),
        _ => false,
    }
}

/// Where a fault is.
fn path(draft: &Draft<'_>, error: &DappError, half: Half) -> Vec<String> {
    let steps = |place: &str| place.split('.').map(str::to_owned).collect::<Vec<_>>();
    let params = || draft.params_path().into_iter().map(str::to_owned).collect::<Vec<_>>();
    // A fault of the params is told as if they were the whole.
    let whole = |place: &str| match place.strip_prefix("params") {
        Some(rest) if half == Half::Order && (rest.is_empty() || rest.starts_with('.')) => {
            let below = rest.split('.').skip(1).map(str::to_owned);
            params().into_iter().chain(below).collect()
        }
        _ => steps(place),
    };
    let param = |key: &str| params().into_iter().chain([key.to_owned()]).collect();
    let app = || {
        let ways = [&["app", "params", "envvars"][..], &["app", "envvars"], &["app", "multiaddr"], &["app"]];
        let there = ways.into_iter().find(|path| locate::value(draft.text, path).is_some());
        there.unwrap_or_default().iter().map(|step| (*step).to_owned()).collect()
    };
    match error {
        DappError::UnknownKey { place, key, .. } if place == "iexec.json" => vec![key.clone()],
        DappError::UnknownKey { place, key, .. } => {
            let mut path = whole(place);
            path.push(key.clone());
            path
        }
        DappError::Field { place, .. } | DappError::Missing(place) => whole(place),
        DappError::EnclaveOnly(place) => whole(place),
        DappError::AppType(_) => match locate::value(draft.text, &["app", "params", "type"]) {
            Some(_) => steps("app.params.type"),
            None => steps("app.type"),
        },
        DappError::Checksum(_) | DappError::ChecksumsDiffer { .. } => steps("app.checksum"),
        DappError::OpenQuote { .. } => param("cmdline"),
        DappError::InputUrl { .. } | DappError::InputScheme { .. } => param("dirinuri"),
        DappError::EnvTuple(_) | DappError::EnvName(_) | DappError::EnvRepeated(_) if half == Half::Order => {
            param("envvars")
        }
        DappError::EnvTuple(_)
        | DappError::EnvName(_)
        | DappError::EnvRepeated(_)
        | DappError::NoImage
        | DappError::Image { .. } => app(),
        DappError::MixedContracts { live, .. } => param(live),
        DappError::Json { .. }
        | DappError::Nul(_)
        | DappError::DatasetChecksum(_)
        | DappError::DatasetLocation(_)
        | DappError::DatasetUnused(_)
        | DappError::Bulk => params(),
    }
}

fn at_error(text: &str, error: &DappError, path: &[&str], severity: Severity) -> Lint {
    let near =
        || (0..=path.len()).rev().find_map(|to| locate::value(text, path.get(..to)?)).unwrap_or_default();
    let (line, column) = match error {
        DappError::Json { line, column, .. } if path.is_empty() => (*line, *column),
        DappError::UnknownKey { .. } => {
            locate::line_column(text, locate::key(text, path).unwrap_or_else(near))
        }
        DappError::OpenQuote { column, .. } => {
            let string = near();
            let at = locate::inside(text, string, column.saturating_sub(1)).unwrap_or(string);
            locate::line_column(text, at)
        }
        _ => locate::line_column(text, near()),
    };
    let message = match error {
        DappError::Json { problem, .. } => problem.clone(),
        error => error.to_string(),
    };
    Lint { rule: rule(error), severity, code: Some(error.code()), line, column, message, mend: error.help() }
}

fn rule(error: &DappError) -> &'static str {
    match error {
        DappError::Json { .. } => JSON,
        DappError::UnknownKey { .. } => UNKNOWN_KEY,
        DappError::Missing(_) => MISSING,
        DappError::EnvTuple(_) | DappError::EnvName(_) | DappError::EnvRepeated(_) => ENVVARS,
        DappError::NoImage | DappError::Image { .. } => IMAGE,
        DappError::Checksum(_) | DappError::ChecksumsDiffer { .. } => CHECKSUM,
        DappError::MixedContracts { .. } => MIXED_CONTRACTS,
        DappError::OpenQuote { .. } => OPEN_QUOTE,
        DappError::InputUrl { .. } | DappError::InputScheme { .. } => NOT_FETCHED,
        DappError::EnclaveOnly(_) => ENCLAVE,
        DappError::AppType(_)
        | DappError::Field { .. }
        | DappError::Nul(_)
        | DappError::DatasetChecksum(_)
        | DappError::DatasetLocation(_)
        | DappError::DatasetUnused(_)
        | DappError::Bulk => VALUE,
    }
}
