//! `poco solo` and `poco worker`: the daemons.

use super::doctor;
use super::report::{Report, STOPPED_BY_FORCE};
use crate::chain::Endpoint;
use crate::config::{ChainPlace, ConfigError, ConfigFile, Secret};
use crate::container::{DockerEngine, Engine};
use crate::observe::{self, Signals};
use crate::pool::{Keeping, Offer};
use crate::results::Policy;
use crate::solo::{Board, Pending, PoolPlan, Retention, Solo, WorkerPlan};
use alloy::primitives::Address;
use alloy::signers::local::PrivateKeySigner;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Where a solo's pool listens by default.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8787);
const MAX_RESULT_BYTES: u64 = 1 << 30;

#[derive(clap::Args)]
pub(super) struct SoloArgs {
    /// TOML file with any of the settings below
    #[arg(long, env = "POCO_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: ConfigFile,
}

#[derive(clap::Args)]
pub(super) struct WorkerArgs {
    #[command(flatten)]
    all: SoloArgs,
}

pub(super) async fn solo(args: SoloArgs) -> Result<(), Report> {
    let settings = read(args)?;
    let place = settings.chain.place()?;
    let workerpool = workerpool(&settings, &place)?;
    let scheduler = settings.pool.scheduler_key.clone().or_else(|| place.devnet_key("scheduler"));
    let missing = ConfigError::Missing {
        what: "the scheduler's key",
        give: "give --scheduler-key or POCO_SCHEDULER_KEY",
    };
    let scheduler = scheduler.ok_or(missing)?.key("the scheduler's key")?;
    let keys = worker_keys(&settings, &place)?;
    let stop = CancellationToken::new();
    let (mut solo, engine) = open(&settings, &place, stop.clone()).await?;
    let plan = PoolPlan {
        workerpool,
        key: scheduler,
        listen: settings.pool.listen.unwrap_or(LISTEN),
        public_url: settings.pool.public_url.clone(),
        max_result_bytes: settings.pool.max_result.map_or(MAX_RESULT_BYTES, |size| size.as_u64()),
        workers: settings.pool.workers.clone().unwrap_or_default(),
        offer: offer(&settings),
        start_block: settings.pool.start_block,
        workdir: settings.worker.workdir(),
    };
    let url = solo.start_pool(plan).await?;
    start_workers(&mut solo, (&settings, &place), keys, engine, (workerpool, url)).await?;
    wait(solo, stop, settings.worker.grace()).await
}

pub(super) async fn worker(args: WorkerArgs) -> Result<(), Report> {
    let settings = read(args.all)?;
    let place = settings.chain.place()?;
    let workerpool = workerpool(&settings, &place)?;
    let known = place.entry.as_ref().and_then(|entry| entry.pool.clone());
    let missing = ConfigError::Missing { what: "the pool's URL", give: "give --pool-url or POCO_POOL_URL" };
    let url = settings.worker.pool_url.clone().or(known).ok_or(missing)?;
    let keys = worker_keys(&settings, &place)?;
    let stop = CancellationToken::new();
    let (mut solo, engine) = open(&settings, &place, stop.clone()).await?;
    start_workers(&mut solo, (&settings, &place), keys, engine, (workerpool, url)).await?;
    wait(solo, stop, settings.worker.grace()).await
}

fn read(args: SoloArgs) -> Result<ConfigFile, ConfigError> {
    Ok(ConfigFile::read(args.config.as_deref())?.fill(args.settings))
}

fn retention(settings: &ConfigFile) -> Retention {
    let standard = Retention::default();
    Retention {
        tasks: settings.worker.keep_tasks.unwrap_or(standard.tasks),
        results: Keeping {
            time: settings.pool.keep_results.unwrap_or(standard.results.time),
            bytes: settings.pool.results_size.map_or(standard.results.bytes, |size| size.as_u64()),
        },
    }
}

fn workerpool(settings: &ConfigFile, place: &ChainPlace) -> Result<Address, ConfigError> {
    let known = place.entry.as_ref().and_then(|entry| entry.workerpool);
    settings
        .pool
        .workerpool
        .or(known)
        .ok_or(ConfigError::Missing { what: "the workerpool", give: "give --workerpool or POCO_WORKERPOOL" })
}

fn offer(settings: &ConfigFile) -> Offer {
    let standard = Offer::default();
    Offer {
        price: settings.pool.price.unwrap_or(standard.price),
        trust: settings.pool.trust.unwrap_or(standard.trust),
        ..standard
    }
}

fn worker_keys(settings: &ConfigFile, place: &ChainPlace) -> Result<Vec<PrivateKeySigner>, ConfigError> {
    let given: Option<Vec<Secret>> = settings.worker.worker_keys.clone();
    let secrets = given.unwrap_or_else(|| place.devnet_workers());
    if secrets.is_empty() {
        let give = "give --worker-keys or POCO_WORKER_KEYS";
        return Err(ConfigError::Missing { what: "any worker's key", give });
    }
    secrets.iter().map(|secret| secret.key("a worker's key")).collect()
}

/// A process without a daemon yet, and what runs containers. Chain and engine are opened side by side.
async fn open(
    settings: &ConfigFile,
    place: &ChainPlace,
    stop: CancellationToken,
) -> Result<(Solo, Arc<dyn Engine>), Report> {
    let (endpoint, engine) =
        tokio::join!(Endpoint::open_all(&place.rpc_urls, place.poll_interval), engine(settings, place));
    let solo = Solo::new(endpoint?, place.hub, place.gas.clone(), stop)
        .with_grace(settings.worker.grace())
        .with_retention(retention(settings));
    Ok((solo, engine?))
}

async fn engine(settings: &ConfigFile, place: &ChainPlace) -> Result<Arc<dyn Engine>, Report> {
    // What the rules name is read before anything is connected to.
    let images = settings.images.rules()?;
    let trust = settings.inputs.settings(place.on_devnet()).trust;
    let engine = DockerEngine::connect_with(settings.container.rules().trusting(trust)).await?;
    doctor::check(&engine, settings).await?;
    Ok(Arc::new(engine.with_images(images)))
}

async fn start_workers(
    solo: &mut Solo,
    (settings, place): (&ConfigFile, &ChainPlace),
    keys: Vec<PrivateKeySigner>,
    engine: Arc<dyn Engine>,
    (workerpool, pool): (Address, Url),
) -> Result<(), Report> {
    for key in keys {
        let plan = WorkerPlan {
            key,
            workerpool,
            pool: pool.clone(),
            slots: settings.worker.slots.unwrap_or(1),
            terms: settings.worker.terms(),
            inputs: settings.inputs.settings(place.on_devnet()),
            container_limits: settings.container.limits(),
            proof_policy: Policy {
                accept_fallback: !settings.worker.require_consensus_file.unwrap_or_default(),
                ..Policy::default()
            },
            start_block: settings.pool.start_block,
            workdir: settings.worker.workdir(),
            engine: engine.clone(),
        };
        solo.start_worker(plan, None).await?;
    }
    Ok(())
}

/// Until a signal or until a daemon fails.
async fn wait(solo: Solo, stop: CancellationToken, grace: Duration) -> Result<(), Report> {
    let board = solo.board();
    let signals = tokio::spawn(heed(Signals::listen(), stop, grace, board.clone()));
    let outcome = solo.wait().await;
    signals.abort();
    show(&board);
    Ok(outcome?)
}

/// The first signal stops, the second shows what is pending, the third ends at once.
async fn heed(mut signals: Signals, stop: CancellationToken, grace: Duration, board: Board) {
    let asked = signals.next().await;
    observe::stopping_in(asked, grace);
    stop.cancel();
    signals.next().await;
    show(&board);
    let asked = signals.next().await;
    observe::stopping_by_force(asked);
    std::process::exit(STOPPED_BY_FORCE.into());
}

fn show(board: &Board) {
    let pending = board.pending();
    if pending.is_empty() {
        observe::nothing_pending();
    }
    for Pending { wallet, task, state, due } in pending {
        observe::task_pending(wallet, task, state, due);
    }
}
