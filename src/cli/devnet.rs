//! `poco devnet`: a local chain with PoCo on it.

use super::print;
use super::report::Report;
use crate::devnet::{Devnet, DevnetOptions};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Port of the chain's endpoint (0 for any free one)
    #[arg(long, default_value_t = 8545)]
    port: u16,
    /// Number of workers' accounts
    #[arg(long, default_value_t = 3, value_name = "N")]
    workers: usize,
    /// A block comes at least this often, in seconds; transactions are mined at once
    #[arg(long, default_value_t = 1, value_name = "SECONDS")]
    block_time: u64,
    /// Add a category that runs for so many seconds, for tests of what takes too long
    #[arg(long, value_name = "SECONDS")]
    short_category: Option<u64>,
    /// Where to write chain.json
    #[arg(long, default_value = "chain.json", value_name = "FILE")]
    chain_file: PathBuf,
}

pub(super) async fn run(args: Args) -> Result<(), Report> {
    let options = DevnetOptions {
        port: args.port,
        workers: args.workers,
        block_seconds: args.block_time,
        short_category_seconds: args.short_category,
    };
    let devnet = Devnet::start(&options).await?;
    let file = devnet.chain_file(None)?;
    file.write(&args.chain_file)?;
    print::words("A devnet is up; nothing on it is worth anything.");
    print::words(format_args!("  endpoint    {}", devnet.ws()?));
    print::words(format_args!("  hub         {}", devnet.hub()));
    print::words(format_args!("  RLC         {}", devnet.token()));
    print::words(format_args!("  workerpool  {}", devnet.workerpool()));
    for (name, key) in devnet.accounts().named() {
        print::words(format_args!("  {name:<11} {}  1000 RLC in escrow", key.address()));
    }
    print::words(format_args!("Written to {}, where the other commands find it:", args.chain_file.display()));
    print::words("  poco solo                       # the pool and its workers");
    print::words("  poco app deploy && poco order buy --app ADDRESS");
    print::words("Ctrl-C ends it.");
    crate::observe::stop_signal().await;
    Ok(())
}
