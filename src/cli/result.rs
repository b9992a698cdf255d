//! `poco result`: fetch what was computed.

use super::connect::connect;
use super::print;
use super::report::Report;
use crate::config::ChainSection;
use crate::poco::TaskId;
use crate::requester;
use serde_json::json;
use std::path::PathBuf;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Fetch a task's result and hold it against the chain
    Get(GetArgs),
}

#[derive(clap::Args)]
pub(super) struct GetArgs {
    /// The task
    id: TaskId,
    /// Where to put the archive [default: ID.zip]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    chain: ChainSection,
}

pub(super) async fn run(command: Command) -> Result<(), Report> {
    let Command::Get(args) = command;
    let connected = connect(&args.chain).await?;
    let path = args.output.unwrap_or_else(|| PathBuf::from(format!("{}.zip", args.id)));
    let fetched = requester::fetch(&connected.chain, args.id, path).await?;
    if args.json {
        let rule = fetched.rule.to_string();
        print::data(json!({ "path": fetched.path, "location": fetched.location, "rule": rule }));
        return Ok(());
    }
    print::words(format_args!("it has the digest that the chain has: {}", fetched.rule));
    print::data(fetched.path.display());
    Ok(())
}
