//! `poco tx`: the transactions in the ledgers of a work folder, and what a person may do about one that is stuck.

use super::print;
use super::report::Report;
use crate::chain::{Endpoint, WishKind};
use crate::config::{ChainPlace, ChainSection, ConfigError, ConfigFile, Secret, WorkerSection};
use crate::solo::{self, Fate, Listed, OwnerPlan, SoloError, Which};
use alloy::primitives::Address;
use alloy::signers::local::PrivateKeySigner;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// What was sent and what became of it, newest first
    List(ListArgs),
    /// Send an open transaction again with a higher fee
    ///
    /// The fee is an eighth above what was offered, or the network's if that is more, and never above the cap.
    ///
    /// A daemon that runs with the wallet is asked through its ledger and does it. When there is none, this command does it
    /// and waits until the outcome is known.
    Bump(ReplaceArgs),
    /// Put a transfer of nothing in the place of an open transaction
    ///
    /// It goes to the wallet itself, and costs its gas.
    ///
    /// A daemon that runs with the wallet is asked through its ledger and does it. When there is none, this command does it
    /// and waits until the outcome is known.
    Cancel(ReplaceArgs),
}

#[derive(clap::Args)]
pub(super) struct FolderArgs {
    /// TOML file of the daemon, for its workdir, chain and keys
    #[arg(long, env = "POCO_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the daemon keeps its ledgers [default: poco-work]
    #[arg(long, env = "POCO_WORKDIR", value_name = "FOLDER")]
    workdir: Option<PathBuf>,
    /// Only this wallet's
    #[arg(long, value_name = "ADDRESS")]
    wallet: Option<Address>,
}

#[derive(clap::Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    folder: FolderArgs,
    /// Only those whose fate is open
    #[arg(long)]
    open: bool,
    /// The most that are shown of each wallet
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// Print JSON objects, one a line
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(super) struct ReplaceArgs {
    /// The transaction's hash, or its nonce
    #[arg(value_name = "HASH|NONCE")]
    which: Which,
    #[command(flatten)]
    folder: FolderArgs,
    /// How long to wait for the daemon, or for the outcome
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = humantime::parse_duration)]
    timeout: Duration,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// The wallet's key, for when no daemon has it: hex, or @FILE with a hex key or a V3 keystore
    #[arg(long, env = "POCO_KEY", value_name = "KEY", hide_env_values = true, help_heading = "Chain")]
    key: Option<Secret>,
    #[command(flatten)]
    chain: ChainSection,
}

pub(super) async fn run(command: Command) -> Result<(), Report> {
    match command {
        Command::List(args) => list(&args),
        Command::Bump(args) => replace(args, WishKind::Bump).await,
        Command::Cancel(args) => replace(args, WishKind::Cancel).await,
    }
}

fn settings(folder: &FolderArgs, chain: ChainSection) -> Result<ConfigFile, ConfigError> {
    let worker = WorkerSection { workdir: folder.workdir.clone(), ..WorkerSection::default() };
    let given = ConfigFile { chain, worker, ..ConfigFile::default() };
    Ok(ConfigFile::read(folder.config.as_deref())?.fill(given))
}

fn list(args: &ListArgs) -> Result<(), Report> {
    let workdir = settings(&args.folder, ChainSection::default())?.worker.workdir();
    let mut all = solo::transactions(&workdir)?;
    all.retain(|listed| args.folder.wallet.is_none_or(|wallet| listed.row.wallet == wallet));
    all.retain(|listed| !args.open || listed.is_open());
    if all.is_empty() && !args.json {
        print::words(format_args!(
            "no {}transaction in {}",
            if args.open { "open " } else { "" },
            workdir.display()
        ));
    }
    for of_one in all.chunk_by(|one, two| one.row.wallet == two.row.wallet) {
        if !args.json {
            of_one.first().into_iter().for_each(print_heading);
        }
        for listed in of_one.iter().take(args.limit) {
            if args.json {
                print::data(object(listed));
            } else {
                print_row(listed);
            }
        }
        if of_one.len() > args.limit && !args.json {
            print::words(format_args!("{} older ones; --limit shows more", of_one.len() - args.limit));
        }
    }
    Ok(())
}

fn object(listed: &Listed) -> Value {
    let row = &listed.row;
    json!({
        "wallet": row.wallet,
        "nonce": row.nonce,
        "action": row.action,
        "taskId": row.task,
        "hash": row.hash,
        "maxFeeWei": row.max_fee_wei.to_string(),
        "state": row.state,
        "reason": row.reason,
        "ageSeconds": listed.age_seconds,
    })
}

fn print_heading(first: &Listed) {
    let (bold, plain) = ("\x1b[1m", "\x1b[0m");
    print::data(format_args!("{bold}wallet {}{plain}", first.row.wallet));
    print::data(format_args!(
        "{:>6}  {:<12} {:<9} {:>10} {:>8}  {:<12} {:<66}  REASON",
        "NONCE", "ACTION", "STATE", "FEE (GWEI)", "AGE", "TASK", "HASH"
    ));
}

fn print_row(listed: &Listed) {
    let row = &listed.row;
    let task = row.task.map(|task| task.to_string()).unwrap_or_default();
    let line = format!(
        "{:>6}  {:<12} {:<9} {:>10} {:>8}  {:<12} {:<66}  {}",
        row.nonce,
        row.action,
        row.state,
        gwei(row.max_fee_wei),
        age(listed.age_seconds),
        shortened(&task),
        row.hash.to_string(),
        row.reason
    );
    print::data(line.trim_end());
}

/// The start and the end of an id, for people; `--json` has it whole.
fn shortened(id: &str) -> String {
    match (id.get(..6), id.get(id.len().saturating_sub(4)..)) {
        (Some(start), Some(end)) if id.len() > 12 => format!("{start}…{end}"),
        _ => id.to_owned(),
    }
}

/// In gwei, to the thousandth.
fn gwei(wei: u128) -> String {
    let thousandths = wei.saturating_add(500_000) / 1_000_000;
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}

/// With the two largest units.
fn age(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h {}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d {}h", seconds / 86_400, seconds / 3600 % 24),
    }
}

async fn replace(args: ReplaceArgs, kind: WishKind) -> Result<(), Report> {
    let settings = settings(&args.folder, args.chain)?;
    let listed = solo::find(&settings.worker.workdir(), args.which, args.folder.wallet)?;
    let (nonce, action) = (listed.row.nonce, listed.row.action.clone());
    let (hash, fate, by) = match listed.lock()? {
        Err(holder) => {
            let hash = solo::ask_owner(&listed, kind, holder.clone(), args.timeout).await?;
            (hash, Fate::Open, Some(holder))
        }
        Ok(lock) => {
            let place = settings.chain.place()?;
            let key = key(args.key, &settings, &place, listed.row.wallet)?;
            let endpoint = Endpoint::open_all(&place.rpc_urls, place.poll_interval).await?;
            let plan = OwnerPlan { endpoint, hub: place.hub, gas: place.gas, key };
            let (hash, fate) = solo::act_as_owner(lock, &listed, kind, plan, args.timeout).await?;
            (hash, fate, None)
        }
    };
    if args.json {
        let mined = if let Fate::Mined(hash, _) = &fate { Some(hash) } else { None };
        print::data(json!({ "nonce": nonce, "hash": hash, "mined": mined, "by": by }));
        return Ok(());
    }
    let what = match kind {
        WishKind::Bump => format!("{action} (nonce {nonce}) was sent again with a higher fee"),
        WishKind::Cancel => {
            format!("a transfer of nothing was sent in the place of {action} (nonce {nonce})")
        }
    };
    let then = match (&fate, by) {
        (Fate::Mined(mined, _), _) if *mined != hash => {
            format!("but {mined}, sent before, was faster and is mined")
        }
        (Fate::Mined(_, reverted), _) if !reverted.is_empty() => format!("it is mined and {reverted}"),
        (Fate::Mined(..), _) => "it is mined".into(),
        (Fate::Displaced, _) => "but a transaction from elsewhere took its nonce".into(),
        (Fate::Open, Some(holder)) => format!("{holder} watches it"),
        (Fate::Open, None) => "it is not mined yet; the next start of the daemon goes on with it".into(),
    };
    print::words(format_args!("{what}; {then}"));
    print::data(hash);
    Ok(())
}

/// The key that was given, else the one of that wallet among the daemon's and the devnet's.
fn key(
    given: Option<Secret>,
    settings: &ConfigFile,
    place: &ChainPlace,
    wallet: Address,
) -> Result<PrivateKeySigner, Report> {
    if let Some(secret) = given {
        return Ok(secret.key("--key")?);
    }
    let workers = settings.worker.worker_keys.clone().unwrap_or_default();
    let known = workers.into_iter().chain(settings.pool.scheduler_key.clone());
    let devnet = place.devnet_key("scheduler").into_iter().chain(place.devnet_workers());
    for secret in known.chain(devnet) {
        let key = secret.key("a key of the configuration")?;
        if key.address() == wallet {
            return Ok(key);
        }
    }
    Err(SoloError::NoKey { wallet }.into())
}
