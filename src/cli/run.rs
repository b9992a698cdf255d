//! `poco run`: one run of a dapp in the sandbox of the worker.

use super::desk::{self, Desk, SubjectArgs};
use super::print;
use super::report::Report;
use crate::determinism::{Bench, DeterminismError, Ran, Verdict, take_out};
use crate::results::{Item, Kind, Proof};
use bytesize::ByteSize;
use serde_json::json;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Where the outputs are put: a folder that does not exist yet, or is empty
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    subject: SubjectArgs,
}

pub(super) async fn run(args: Args) -> Result<(), Report> {
    let stop = desk::stop_on_signal();
    let Desk { engine, subject, scratch } = desk::desk(args.subject, false, &stop).await?;
    let bench = Bench::new(&engine, &subject, &scratch, 1, &stop);
    let ran = bench.run(bench.arrangement(), &subject.stock).await;
    if ran.is_err() {
        bench.sweep().await?;
    }
    let ran = ran?;
    let items: Vec<Item> = ran.items()?.into_iter().filter(|item| item.made).collect();
    if let Some(folder) = &args.keep {
        take_out(&ran, folder)?;
    }
    let shown = if args.json { as_json } else { as_words };
    shown(&ran, &items);
    match ran.verdict {
        Verdict::Proved(_) => Ok(()),
        Verdict::Unproved(error) => Err(error.into()),
        Verdict::Failed { failed, stderr, .. } => Err(DeterminismError::Run { failed, stderr }.into()),
        Verdict::Refused(reason) => Err(crate::container::ContainerError::NotStarted { reason }.into()),
    }
}

fn as_json(ran: &Ran, items: &[Item]) {
    let outputs: Vec<_> = items
        .iter()
        .map(|item| json!({ "path": item.path, "kind": item.kind, "bytes": item.size }))
        .collect();
    let proof = ran.proof();
    print::data(json!({
        "digest": proof.map(|proof| proof.digest.to_string()),
        "rule": proof.map(|proof| proof.rule.to_string()),
        "end": ran.end(),
        "milliseconds": ran.duration.as_millis() as u64,
        "memory": ran.memory,
        "outputs": outputs,
    }));
}

fn as_words(ran: &Ran, items: &[Item]) {
    for item in items {
        let size = match item.kind {
            Kind::Dir => String::new(),
            Kind::Link => "link".into(),
            Kind::Special => "special".into(),
            Kind::File => ByteSize(item.size).to_string(),
        };
        let slash = if item.kind == Kind::Dir { "/" } else { "" };
        print::words(format_args!("{size:>12}  {}{slash}", item.path));
    }
    let memory = ran.memory.map(|bytes| format!(", {} of memory", ByteSize(bytes))).unwrap_or_default();
    print::words(format_args!("{} after {:.1} s{memory}", ran.end(), ran.duration.as_secs_f64()));
    if let Some(Proof { digest, rule, .. }) = ran.proof() {
        print::words(format_args!("{rule}:"));
        print::data(digest);
    }
}
