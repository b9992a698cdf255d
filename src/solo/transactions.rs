//! The transactions that a folder's ledgers have, and what a person may do about one that is open.
//!
//! ```text
//! find ─▶ wallet locked? ─yes▶ a wish in the ledger ─▶ whoever holds the lock obeys at its next look ─▶ answer
//!                        └─no─▶ this process is the owner ─▶ replaces it, and watches until its fate is known
//! ```

use super::SoloError;
use super::journal::Kept;
use crate::chain::{AttemptState, Endpoint, EvmChain, Gas, Timing, WishKind};
use crate::ledger::{Ledger, LedgerError, StoredTransaction, WalletLock, transactions_in};
use alloy::primitives::{Address, B256};
use alloy::signers::local::PrivateKeySigner;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How often the ledger is asked for an answer.
const LOOK: Duration = Duration::from_millis(250);

/// Which transaction is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// By its hash.
    Hash(B256),
    /// By its nonce.
    Nonce(u64),
}

impl FromStr for Which {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(nonce) = text.parse() {
            return Ok(Self::Nonce(nonce));
        }
        text.parse().map(Self::Hash).map_err(|_| "neither a nonce nor a transaction's hash")
    }
}

impl std::fmt::Display for Which {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Hash(hash) => write!(f, "{hash}"),
            Self::Nonce(nonce) => write!(f, "with nonce {nonce}"),
        }
    }
}

/// A transaction of one of a folder's ledgers.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The ledger that has it.
    pub ledger: PathBuf,
    /// What it has.
    pub row: StoredTransaction,
    /// How long ago it was written, in seconds.
    pub age_seconds: u64,
}

impl Listed {
    /// Whether its fate is open, so that it can be replaced.
    pub fn is_open(&self) -> bool {
        is_open(&self.row)
    }

    /// The lock of its wallet; none when another process has it, with what is known of that process.
    pub fn lock(&self) -> Result<Result<WalletLock, String>, SoloError> {
        let folder = self.ledger.parent().unwrap_or(Path::new("."));
        match WalletLock::take(folder, self.row.wallet) {
            Ok(lock) => Ok(Ok(lock)),
            Err(LedgerError::Held { holder, .. }) => Ok(Err(holder)),
            Err(error) => Err(error.into()),
        }
    }
}

fn is_open(row: &StoredTransaction) -> bool {
    let open = [AttemptState::Written, AttemptState::Sent, AttemptState::Unknown];
    open.iter().any(|state| state.name() == row.state)
}

/// What became of a nonce after its transaction was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A block holds this one of its transactions; the text says if it reverted there.
    Mined(B256, String),
    /// None of its transactions can be in a block any more.
    Displaced,
    /// None of them is in a block yet.
    Open,
}

/// The transactions of all ledgers of a folder, newest first in each.
pub fn transactions(folder: &Path) -> Result<Vec<Listed>, SoloError> {
    let cannot = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => SoloError::NoLedger { folder: folder.into() },
        _ => LedgerError::Open { path: folder.into(), reason: error.to_string() }.into(),
    };
    let mut ledgers = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        if path.extension().is_some_and(|extension| extension == "db") {
            ledgers.push(path);
        }
    }
    if ledgers.is_empty() {
        return Err(SoloError::NoLedger { folder: folder.into() });
    }
    ledgers.sort();
    let mut all = Vec::new();
    for ledger in ledgers {
        for (row, age_seconds) in transactions_in(&ledger)? {
            all.push(Listed { ledger: ledger.clone(), row, age_seconds });
        }
    }
    Ok(all)
}

/// The transaction that is meant, if it is open; of several with the nonce the newest.
pub fn find(folder: &Path, which: Which, wallet: Option<Address>) -> Result<Listed, SoloError> {
    let mut found = transactions(folder)?;
    found.retain(|listed| {
        let meant = match which {
            Which::Hash(hash) => listed.row.hash == hash,
            Which::Nonce(nonce) => listed.row.nonce == nonce,
        };
        meant && wallet.is_none_or(|wallet| listed.row.wallet == wallet)
    });
    let mut wallets: Vec<Address> =
        found.iter().filter(|listed| listed.is_open()).map(|listed| listed.row.wallet).collect();
    wallets.sort();
    wallets.dedup();
    if let [one, two, ..] = wallets.as_slice() {
        return Err(SoloError::Ambiguous { which, wallets: [*one, *two] });
    }
    let place = found.iter().position(Listed::is_open).unwrap_or(0);
    if place >= found.len() {
        return Err(SoloError::NoTransaction { which, folder: folder.into() });
    }
    let listed = found.swap_remove(place);
    if listed.is_open() { Ok(listed) } else { Err(closed(&listed.row)) }
}

fn closed(row: &StoredTransaction) -> SoloError {
    let because = if row.reason.is_empty() { String::new() } else { format!(" ({})", row.reason) };
    SoloError::NotOpen { hash: row.hash, state: format!("{}{because}", row.state) }
}

/// Leaves a wish for the process that holds the wallet, and gives the hash of the transaction that it made of it.
pub async fn ask_owner(
    listed: &Listed,
    kind: WishKind,
    holder: String,
    patience: Duration,
) -> Result<B256, SoloError> {
    let ledger = Ledger::open(&listed.ledger)?;
    let (wallet, nonce) = (listed.row.wallet, listed.row.nonce);
    let wish = ledger.wish(wallet, nonce, kind.name()).await?;
    let start = Instant::now();
    loop {
        if let Some(answer) = ledger.take_answer(wish).await? {
            return answer.map_err(|said| SoloError::Declined { holder, said });
        }
        let rows = ledger.transactions_at(wallet, nonce).await?;
        if let Some(row) = rows.iter().rev().find(|row| !is_open(row)).filter(|_| !rows.iter().any(is_open)) {
            ledger.withdraw_wish(wish).await?;
            return Err(closed(row));
        }
        if start.elapsed() >= patience {
            ledger.withdraw_wish(wish).await?;
            return Err(SoloError::NoAnswer { holder, patience });
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The chain as whoever owns a nonce sees it.
pub struct OwnerPlan {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The hub, which is asked what still has a chance.
    pub hub: Address,
    /// What gas may cost.
    pub gas: Gas,
    /// The wallet's key.
    pub key: PrivateKeySigner,
}

/// Replaces a transaction as the owner of its nonce, and watches it for so long.
pub async fn act_as_owner(
    _lock: WalletLock,
    listed: &Listed,
    kind: WishKind,
    plan: OwnerPlan,
    patience: Duration,
) -> Result<(B256, Fate), SoloError> {
    let (wallet, nonce) = (listed.row.wallet, listed.row.nonce);
    if plan.key.address() != wallet {
        return Err(SoloError::OtherKey { given: plan.key.address(), wallet });
    }
    let start = Instant::now();
    let ledger = Ledger::open(&listed.ledger)?;
    let chain = EvmChain::open(plan.endpoint.clone(), plan.hub, vec![]).await?;
    let journal = Arc::new(Kept { ledger: ledger.clone(), chain: Some(chain) });
    let sender = plan.endpoint.journaled_sender(plan.key, plan.gas, Timing::default(), journal);
    let hash = match kind {
        WishKind::Bump => sender.bump(nonce).await?,
        WishKind::Cancel => sender.cancel(nonce).await?,
    };
    loop {
        let rows = ledger.transactions_at(wallet, nonce).await?;
        if let Some(mined) = rows.iter().find(|row| row.state == AttemptState::Mined.name()) {
            return Ok((hash, Fate::Mined(mined.hash, mined.reason.clone())));
        }
        if !rows.iter().any(is_open) {
            return Ok((hash, Fate::Displaced));
        }
        if start.elapsed() >= patience {
            return Ok((hash, Fate::Open));
        }
        tokio::time::sleep(LOOK).await;
    }
}
