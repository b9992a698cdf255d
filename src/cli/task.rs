//! `poco task`: how a task stands.

use super::connect::{Connected, connect};
use super::print;
use super::report::Report;
use crate::chain::{Chain, ChainError, Contribution, Task};
use crate::config::ChainSection;
use crate::poco::{ContributionStatus, TaskId, TaskStatus};
use crate::requester::{self, Hope};
use alloy::primitives::Address;
use serde_json::{Value, json};
use url::Url;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// What the chain says of a task, and its pool
    Show(ShowArgs),
}

#[derive(clap::Args)]
pub(super) struct ShowArgs {
    /// The task
    id: TaskId,
    /// Show it again whenever it changes, until it is over or nobody is left who does it
    #[arg(long)]
    watch: bool,
    /// The pool to ask who gave up and why
    #[arg(long, env = "POCO_POOL_URL", value_name = "URL", default_value = "http://127.0.0.1:8787/")]
    pool_url: Url,
    /// Print JSON objects, one a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    chain: ChainSection,
}

pub(super) async fn run(command: Command) -> Result<(), Report> {
    let Command::Show(args) = command;
    let connected = connect(&args.chain).await?;
    let (mut shown, mut hope) = (None, Hope::default());
    loop {
        let head = connected.chain.head();
        let task = connected.chain.task(args.id).await?;
        let contributions = contributions(&connected, &task).await?;
        // The pool may be another's, or down: what the chain says stands without it.
        let pool = requester::pool_view(&args.pool_url, task.id).await.ok();
        let view = view(&task, &contributions, pool.as_ref());
        if shown.as_ref() != Some(&view) {
            if args.json {
                print::data(&view);
            } else {
                if shown.is_some() {
                    print::data("");
                }
                print_view(&view);
            }
            shown = Some(view);
        }
        if task.status == TaskStatus::Completed || !args.watch {
            return Ok(());
        }
        let standing = contributions.iter().filter(|(_, made)| made.status != ContributionStatus::Rejected);
        hope.look(&task, standing.count(), pool.as_ref(), head.timestamp)?;
        connected.chain.head_after(head.number).await?;
    }
}

async fn contributions(
    connected: &Connected,
    task: &Task,
) -> Result<Vec<(Address, Contribution)>, ChainError> {
    let mut made = Vec::new();
    for worker in &task.contributors {
        made.push((*worker, connected.chain.contribution(task.id, *worker).await?));
    }
    Ok(made)
}

fn view(task: &Task, contributions: &[(Address, Contribution)], pool: Option<&Value>) -> Value {
    let contributions: Vec<_> = contributions
        .iter()
        .map(|(worker, made)| json!({ "worker": worker, "resultHash": made.hash, "status": made.status }))
        .collect();
    let reports = pool.map_or_else(|| json!([]), |view| view["reports"].clone());
    json!({
        "taskId": task.id,
        "dealId": task.deal,
        "index": task.index,
        "status": task.status,
        "contributionDeadline": task.contribution_deadline,
        "revealDeadline": task.reveal_deadline,
        "finalDeadline": task.final_deadline,
        "consensus": task.consensus,
        "resultDigest": task.digest,
        "results": String::from_utf8_lossy(&task.results),
        "contributions": contributions,
        "reports": reports,
    })
}

fn print_view(view: &Value) {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    let unknown = view["status"] == json!(TaskStatus::Unset);
    if unknown {
        print::words(
            "the chain does not know this task (yet): its pool initialises it once its deal is struck",
        );
    }
    for key in ["taskId", "dealId", "index", "status", "consensus", "resultDigest", "results"] {
        // What the chain answers for a task that it does not know is all zero.
        if unknown && ["dealId", "index"].contains(&key) {
            continue;
        }
        if !view[key].is_null() && view[key] != "" {
            print::data(format_args!("{key:<13} {}", plain(&view[key])));
        }
    }
    for each in view["contributions"].as_array().into_iter().flatten() {
        print::data(format_args!("contribution  {} {}", plain(&each["worker"]), plain(&each["status"])));
    }
    for each in view["reports"].as_array().into_iter().flatten() {
        let (worker, code, reason) = (plain(&each["worker"]), plain(&each["code"]), plain(&each["reason"]));
        print::data(format_args!("gave up       {worker} {code}: {reason}"));
    }
}
