//! `envvars` strings and the app's multiaddr, which is an image reference or such a string.
//!
//! `NAME=value` tuples separated by commas, each split at its first `=`, blanks around name and value dropped. There is
//! no escaping, so a value cannot hold a comma. An empty string has no tuples.

use super::{DappError, EnvVar, ImageRef};

/// The variable that names the image.
pub const IMAGE: &str = "XWDOCKERIMAGE";

/// An app's multiaddr, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppAddress {
    /// The image to run.
    pub image: ImageRef,
    /// Every other variable, for the container.
    pub env: Vec<EnvVar>,
}

impl AppAddress {
    /// Reads a multiaddr as it is on chain.
    pub fn parse(multiaddr: &str) -> Result<Self, DappError> {
        if is_envvars(multiaddr) {
            Self::from_envvars(multiaddr)
        } else {
            Ok(Self { image: ImageRef::parse(multiaddr)?, env: Vec::new() })
        }
    }

    /// Reads an `envvars` string, in which the image must be named.
    pub fn from_envvars(text: &str) -> Result<Self, DappError> {
        let mut env = parse(text)?;
        let at = env.iter().position(|var| var.name == IMAGE).ok_or(DappError::NoImage)?;
        let image = env.remove(at).value;
        if image.is_empty() {
            return Err(DappError::NoImage);
        }
        Ok(Self { image: ImageRef::parse(&image)?, env })
    }

    /// The multiaddr as it is put on chain: the image alone, or all variables when there is more to say.
    pub fn multiaddr(&self) -> String {
        if self.env.is_empty() {
            return self.image.to_string();
        }
        let rest = self.env.iter().map(|var| format!(",{}={}", var.name, var.value));
        format!("{IMAGE}={}{}", self.image, rest.collect::<String>())
    }
}

/// Whether a multiaddr is an `envvars` string: no image reference holds `=`.
pub fn is_envvars(multiaddr: &str) -> bool {
    multiaddr.contains('=')
}

/// Reads the tuples of an `envvars` string.
pub fn parse(text: &str) -> Result<Vec<EnvVar>, DappError> {
    let mut env: Vec<EnvVar> = Vec::new();
    if text.trim().is_empty() {
        return Ok(env);
    }
    for tuple in text.split(',') {
        let (name, value) =
            tuple.split_once('=').ok_or_else(|| DappError::EnvTuple(tuple.trim().to_owned()))?;
        let (name, value) = (name.trim(), value.trim());
        if !is_name(name) {
            return Err(DappError::EnvName(name.to_owned()));
        }
        if value.contains('\0') {
            return Err(DappError::Nul("a variable's value"));
        }
        if env.iter().any(|var| var.name == name) {
            return Err(DappError::EnvRepeated(name.to_owned()));
        }
        env.push(EnvVar { name: name.to_owned(), value: value.to_owned() });
    }
    Ok(env)
}

/// The app's variables, and those of the requester that the app leaves alone. The requester cannot change the image.
pub fn merge(app: Vec<EnvVar>, requester: Vec<EnvVar>) -> Vec<EnvVar> {
    let mut env = app;
    for var in requester {
        if var.name != IMAGE && env.iter().all(|known| known.name != var.name) {
            env.push(var);
        }
    }
    env
}

fn is_name(name: &str) -> bool {
    let first = name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    first && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn var(name: &str, value: &str) -> EnvVar {
        EnvVar { name: name.into(), value: value.into() }
    }

    #[test]
    fn tuples_are_split_at_commas_and_at_the_first_equals_sign() {
        let app = AppAddress::parse("A=b=c, B= ,XWDOCKERIMAGE = perl:5.20 ,MY_VAR=x y").unwrap();
        assert_eq!(app.image.as_str(), "perl:5.20");
        assert_eq!(app.env, [var("A", "b=c"), var("B", ""), var("MY_VAR", "x y")]);
        assert_eq!(AppAddress::parse(&app.multiaddr()).unwrap(), app);
        let plain = AppAddress::parse("XWDOCKERIMAGE=jrottenberg/ffmpeg:scratch").unwrap();
        assert_eq!(plain.multiaddr(), "jrottenberg/ffmpeg:scratch");
    }

    #[test]
    fn nothing_is_dropped_in_silence() {
        for (text, error) in [
            ("XWDOCKERIMAGE=x,LANG", DappError::EnvTuple("LANG".into())),
            ("XWDOCKERIMAGE=x,A=1, 2", DappError::EnvTuple("2".into())),
            ("XWDOCKERIMAGE=x,,A=1", DappError::EnvTuple(String::new())),
            ("XWDOCKERIMAGE=x,", DappError::EnvTuple(String::new())),
            ("XWDOCKERIMAGE=x,=1", DappError::EnvName(String::new())),
            ("XWDOCKERIMAGE=x,1A=1", DappError::EnvName("1A".into())),
            ("XWDOCKERIMAGE=x,A B=1", DappError::EnvName("A B".into())),
            ("XWDOCKERIMAGE=x,A=1,A=2", DappError::EnvRepeated("A".into())),
            ("XWDOCKERIMAGE=x,A=\0", DappError::Nul("a variable's value")),
            ("A=1", DappError::NoImage),
            ("XWDOCKERIMAGE=", DappError::NoImage),
            ("xwdockerimage=x", DappError::NoImage),
        ] {
            assert_eq!(AppAddress::from_envvars(text), Err(error), "{text}");
        }
        assert_eq!(parse(" "), Ok(vec![]));
        assert!(matches!(AppAddress::parse("XWDOCKERIMAGE=A B"), Err(DappError::Image { .. })));
    }

    #[test]
    fn the_apps_value_wins() {
        let merged = merge(vec![var("A", "app")], vec![var("A", "me"), var("B", "me"), var(IMAGE, "mine")]);
        assert_eq!(merged, [var("A", "app"), var("B", "me")]);
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_alike(
            vars in prop::collection::btree_map("[A-Z_][A-Za-z0-9_]{0,5}", "[a-z0-9=:/.-]{0,6}", 0..5)
        ) {
            let mut text = String::from("XWDOCKERIMAGE=a/b:1");
            for (name, value) in &vars { text.push_str(&format!(",{name}={value}")); }
            if !vars.contains_key(IMAGE) {
                let app = AppAddress::parse(&text).unwrap();
                prop_assert_eq!(app.env.len(), vars.len());
                prop_assert_eq!(AppAddress::parse(&app.multiaddr()).unwrap(), app);
            }
        }
    }
}
