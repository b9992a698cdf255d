//! One process per key and folder: two would spend the same nonces and sign twice.
//!
//! The lock is the kernel's (`flock`), so it ends with the process however that ends; the file only says who holds it.

use super::LedgerError;
use alloy::primitives::Address;
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Held as long as it lives.
#[derive(Debug)]
pub struct WalletLock {
    _file: File,
}

impl WalletLock {
    /// Takes the lock of `wallet` in `folder`, which is created if need be.
    pub fn take(folder: &Path, wallet: Address) -> Result<Self, LedgerError> {
        let path: PathBuf = folder.join(format!("wallet-{wallet}.lock"));
        let cannot =
            |error: std::io::Error| LedgerError::Open { path: path.clone(), reason: error.to_string() };
        std::fs::create_dir_all(folder).map_err(cannot)?;
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(cannot)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut holder = String::new();
                // What cannot be read is no reason to say nothing of the lock.
                let _ = file.take(256).read_to_string(&mut holder);
                let holder = if holder.trim().is_empty() { "a process".into() } else { holder.trim().into() };
                return Err(LedgerError::Held { wallet, path, holder });
            }
            Err(error) => return Err(cannot(error.into())),
        }
        #[expect(clippy::disallowed_methods, reason = "the time is told to a person and decides nothing")]
        let since = humantime::format_rfc3339_seconds(SystemTime::now());
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            writeln!(file, "process {} (since {since})", std::process::id())
        };
        write(&mut file).map_err(cannot)?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_refused_and_told_who_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let wallet = Address::repeat_byte(7);
        let held = WalletLock::take(folder.path(), wallet).unwrap();
        WalletLock::take(folder.path(), Address::repeat_byte(8)).unwrap();
        let refused = WalletLock::take(folder.path(), wallet).unwrap_err();
        let LedgerError::Held { holder, .. } = refused else { panic!("{refused}") };
        assert!(holder.contains(&format!("process {}", std::process::id())), "{holder}");
        drop(held);
        WalletLock::take(folder.path(), wallet).unwrap();
    }
}
