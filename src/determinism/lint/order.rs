//! Rules about what is ordered.

use super::Lint;
use super::Severity::{Error, Note, Warning};
use super::draft::Draft;
use crate::dapp::{DappError, envvars, live::LiveParams};
use crate::poco::Fault;
use serde_json::Value;

pub(super) const NO_EFFECT: &str = "no-effect";
pub(super) const ENCLAVE: &str = "enclave";
pub(super) const ONE_WORKER: &str = "one-worker";
pub(super) const CATEGORY: &str = "category";
pub(super) const LONG_PARAMS: &str = "long-params";
pub(super) const PRICE: &str = "price";

/// The last category of the known chains.
const LAST_CATEGORY: u64 = 4;
/// From here on the params cost as much as all the rest of a deal.
const LONG_BYTES: usize = 1024;
/// What a chain asks for 32 bytes that are kept for ever, in gas (EIP-2200, EIP-2929).
const GAS_PER_WORD: usize = 22_100;

fn path<'a>(draft: &Draft<'_>, key: &'a str) -> Vec<&'a str> {
    draft.order_path().iter().copied().chain([key]).collect()
}

/// Keys that are read by nobody where they stand, and variables that another value wins over.
pub(super) fn no_effect(draft: &Draft<'_>) -> Vec<Lint> {
    let Some(params) = draft.params() else { return Vec::new() };
    let at = |key: &'static str| draft.params_path().into_iter().chain([key]).collect::<Vec<_>>();
    let mut found = Vec::new();
    for key in ["app", "dataset"] {
        if params.contains_key(key) {
            let message = format!("`{key}` has no effect within the params: the deal itself says it");
            let mend = "move it up into the order, beside params.";
            found.push(draft.at(&at(key), (NO_EFFECT, Warning), message, mend));
        }
    }
    let requested = params.get("envvars").and_then(Value::as_str).and_then(|text| envvars::parse(text).ok());
    for variable in requested.unwrap_or_default() {
        let apps =
            |(known, _): (&[crate::dapp::EnvVar], _)| known.iter().any(|app| app.name == variable.name);
        if variable.name == envvars::IMAGE || draft.app_variables().is_some_and(apps) {
            let message = format!("the request's `{}` has no effect: the app's value wins", variable.name);
            found.push(draft.at(&at("envvars"), (NO_EFFECT, Warning), message, "remove it here."));
        }
    }
    found
}

/// Demands that only an enclave meets.
pub(super) fn enclave(draft: &Draft<'_>) -> Vec<Lint> {
    let mut found = Vec::new();
    let mend = "leave it out, or order from a workerpool that has such machines.";
    if draft.order.as_ref().is_some_and(|order| order.tag.is_some_and(|tag| !tag.is_zero())) {
        let message =
            "the tag asks for an enclave or a graphics card, and workers of this program have neither"
                .to_owned();
        found.push(draft.at(&path(draft, "tag"), (ENCLAVE, Warning), message, mend));
    }
    let Some(order) = &draft.order else { return found };
    let live = LiveParams::parse(&order.params);
    let wishes = [
        (
            live.result_encryption,
            "iexec_result_encryption",
            DappError::EnclaveOnly("iexec_result_encryption"),
        ),
        (!live.bulk_cid.is_empty(), "bulk_cid", DappError::Bulk),
    ];
    for (_, key, error) in wishes.into_iter().filter(|(wished, ..)| *wished) {
        let at: Vec<&str> = draft.params_path().into_iter().chain([key]).collect();
        let lint = draft.at(&at, (ENCLAVE, Error), error.to_string(), &error.help());
        found.push(Lint { code: Some(error.code()), ..lint });
    }
    found
}

/// A trust that a single worker reaches.
pub(super) fn one_worker(draft: &Draft<'_>) -> Vec<Lint> {
    match draft.order.as_ref().and_then(|order| order.trust) {
        Some(trust @ (0 | 1)) => {
            let message = format!(
                "with a trust of {trust} one worker's word is enough, and no two results are compared"
            );
            let mend = "a trust of 10 asks for a result that is right with a certainty of 90 %.";
            vec![draft.at(&path(draft, "trust"), (ONE_WORKER, Note), message, mend)]
        }
        _ => Vec::new(),
    }
}

/// A category that the known chains do not have.
pub(super) fn category(draft: &Draft<'_>) -> Vec<Lint> {
    match draft.order.as_ref().and_then(|order| order.category) {
        Some(category) if category > LAST_CATEGORY => {
            let message = format!(
                "there is no category {category} on the known chains, which have 0 to {LAST_CATEGORY}"
            );
            vec![draft.at(
                &path(draft, "category"),
                (CATEGORY, Warning),
                message,
                "take the shortest that is long enough: 0 is five minutes, 4 ten hours.",
            )]
        }
        _ => Vec::new(),
    }
}

/// Params that are dear to keep on chain.
pub(super) fn long_params(draft: &Draft<'_>) -> Vec<Lint> {
    let Some(length) =
        draft.order.as_ref().map(|order| order.params.len()).filter(|length| *length > LONG_BYTES)
    else {
        return Vec::new();
    };
    let gas = length.div_ceil(32) * GAS_PER_WORD;
    let message =
        format!("the params are {length} bytes, and the chain keeps them: about {gas} gas in each deal");
    let mend = "put what is long into an input, and its address into the params.";
    vec![draft.at(&draft.params_path(), (LONG_PARAMS, Note), message, mend)]
}

/// A price that the order does not pay.
pub(super) fn price(draft: &Draft<'_>) -> Vec<Lint> {
    let price = draft.app.as_ref().and_then(|app| app.price_nrlc);
    let most = draft.order.as_ref().and_then(|order| order.app_max_nrlc);
    match price.zip(most) {
        Some((price, most)) if price > most => {
            let message = format!("the order pays at most {most} nRLC for the app, which costs {price}");
            vec![draft.at(
                &path(draft, "appmaxprice"),
                (PRICE, Warning),
                message,
                "raise the one or lower the other: they do not match.",
            )]
        }
        _ => Vec::new(),
    }
}
