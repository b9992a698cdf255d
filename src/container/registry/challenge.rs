//! What a registry asks for when it answers 401 (RFC 9110 §11.6.1, and the distribution project's token flow).

use std::collections::HashMap;

/// What a registry asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A name and a password.
    Basic,
    /// A token from elsewhere.
    Bearer {
        /// Where.
        realm: String,
        /// For whom.
        service: Option<String>,
    },
}

impl Challenge {
    /// Reads the `WWW-Authenticate` header; none for what is not known here.
    pub(super) fn parse(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let mut given = parameters(rest);
        Some(Self::Bearer { realm: given.remove("realm")?, service: given.remove("service") })
    }
}

/// `name="value", name=value`: a quoted value may hold commas.
fn parameters(text: &str) -> HashMap<String, String> {
    let mut found = HashMap::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').unwrap_or((after, "")),
        };
        found.insert(name.trim_matches([' ', ',']).to_ascii_lowercase(), value.trim().to_owned());
        rest = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_are_read() {
        assert_eq!(Challenge::parse("Basic realm=\"Registry\""), Some(Challenge::Basic));
        let text =
            "Bearer realm=\"https://auth.example/token\",service=\"r\",scope=\"repository:a/b:pull,push\"";
        let bearer =
            Challenge::Bearer { realm: "https://auth.example/token".into(), service: Some("r".into()) };
        assert_eq!(Challenge::parse(text), Some(bearer));
        assert_eq!(Challenge::parse("Negotiate"), None);
        assert_eq!(Challenge::parse("Bearer service=\"r\""), None);
    }
}
