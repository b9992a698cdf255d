//! `poco demo`: everything at once on this machine.

use super::print;
use super::report::Report;
use crate::demo::{self, DemoOptions, DemoReport, Stage};
use crate::poco::{ContributionStatus, Nrlc};
use alloy::primitives::U256;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Honest workers; the deal asks for the trust that all of them together reach
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=10))]
    workers: u8,
    /// Add one that contributes a wrong digest and loses its stake
    #[arg(long)]
    lying_worker: bool,
    /// Print one JSON object and nothing else to stdout
    #[arg(long)]
    json: bool,
    /// Where ledger and results are kept; emptied first
    #[arg(long, default_value = "target/demo", value_name = "FOLDER")]
    workdir: PathBuf,
}

pub(super) async fn run(args: Args) -> Result<(), Report> {
    let options =
        DemoOptions { workers: args.workers.into(), lying_worker: args.lying_worker, workdir: args.workdir };
    let report = demo::run(&options, &mut |stage| tell(&stage)).await?;
    if args.json {
        let text = serde_json::to_string_pretty(&report).unwrap_or_default();
        print::data(text);
    } else {
        show(&report);
    }
    Ok(())
}

fn tell(stage: &Stage<'_>) {
    match stage {
        Stage::Step(step) => print::words(format_args!("· {step}")),
        Stage::Event(entry) => print::words(format_args!(
            "  {:>6.2} s  block {:>3}  {:<16} {}",
            entry.seconds, entry.block, entry.event, entry.actor
        )),
    }
}

fn show(report: &DemoReport) {
    print::data(format_args!("task     {}", report.task_id));
    print::data(format_args!("digest   {}", report.result_digest));
    print::data(format_args!("rule     {}", report.digest_rule));
    print::data(format_args!("agreed   {}", report.consensus));
    for worker in &report.workers {
        let verdict = match worker.status {
            ContributionStatus::Proved => "proved",
            ContributionStatus::Rejected => "wrong",
            ContributionStatus::Contributed => "silent",
            ContributionStatus::Unset => "absent",
        };
        print::data(format_args!("worker   {}  {verdict:<7} {}", worker.address, rlc(&worker.reward)));
    }
    print::data(format_args!("result   {}", report.result_path.display()));
}

/// A decimal string of nRLC with its sign, as RLC.
fn rlc(nrlc: &str) -> String {
    let (sign, digits) = nrlc.strip_prefix('-').map_or(("+", nrlc), |digits| ("-", digits));
    match digits.parse::<U256>() {
        Ok(amount) => format!("{sign}{}", Nrlc(amount)),
        Err(_) => nrlc.to_owned(),
    }
}
