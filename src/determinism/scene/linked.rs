//! What a dapp's program is linked with: read out of the image, from the program's own header and those of the
//! interpreters that scripts name.

use super::host;
use crate::container::{ContainerError, Peek, RunSpec};
use std::fmt;
use std::path::{Path, PathBuf};

/// Where the engine looks for a program unless somebody said otherwise.
pub(in crate::determinism) const DEFAULT_PATH: &str =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Scripts that are run by scripts, at most.
const MAX_SCRIPTS: usize = 4;

/// A version of glibc's interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glibc {
    major: u32,
    minor: u32,
}

impl fmt::Display for Glibc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// What the dapp's program is linked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Linked {
    /// Glibc of this version, at run time.
    Glibc(Glibc),
    /// Something else, or it is not known.
    Otherwise {
        /// What, in words that go on after "the dapp's program".
        why: String,
    },
}

/// What a file's first bytes say.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Dynamic(PathBuf),
    Static,
    Script(PathBuf),
    Unknown,
}

/// Looks at the program that `spec` starts.
pub(super) async fn of(peek: &Peek<'_>, spec: &RunSpec) -> Result<Linked, ContainerError> {
    let otherwise = |why: &str| Ok(Linked::Otherwise { why: why.to_owned() });
    let own = &spec.image.config;
    let words = own.entrypoint.iter().chain(spec.launch.command.as_ref().unwrap_or(&own.command));
    let Some(word) = words.into_iter().next() else { return otherwise("is not named") };
    let Some(mut bytes) = find(peek, word, &path_of(spec)).await? else {
        return otherwise("is not found in the image");
    };
    for _ in 0..MAX_SCRIPTS {
        let next = match kind(&bytes) {
            Kind::Dynamic(loader) => return library(peek, &loader).await,
            Kind::Static => return otherwise("is static: it brings its own C library, if any"),
            Kind::Unknown => return otherwise("is of a kind that is not known here"),
            Kind::Script(interpreter) => interpreter,
        };
        match peek.file(&next).await? {
            Some(found) => bytes = found,
            None => return otherwise("is a script whose interpreter is not in the image"),
        }
    }
    otherwise("is a script of scripts")
}

async fn library(peek: &Peek<'_>, loader: &Path) -> Result<Linked, ContainerError> {
    let name = loader.file_name().unwrap_or_default().to_string_lossy();
    if !(name.starts_with("ld-linux") || name.starts_with("ld64")) {
        let why = if name.starts_with("ld-musl") { "musl".into() } else { name };
        return Ok(Linked::Otherwise { why: format!("is linked with {why} and not with glibc") });
    }
    for folder in host::LIBRARIES {
        let found = peek.file(&Path::new(folder).join("libc.so.6")).await?;
        if let Some(version) = found.as_deref().and_then(newest) {
            return Ok(Linked::Glibc(version));
        }
    }
    Ok(Linked::Otherwise { why: "is linked with glibc, which is not found in the image".into() })
}

/// The value of PATH that the program is looked for in.
fn path_of(spec: &RunSpec) -> String {
    let by_task = spec.launch.env.iter().find(|var| var.name == "PATH").map(|var| var.value.as_str());
    let by_image = spec.image.config.env.iter().find_map(|var| var.strip_prefix("PATH="));
    by_task.or(by_image).unwrap_or(DEFAULT_PATH).to_owned()
}

async fn find(peek: &Peek<'_>, word: &str, path: &str) -> Result<Option<Vec<u8>>, ContainerError> {
    if word.contains('/') {
        return peek.file(&Path::new("/").join(word)).await;
    }
    for folder in path.split(':').filter(|folder| folder.starts_with('/')) {
        if let Some(bytes) = peek.file(&Path::new(folder).join(word)).await? {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

/// Of 64-bit little-endian ELF files: where the loader's name stands. See elf(5).
fn kind(bytes: &[u8]) -> Kind {
    if let Some(rest) = bytes.strip_prefix(b"#!") {
        let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        return line.split_whitespace().next().map_or(Kind::Unknown, |word| Kind::Script(word.into()));
    }
    elf(bytes).unwrap_or(Kind::Unknown)
}

fn elf(bytes: &[u8]) -> Option<Kind> {
    const INTERPRETER: u64 = 3;
    if !bytes.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let (start, size, count) = (number(bytes, 0x20, 8)?, number(bytes, 0x36, 2)?, number(bytes, 0x38, 2)?);
    for index in 0..count {
        let header = usize::try_from(start.checked_add(index.checked_mul(size)?)?).ok()?;
        if number(bytes, header, 4)? == INTERPRETER {
            let at = usize::try_from(number(bytes, header.checked_add(8)?, 8)?).ok()?;
            let long = usize::try_from(number(bytes, header.checked_add(32)?, 8)?).ok()?;
            let name = bytes.get(at..at.checked_add(long)?)?;
            let name = name.split(|byte| *byte == 0).next()?;
            return Some(Kind::Dynamic(String::from_utf8_lossy(name).into_owned().into()));
        }
    }
    Some(Kind::Static)
}

/// A number of so many bytes, the lowest first.
fn number(bytes: &[u8], at: usize, long: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(long)?)?;
    Some(bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

/// The newest version of glibc's interface that a library names: that which it has, or that which it needs.
pub(super) fn newest(library: &[u8]) -> Option<Glibc> {
    let names = library.split(|byte| *byte == 0).filter_map(|text| text.strip_prefix(b"GLIBC_"));
    let versions = names.filter_map(|name| {
        let mut parts = std::str::from_utf8(name).ok()?.split('.').map(|part| part.parse().ok());
        Some(Glibc { major: parts.next()??, minor: parts.next()?? })
    });
    versions.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_of_this_host_and_a_script_tell_what_runs_them() {
        let this = std::fs::read("/proc/self/exe").unwrap();
        assert!(matches!(kind(&this), Kind::Dynamic(loader) if loader.is_absolute()));
        assert_eq!(kind(b"#! /usr/bin/env python3\nprint()"), Kind::Script("/usr/bin/env".into()));
        assert_eq!(kind(b"echo"), Kind::Unknown);
        assert_eq!(kind(b"#!"), Kind::Unknown);
    }

    #[test]
    fn a_header_that_lies_is_of_no_known_kind() {
        let mut header = b"\x7fELF\x02\x01".to_vec();
        assert_eq!(kind(&header), Kind::Unknown);
        header.resize(64, 0xff);
        assert_eq!(kind(&header), Kind::Unknown);
        header.resize(64, 0);
        header.iter_mut().skip(6).for_each(|byte| *byte = 0);
        assert_eq!(kind(&header), Kind::Static, "no program headers");
    }

    #[test]
    fn the_version_of_an_interface_is_read_from_its_names() {
        let found = newest(b"\0GLIBC_2.2.5\0GLIBC_PRIVATE\0GLIBC_2.34\0xGLIBC_2.99\0GLIBC_2.9\0").unwrap();
        assert_eq!(found.to_string(), "2.34");
        assert_eq!(newest(b"GLIBC_"), None);
    }
}
