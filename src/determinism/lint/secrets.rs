//! Texts that look like secrets: what is registered or ordered is public on chain, for ever.

use super::Lint;
use super::Severity::{self, Note, Warning};
use super::draft::Draft;
use serde_json::Value;

pub(super) const PUBLIC_SECRET: &str = "public-secret";

const NAMES: [&str; 9] =
    ["password", "passwd", "secret", "token", "apikey", "api_key", "api-key", "private_key", "privatekey"];
/// How the keys of large services begin, and how long they are at least.
const PREFIXES: [(&str, usize); 8] = [
    ("AKIA", 20),
    ("ghp_", 36),
    ("github_pat_", 40),
    ("glpat-", 20),
    ("xoxb-", 24),
    ("sk-", 32),
    ("eyJhbGciOi", 30),
    ("-----BEGIN", 20),
];

/// What looks like a password, a key or a token among what is made public.
pub(super) fn public_secret(draft: &Draft<'_>) -> Vec<Lint> {
    let mut found = Vec::new();
    let params = draft.params_path();
    for path in [params.as_slice(), &["app", "params", "envvars"], &["app", "envvars"], &["app", "multiaddr"]]
    {
        let value = path.iter().try_fold(&draft.root, |value, step| value.get(step));
        let Some(value) = value else { continue };
        let mut texts = Vec::new();
        gather(value, &mut path.to_vec(), &mut texts);
        for (at, text) in texts {
            let Some((severity, what)) = secret(&text) else { continue };
            let steps: Vec<&str> = at.iter().map(String::as_str).collect();
            let message = format!("{what} stands here, and everyone can read it on chain for ever");
            let mend = "take it out, and take the old one out of use; a dapp must not need a secret that strangers run with.";
            found.push(draft.at(&steps, (PUBLIC_SECRET, severity), message, mend));
        }
    }
    found
}

fn gather<'a>(value: &'a Value, path: &mut Vec<&'a str>, texts: &mut Vec<(Vec<String>, String)>) {
    match value {
        Value::String(text) => {
            texts.push((path.iter().map(|step| (*step).to_owned()).collect(), text.clone()))
        }
        Value::Array(list) => list.iter().for_each(|value| gather(value, path, texts)),
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            path.push(key);
            gather(value, path, texts);
            path.pop();
        }),
        _ => {}
    }
}

/// What a text looks like it holds.
fn secret(text: &str) -> Option<(Severity, String)> {
    let parts: Vec<&str> = text.split([' ', '\t', '\n', ',', ';', '&', '?', '"', '\'']).collect();
    for (at, part) in parts.iter().enumerate() {
        let next = parts.get(at + 1).copied().unwrap_or_default();
        if let Some((name, value)) = part.split_once(['=', ':']).or(Some((*part, next)))
            && named(name)
            && value.len() > 3
            && !value.starts_with(['-', '<', '$'])
        {
            return Some((Warning, format!("a value for `{}`", name.trim_start_matches('-'))));
        }
        let value = part.split_once('=').map_or(*part, |(_, value)| value);
        if let Some((prefix, _)) =
            PREFIXES.iter().find(|(prefix, least)| value.starts_with(prefix) && value.len() >= *least)
        {
            return Some((Warning, format!("something that begins with `{prefix}` like a key")));
        }
        if value.len() == 66
            && value.starts_with("0x")
            && value.get(2..)?.bytes().all(|b| b.is_ascii_hexdigit())
        {
            return Some((Note, "a number of 32 bytes, as long as a private key,".into()));
        }
        if let Some(login) =
            part.split_once("://").and_then(|(_, rest)| rest.split('/').next()?.split_once('@'))
            && login.0.contains(':')
        {
            return Some((Warning, "an address with a password".into()));
        }
    }
    None
}

/// Whether a name is that of a secret: a flag, a variable or a key.
fn named(name: &str) -> bool {
    let name = name.trim_start_matches('-').to_ascii_lowercase();
    NAMES.iter().any(|secret| {
        name == *secret || name.ends_with(&format!("_{secret}")) || name.ends_with(&format!("-{secret}"))
    })
}
