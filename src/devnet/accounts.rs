//! The named accounts of a devnet, derived from the public test mnemonic.

use super::DevnetError;
use alloy::signers::local::{MnemonicBuilder, PrivateKeySigner, coins_bip39::English};

/// The public test mnemonic that anvil uses.
pub(super) const MNEMONIC: &str = "test test test test test test test test test test test junk";

/// Index of the first worker's account.
const WORKERS_FROM: u32 = 10;

/// The named accounts.
#[derive(Clone, Debug)]
pub struct Accounts {
    /// Deploys and owns the contracts, and holds all RLC at first.
    pub admin: PrivateKeySigner,
    /// Buys computation.
    pub requester: PrivateKeySigner,
    /// Owns the apps that come with the devnet.
    pub developer: PrivateKeySigner,
    /// Owns the workerpool.
    pub scheduler: PrivateKeySigner,
    /// Contribute.
    pub workers: Vec<PrivateKeySigner>,
}

impl Accounts {
    /// The accounts, with `workers` workers.
    pub fn derive(workers: usize) -> Result<Self, DevnetError> {
        let count = u32::try_from(workers).map_err(|_| DevnetError::Key("too many workers".into()))?;
        Ok(Self {
            admin: key(0)?,
            requester: key(1)?,
            developer: key(4)?,
            scheduler: key(6)?,
            workers: (WORKERS_FROM..WORKERS_FROM + count).map(key).collect::<Result<_, _>>()?,
        })
    }

    /// Name and key of every account.
    pub fn named(&self) -> Vec<(String, &PrivateKeySigner)> {
        let mut named = vec![
            ("admin".to_owned(), &self.admin),
            ("requester".to_owned(), &self.requester),
            ("developer".to_owned(), &self.developer),
            ("scheduler".to_owned(), &self.scheduler),
        ];
        named.extend((1..).zip(&self.workers).map(|(n, key)| (format!("worker{n}"), key)));
        named
    }
}

fn key(index: u32) -> Result<PrivateKeySigner, DevnetError> {
    let failed = |error: &dyn std::fmt::Display| DevnetError::Key(error.to_string());
    MnemonicBuilder::<English>::default()
        .phrase(MNEMONIC)
        .index(index)
        .map_err(|error| failed(&error))?
        .build()
        .map_err(|error| failed(&error))
}
