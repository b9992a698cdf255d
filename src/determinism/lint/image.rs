//! Rules about the image and the app's variables.

use super::Lint;
use super::Severity::{Note, Warning};
use super::draft::Draft;

pub(super) const MUTABLE_TAG: &str = "mutable-tag";
pub(super) const MISSING_CHECKSUM: &str = "missing-checksum";
pub(super) const OLD_REGISTRY: &str = "old-registry";
pub(super) const QUOTED_VALUE: &str = "quoted-value";

const PIN: &str =
    "name it by its digest, path@sha256:…, or add app.checksum: then workers run those bytes or none.";

/// Neither the reference nor the app says which bytes are meant, and the tag is one that moves.
pub(super) fn mutable_tag(draft: &Draft<'_>) -> Vec<Lint> {
    unpinned(draft, |tag| {
        let how = match tag {
            "latest" => "is, or without a tag means, `latest`".to_owned(),
            tag => format!("has the tag `{tag}`"),
        };
        let message = format!(
            "the image {how}, which is another image tomorrow; workers that pull at other times disagree"
        );
        moves(tag).then_some((MUTABLE_TAG, Warning, message))
    })
}

/// Neither the reference nor the app says which bytes are meant.
pub(super) fn missing_checksum(draft: &Draft<'_>) -> Vec<Lint> {
    unpinned(draft, |tag| {
        let message =
            format!("nothing says which bytes the tag `{tag}` must be; whoever owns it can move it");
        (!moves(tag)).then_some((MISSING_CHECKSUM, Note, message))
    })
}

/// Whether a tag is made to be moved.
fn moves(tag: &str) -> bool {
    matches!(tag, "latest" | "stable" | "edge" | "master" | "main" | "dev" | "nightly")
}

type Said = (&'static str, super::Severity, String);

fn unpinned(draft: &Draft<'_>, judge: impl Fn(&str) -> Option<Said>) -> Vec<Lint> {
    let Some((app, (_, text))) = draft.app.as_ref().zip(draft.app_variables()) else { return Vec::new() };
    let Ok(parts) = app.image().parts() else { return Vec::new() };
    let Some(tag) = parts.tag.filter(|_| parts.digest.is_none() && app.checksum.is_none()) else {
        return Vec::new();
    };
    let Some((rule, severity, message)) = judge(&tag) else { return Vec::new() };
    let at = text.says.find(app.image().as_str()).unwrap_or_default();
    let nth = text.says.get(..at).unwrap_or_default().chars().count();
    vec![draft.within(&text, nth, (rule, severity), message, PIN)]
}

/// A registry under a name that the field's tools wrote once, and that is another registry to whoever compares names.
pub(super) fn old_registry(draft: &Draft<'_>) -> Vec<Lint> {
    let Some((app, (_, text))) = draft.app.as_ref().zip(draft.app_variables()) else { return Vec::new() };
    let Some(host) = ["registry.hub.docker.com/", "index.docker.io/", "registry-1.docker.io/"]
        .into_iter()
        .find(|host| app.image().as_str().starts_with(host))
    else {
        return Vec::new();
    };
    let host = host.trim_end_matches('/');
    let message = format!(
        "`{host}` is an old name of docker.io; rules of operators that name docker.io do not mean it"
    );
    vec![draft.within(&text, 0, (OLD_REGISTRY, Note), message, "write docker.io/path, or the path alone.")]
}

/// Quotes around a variable's value, which nobody takes off.
pub(super) fn quoted_value(draft: &Draft<'_>) -> Vec<Lint> {
    let Some((variables, text)) = draft.app_variables() else { return Vec::new() };
    let quoted = |value: &str| {
        ['"', '\'']
            .into_iter()
            .any(|quote| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote))
    };
    let found = variables.iter().filter(|variable| quoted(&variable.value));
    found
        .map(|variable| {
            let at = text.says.find(&variable.value).unwrap_or_default();
            let nth = text.says.get(..at).unwrap_or_default().chars().count();
            let message =
                format!("the value of `{}` keeps its quotes: no shell reads envvars", variable.name);
            draft.within(&text, nth, (QUOTED_VALUE, Warning), message, "remove the quotes.")
        })
        .collect()
}
