//! `poco check`: will two strangers' machines agree on a dapp, and if not, why?

use super::desk::{self, Desk, SubjectArgs};
use super::print;
use super::report::Report as Fault;
use crate::determinism::report::{self, Answer, Report, RunNote};
use crate::determinism::scene::Scene;
use crate::determinism::{self, Bench, Choice, Depth, DeterminismError, Wish};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Fewer runs
    #[arg(long, conflicts_with = "deep")]
    quick: bool,
    /// More runs
    #[arg(long)]
    deep: bool,
    /// What is varied: +NAME,… only those, -NAME,… all but those
    #[arg(
        long,
        value_name = "+NAME,-NAME",
        allow_hyphen_values = true,
        default_value = "",
        hide_default_value = true
    )]
    vary: String,
    /// How many containers run side by side [default: as many as there are processors]
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Seed of the other inputs and arguments, which must change the digest
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
    /// Write the report as JUnit's XML too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the report as an HTML page too
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Leave the outputs on disk, and say where
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    subject: SubjectArgs,
}

pub(super) async fn run(args: Args) -> Result<(), Fault> {
    let stop = desk::stop_on_signal();
    let choice = Choice::parse(&args.vary)?;
    let Desk { engine, subject, scratch } = desk::desk(args.subject, args.keep, &stop).await?;
    let jobs = args.jobs.or_else(|| std::thread::available_parallelism().ok().map(usize::from)).unwrap_or(1);
    let depth = match (args.quick, args.deep) {
        (true, _) => Depth::Quick,
        (_, true) => Depth::Deep,
        _ => Depth::Normal,
    };
    let invocation = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let wish = Wish { depth, choice, jobs, seed: args.seed, invocation };
    let bench = Bench::new(&engine, &subject, &scratch, jobs, &stop);
    let scene = Scene::look(&engine, &bench.draft().spec, &scratch.root().join("scene")).await?;
    let checked = determinism::check(&bench, &scene, &wish, &progress).await;
    if checked.is_err() {
        bench.sweep().await?;
    }
    let report = checked?;
    for (path, form) in [(&args.junit, report::junit as fn(&Report) -> String), (&args.html, report::html)] {
        if let Some(path) = path {
            write(path, &form(&report))?;
        }
    }
    if args.json {
        print::data(serde_json::to_string_pretty(&report).unwrap_or_default());
    } else {
        print::data(report::terminal(&report).trim_end());
    }
    if args.keep {
        print::words(format_args!("the outputs lie in {}", scratch.root().display()));
    }
    match report.answer {
        Answer::Same => Ok(()),
        Answer::Differs => Err(DeterminismError::Differs(report.summary).into()),
        Answer::CouldNotRun => Err(DeterminismError::CouldNotRun(report.summary).into()),
    }
}

/// One line for each run, as it ends.
fn progress(note: &RunNote) {
    let came = match (&note.digest, &note.error) {
        (Some(digest), _) => digest.get(..12).unwrap_or(digest).to_owned(),
        (None, Some(error)) => error.clone(),
        (None, None) => note.end.clone(),
    };
    let varied = match note.variations.as_slice() {
        [] => String::new(),
        names if names.len() <= 4 => format!(" {}", names.join(", ")),
        names => format!(" {} variations", names.len()),
    };
    let seconds = note.milliseconds as f64 / 1000.0;
    print::words(format_args!("run {:>3} {seconds:>5.1} s  {came}  {}{varied}", note.number, purpose(note)));
}

fn purpose(note: &RunNote) -> &'static str {
    use report::Purpose;
    match note.purpose {
        Purpose::Identical => "nothing varied",
        Purpose::AllVariations => "all at once:",
        Purpose::Search => "search:",
        Purpose::Confirm => "again:",
        Purpose::OtherInput => "another input",
    }
}

fn write(path: &Path, text: &str) -> Result<(), DeterminismError> {
    std::fs::write(path, text).map_err(|source| DeterminismError::File { path: path.to_path_buf(), source })
}
