//! The path of one entry.

use crate::inputs::{EntryFault, Limits};

/// A relative path of plain components: none is empty, `.`, `..`, or holds a slash, a backslash or a control
/// character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EntryPath(String);

impl EntryPath {
    /// Reads an entry's name. `.` and doubled slashes say nothing and are dropped.
    pub(super) fn read(name: &str, limits: &Limits) -> Result<Self, EntryFault> {
        let mut letters = name.bytes();
        if name.starts_with('/') {
            return Err(EntryFault::Absolute);
        }
        if name.contains('\\') {
            return Err(EntryFault::Backslash);
        }
        if name.contains(char::is_control) {
            return Err(EntryFault::Control);
        }
        if letters.next().is_some_and(|first| first.is_ascii_alphabetic()) && letters.next() == Some(b':') {
            return Err(EntryFault::Drive);
        }
        let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        if parts.contains(&"..") {
            return Err(EntryFault::Climbs);
        }
        if parts.is_empty() {
            return Err(EntryFault::Nameless);
        }
        let long = name.len() > limits.max_path_bytes
            || parts.len() > limits.max_depth
            || parts.iter().any(|part| part.len() > 255);
        if long { Err(EntryFault::Long) } else { Ok(Self(parts.join("/"))) }
    }

    /// The path of `name` below this one; below the root when there is none above.
    pub(super) fn below(above: Option<&Self>, name: &str) -> Self {
        Self(above.map_or_else(|| name.to_owned(), |above| format!("{}/{name}", above.0)))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::{Component, Path};

    fn read(name: &str) -> Result<EntryPath, EntryFault> {
        EntryPath::read(name, &Limits::default())
    }

    #[test]
    fn paths_that_leave_or_trick_are_refused() {
        for (name, fault) in [
            ("/etc/passwd", EntryFault::Absolute),
            ("../x", EntryFault::Climbs),
            ("a/../../x", EntryFault::Climbs),
            ("a/..", EntryFault::Climbs),
            ("..\\x", EntryFault::Backslash),
            ("C:/x", EntryFault::Drive),
            ("c:x", EntryFault::Drive),
            ("a\0b", EntryFault::Control),
            ("a\nb", EntryFault::Control),
            ("", EntryFault::Nameless),
            ("./", EntryFault::Nameless),
        ] {
            assert_eq!(read(name), Err(fault), "{name:?}");
        }
        assert_eq!(read(&"x/".repeat(65)), Err(EntryFault::Long));
        assert_eq!(read(&"x".repeat(256)), Err(EntryFault::Long));
        assert_eq!(read("./a//b c/").unwrap().as_str(), "a/b c");
    }

    proptest! {
        #[test]
        fn parts_are_plain_components(name in "[a-c./\\\\:\u{0}]{0,20}") {
            if let Ok(path) = read(&name) {
                for part in path.parts() {
                    let mut components = Path::new(part).components();
                    prop_assert!(matches!(components.next(), Some(Component::Normal(_))));
                    prop_assert!(components.next().is_none());
                }
            }
        }
    }
}
