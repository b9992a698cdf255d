//! `poco doctor`: what this machine can do, and, by a container that tries to break out, what of the sandbox holds here.

use super::print;
use super::report::Report;
use crate::config::{ConfigFile, ContainerSection, WorkerSection};
use crate::container::isolation::{self, Deed, Finding, Verdict};
use crate::container::{ContainerError, DockerEngine, Engine};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Run a container that tries to break each rule of the sandbox, and show what held
    #[arg(long)]
    isolation: bool,
    /// Print one JSON array and nothing else to stdout
    #[arg(long)]
    json: bool,
    /// TOML file with the settings of the worker, as poco worker takes it
    #[arg(long, env = "POCO_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the worker keeps its tasks [default: poco-work]
    #[arg(long, env = "POCO_WORKDIR", value_name = "FOLDER")]
    workdir: Option<PathBuf>,
    #[command(flatten)]
    container: ContainerSection,
}

/// What the container of `poco doctor --isolation` runs.
#[derive(clap::Args)]
pub(super) struct ProbeArgs {
    /// What to do
    #[arg(value_enum)]
    deed: Deed,
}

pub(super) async fn run(args: Args) -> Result<(), Report> {
    let worker = WorkerSection { workdir: args.workdir, ..WorkerSection::default() };
    let file = ConfigFile::read(args.config.as_deref())?;
    let settings = file.fill(ConfigFile { worker, container: args.container, ..ConfigFile::default() });
    let rules = settings.container.rules();
    let engine = DockerEngine::connect_with(rules.clone()).await?;
    let version = engine.version().await?;
    let folder = existing(&settings.worker.workdir());
    let limits = settings.container.limits();
    #[expect(clippy::disallowed_methods, reason = "the very clock of this machine is what is looked at")]
    let now = std::time::SystemTime::now();
    let mut findings = vec![Finding::engine(&version)];
    findings.extend(isolation::machine(engine.facts(), &rules, &limits, &folder, now));
    findings.extend(isolation::proxy(&engine, &folder).await);
    if args.isolation {
        findings.extend(isolation::inspect(&engine, &folder).await?);
    }
    if args.json {
        print::data(serde_json::to_string_pretty(&findings).unwrap_or_default());
    } else {
        findings.iter().for_each(show);
    }
    let broken: Vec<&str> =
        findings.iter().filter(|finding| finding.verdict == Verdict::Fail).map(|f| f.rule.as_str()).collect();
    match broken.is_empty() {
        true => Ok(()),
        false => Err(ContainerError::RulesBroken { rules: broken.join(", ") }.into()),
    }
}

/// Tries the proxy, if there is to be one, and the sandbox, if that is to be tried, before a daemon runs anything. What
/// cannot be told counts as broken.
pub(super) async fn check(engine: &DockerEngine, settings: &ConfigFile) -> Result<(), Report> {
    engine.try_proxy(&existing(&settings.worker.workdir())).await?;
    if !settings.container.isolation_check.unwrap_or_default() {
        return Ok(());
    }
    let accepted = settings.container.accept_broken.clone().unwrap_or_default();
    let findings = isolation::inspect(engine, &existing(&settings.worker.workdir())).await?;
    let broken = findings.iter().filter(|finding| finding.verdict != Verdict::Pass);
    let broken: Vec<&str> = broken
        .map(|finding| finding.rule.as_str())
        .filter(|rule| !accepted.iter().any(|a| a == rule))
        .collect();
    match broken.is_empty() {
        true => Ok(()),
        false => Err(ContainerError::Unsafe { rules: broken.join(", ") }.into()),
    }
}

/// Prints what came of it, a line each.
pub(super) fn probe(args: ProbeArgs) {
    for tried in isolation::probe(args.deed) {
        print::data(serde_json::to_string(&tried).unwrap_or_default());
    }
}

/// The work folder, or the one above it that exists: it is on the same disk.
fn existing(workdir: &Path) -> PathBuf {
    let whole = std::path::absolute(workdir).unwrap_or_else(|_| workdir.to_path_buf());
    let found = whole.ancestors().find(|path| path.is_dir());
    found.unwrap_or(Path::new("/")).to_path_buf()
}

fn show(finding: &Finding) {
    let (colour, word) = match finding.verdict {
        Verdict::Pass => ("\x1b[32m", "PASS"),
        Verdict::Fail => ("\x1b[1;31m", "FAIL"),
        Verdict::Unknown => ("\x1b[33m", "UNKNOWN"),
    };
    print::data(format_args!("{colour}{word:<8}\x1b[0m{:<18} {}", finding.rule, finding.found));
    if !finding.mend.is_empty() {
        print::data(format_args!("        mend: {}", finding.mend));
    }
}
