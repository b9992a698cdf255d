//! A server that misbehaves on demand and a writer of archives that no honest tool would write.

mod server;
mod zip;

pub(crate) use server::Server;
pub(crate) use zip::Zip;

use poco::dapp::{Folder, Input, InputName, Unpack, WorkArea};
use poco::inputs::{Limits, Settings, Trust};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::time::Duration;

/// Limits whose pauses do not slow the tests down.
pub(crate) fn quick() -> Limits {
    Limits { first_pause: Duration::from_millis(1), ..Limits::default() }
}

/// These limits, and servers on this host.
pub(crate) fn local(limits: &Limits) -> Settings {
    Settings { limits: limits.clone(), trust: Trust::loopback(), cache_bytes: 0, ..Settings::default() }
}

pub(crate) fn area_in() -> (tempfile::TempDir, WorkArea) {
    let dir = tempfile::tempdir().unwrap();
    let area = WorkArea::new(dir.path());
    (dir, area)
}

pub(crate) fn input(url: &str) -> Input {
    Input {
        url: url.parse().unwrap(),
        folder: Folder::Shared,
        name: InputName::FromUrl,
        unpack: Unpack::Zips,
        sha256: None,
    }
}

pub(crate) fn fixed(url: &str, folder: Folder, name: &str) -> Input {
    Input { folder, name: InputName::Fixed(name.into()), ..input(url) }
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Every path below `folder`, sorted; nothing when there is no such folder.
pub(crate) fn area_files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = walkdir::WalkDir::new(folder)
        .min_depth(1)
        .into_iter()
        .filter_map(Result::ok)
        .map(|entry| entry.path().strip_prefix(folder).unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
