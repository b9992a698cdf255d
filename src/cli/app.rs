//! `poco app`: register apps.

use super::connect::{KeyArgs, connect};
use super::print;
use super::report::Report;
use crate::chain::Market;
use crate::config::ChainSection;
use crate::dapp::IexecJson;
use crate::requester::{self, RequesterError};
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Register the app of an iexec.json and print its address
    Deploy(DeployArgs),
}

#[derive(clap::Args)]
pub(super) struct DeployArgs {
    /// The iexec.json
    #[arg(default_value = "iexec.json")]
    file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    chain: ChainSection,
}

pub(super) async fn run(command: Command) -> Result<(), Report> {
    match command {
        Command::Deploy(args) => deploy(args).await,
    }
}

async fn deploy(args: DeployArgs) -> Result<(), Report> {
    let app = read(&args.file)?.app()?;
    let connected = connect(&args.chain).await?;
    let key = connected.signer(&args.key, "requester")?;
    let market = Market::new(&connected.chain, connected.sender(&key));
    let address = requester::deploy(&market, &app).await?;
    if args.json {
        print::data(json!({ "app": address, "owner": key.address(), "name": app.name }));
    } else {
        print::words(format_args!(
            "{} ({}) belongs to {} and is registered at",
            app.name,
            app.multiaddr(),
            key.address()
        ));
        print::data(address);
    }
    Ok(())
}

/// Reads an iexec.json.
pub(super) fn read(path: &Path) -> Result<IexecJson, Report> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| RequesterError::File { path: path.to_owned(), source })?;
    Ok(IexecJson::parse(&text)?)
}
