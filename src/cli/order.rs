//! `poco order`: buy computation.

use super::app::read;
use super::connect::{KeyArgs, connect};
use super::print;
use super::report::Report;
use crate::chain::Market;
use crate::config::{ChainSection, ConfigError};
use crate::poco::{AppOrder, Nrlc, WorkerpoolOrder};
use crate::requester::{self, Buyer, RequesterError, Wish};
use alloy::primitives::Address;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::path::{Path, PathBuf};
use url::Url;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Strike a deal for the request of an iexec.json and print its tasks
    Buy(Box<BuyArgs>),
}

#[derive(clap::Args)]
pub(super) struct BuyArgs {
    /// The iexec.json
    #[arg(default_value = "iexec.json")]
    file: PathBuf,
    /// The app, when iexec.json does not name it
    #[arg(long, value_name = "ADDRESS")]
    app: Option<Address>,
    /// Number of tasks
    #[arg(long, value_name = "N")]
    volume: Option<u64>,
    /// How sure the result must be: 1 - 1/trust
    #[arg(long, value_name = "N")]
    trust: Option<u64>,
    /// The category, which sets a task's time
    #[arg(long, value_name = "N")]
    category: Option<u64>,
    /// The contract that receives the result on chain
    #[arg(long, value_name = "ADDRESS")]
    callback: Option<Address>,
    /// The app owner's signed order (not needed for an app of one's own)
    #[arg(long, value_name = "FILE")]
    app_order: Option<PathBuf>,
    /// The pool's signed order [default: the pool is asked for one]
    #[arg(long, value_name = "FILE")]
    workerpool_order: Option<PathBuf>,
    /// The pool to ask
    #[arg(long, env = "POCO_POOL_URL", value_name = "URL", default_value = "http://127.0.0.1:8787/")]
    pool_url: Url,
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
        Command::Buy(args) => buy(*args).await,
    }
}

async fn buy(args: BuyArgs) -> Result<(), Report> {
    let file = read(&args.file)?;
    let mut order = file.order()?;
    order.app = args.app.or(order.app);
    order.volume = args.volume.or(order.volume);
    order.trust = args.trust.or(order.trust);
    order.callback = args.callback.or(order.callback);
    let category = args.category.or(order.category).unwrap_or_default();
    let app_price = file.app().ok().and_then(|app| app.price_nrlc).map_or(Nrlc::ZERO, Nrlc::new);
    let app_order = args.app_order.as_deref().map(read_order::<AppOrder>).transpose()?;
    let workerpool_order = match &args.workerpool_order {
        Some(path) => read_order::<WorkerpoolOrder>(path)?,
        None => requester::pool_order(&args.pool_url, category).await?,
    };
    if u64::try_from(workerpool_order.category).ok() != Some(category) {
        let (what, give) = ("a pool's order for this category", "give --category as in the pool's order");
        return Err(ConfigError::Missing { what, give }.into());
    }
    let connected = connect(&args.chain).await?;
    let key = connected.signer(&args.key, "requester")?;
    let market = Market::new(&connected.chain, connected.sender(&key));
    let buyer = Buyer { chain: &connected.chain, market: &market, key: &key };
    let bought = buyer.buy(Wish { order, app_order, app_price, workerpool_order }).await?;
    if args.json {
        print::data(json!({ "dealId": bought.deal, "block": bought.block, "tasks": bought.tasks }));
        return Ok(());
    }
    print::words(format_args!("deal {} in block {}; its tasks are", bought.deal, bought.block));
    for task in &bought.tasks {
        print::data(task);
    }
    Ok(())
}

fn read_order<T: DeserializeOwned>(path: &Path) -> Result<T, RequesterError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| RequesterError::File { path: path.to_owned(), source })?;
    serde_json::from_str(&text)
        .map_err(|error| RequesterError::BadOrder { path: path.to_owned(), reason: error.to_string() })
}
