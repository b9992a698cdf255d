//! The things that variations bring along, laid into a folder of the check. Every one is a plain file that anyone may read;
//! what this host does not have is left out.

use super::linked::{Glibc, newest};
use super::{TOOLS, host};
use crate::container::program;
use crate::determinism::vary::{ZONE, proc};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Random numbers that a dapp can read before the file ends.
const RANDOM_BYTES: usize = 4 << 20;

/// What was laid out, and where.
#[derive(Clone, Debug)]
pub(super) struct Props {
    pub(super) shim: Vec<String>,
    pub(super) tools: PathBuf,
    pub(super) files: PathBuf,
    pub(super) faketime: Option<Glibc>,
}

impl Props {
    /// Lays everything into `folder`, an absolute path.
    pub(super) fn lay(folder: &Path, shim: &Path) -> io::Result<Self> {
        let folder = std::path::absolute(folder)?;
        let (tools, files) = (folder.join("tools"), folder.join("files"));
        for made in [&tools, &files] {
            fs::create_dir_all(made)?;
        }
        let mut words = program::copy_of(shim, &tools, TOOLS)?;
        words.push("shim".into());
        let faketime = match host::faketime() {
            Some(library) => {
                let bytes = fs::read(library)?;
                fs::write(tools.join("libfaketime.so.1"), &bytes)?;
                newest(&bytes)
            }
            None => None,
        };
        fs::write(files.join("random"), random())?;
        for (name, text) in proc::files() {
            fs::write(files.join(name), text)?;
        }
        let zone = Path::new("/usr/share/zoneinfo").join(ZONE);
        if zone.is_file() {
            fs::copy(zone, files.join("zone"))?;
        }
        for made in [&tools, &files] {
            open(made)?;
        }
        Ok(Self { shim: words, tools, files, faketime })
    }
}

/// Lets everybody read a folder's files, and run them.
fn open(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(folder)? {
        fs::set_permissions(entry?.path(), fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// Numbers that look random and are the same each time: Marsaglia's xorshift, from a fixed start.
fn random() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(RANDOM_BYTES);
    while bytes.len() < RANDOM_BYTES {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes
}
