//! The command line: one file per subcommand: arguments in, calls, printing out; no logic.
//!
//! Data goes to stdout, words to stderr. Exit codes:
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | it cannot be done: a task failed, an order was refused, a file is wrong |
//! | 2 | the command line is wrong |
//! | 3 | it could not be done now: an endpoint, a pool or an engine did not answer |
//! | 4 | the configuration, this machine or what was asked about must be mended first |
//! | 5 | a daemon ended at once, at the third signal |
//!
//! A daemon that is told to stop (SIGTERM, Ctrl-C) ends with 0, whether what was under way is over or parked. With 3 it may be
//! started again by itself; with 4 it would only fail again. After any of them, 5 included, the next start goes on with
//! what was under way.

mod app;
mod check;
mod connect;
mod daemon;
mod demo;
mod desk;
mod devnet;
mod doctor;
mod hash;
mod ledger;
mod lint;
mod order;
mod policy;
mod print;
mod report;
mod result;
mod run;
mod shim;
mod task;
mod tx;

use crate::observe::{self, LogFormat};
use clap::{Parser, Subcommand};
use report::Report;
use std::process::ExitCode;
use std::time::Duration;

/// What is not over by then when the program ends is left as it is.
const LAST_MOMENT: Duration = Duration::from_secs(2);

/// A decentralised-compute worker: a deal on chain becomes a proved result of a container.
#[derive(Parser)]
#[command(name = "poco", version, about, propagate_version = true, max_term_width = 110)]
struct Cli {
    /// How much is logged: off, error, warn, info, debug, trace, or a filter
    #[arg(long, env = "POCO_LOG", global = true, value_name = "LEVEL", help_heading = "Log")]
    log: Option<String>,
    /// How a log line looks
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Log")]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything at once on this machine: chain, pool, workers, a deal, and its proved result
    Demo(demo::Args),
    /// A local chain with PoCo on it, and accounts with money
    Devnet(devnet::Args),
    /// A workerpool's scheduler and workers in one process
    Solo(daemon::SoloArgs),
    /// A worker of a pool elsewhere
    ///
    /// Of the settings under Pool it takes --workerpool and --start-block; the others have no effect.
    Worker(daemon::WorkerArgs),
    /// What this machine can do, and what of the sandbox holds on it
    Doctor(doctor::Args),
    /// What the container of `poco doctor --isolation` runs
    #[command(hide = true)]
    Probe(doctor::ProbeArgs),
    /// What stands before a dapp's own program in a run of `poco check`
    #[command(hide = true)]
    Shim(shim::Args),
    /// Run a dapp once, in the sandbox of the worker, and show its outputs and their digest
    Run(run::Args),
    /// Ask whether two strangers' machines would agree on a dapp, and if not, why
    ///
    /// Exit codes: 0 no difference was found, 1 runs disagree or the proof proves nothing, 2 the command line is wrong, 3 an
    /// engine or a registry did not answer, 4 no run came to a proof, or this machine must be mended first.
    Check(check::Args),
    /// Show the digest that a worker would contribute for some outputs
    Hash(hash::Args),
    /// What of an iexec.json would fail or surprise, before anything runs
    ///
    /// Exit code 0: nothing, or notes and warnings; 1: errors, or warnings with --strict. docs/check.md has a line for each
    /// rule.
    Lint(lint::Args),
    /// Register an app
    #[command(subcommand)]
    App(app::Command),
    /// Buy computation
    #[command(subcommand)]
    Order(order::Command),
    /// See which images may run
    #[command(subcommand)]
    Policy(policy::Command),
    /// Look at a task
    #[command(subcommand)]
    Task(task::Command),
    /// Fetch a result
    #[command(subcommand)]
    Result(result::Command),
    /// Keep, restore and check what this machine has promised
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// Look at a daemon's transactions, and replace one that is stuck
    #[command(subcommand)]
    Tx(tx::Command),
}

/// Runs the program.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    // It becomes another program, which must find nothing of this one: no thread, no log.
    if let Command::Shim(args) = cli.command {
        return shim::run(args);
    }
    let quiet =
        matches!(cli.command, Command::Demo(_) | Command::Devnet(_) | Command::Run(_) | Command::Check(_));
    let level = cli.log.as_deref().unwrap_or(if quiet { "warn" } else { "info" });
    observe::init(level, cli.log_format);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            print::words(format_args!("error: no runtime: {error}"));
            return ExitCode::from(report::MEND_FIRST);
        }
    };
    let code = match runtime.block_on(dispatch(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => report.print(),
    };
    // A thread that still unpacks or hashes for a task that was parked is not waited for to its end.
    runtime.shutdown_timeout(LAST_MOMENT);
    code
}

async fn dispatch(command: Command) -> Result<(), Report> {
    match command {
        Command::Demo(args) => demo::run(args).await,
        Command::Devnet(args) => devnet::run(args).await,
        Command::Solo(args) => daemon::solo(args).await,
        Command::Worker(args) => daemon::worker(args).await,
        Command::Doctor(args) => doctor::run(args).await,
        Command::Probe(args) => {
            doctor::probe(args);
            Ok(())
        }
        // It was run before there was a runtime.
        Command::Shim(_) => Ok(()),
        Command::Run(args) => run::run(args).await,
        Command::Check(args) => check::run(args).await,
        Command::Hash(args) => hash::run(args),
        Command::Lint(args) => lint::run(args),
        Command::App(command) => app::run(command).await,
        Command::Order(command) => order::run(command).await,
        Command::Policy(command) => policy::run(command),
        Command::Task(command) => task::run(command).await,
        Command::Result(command) => result::run(command).await,
        Command::Ledger(command) => ledger::run(command).await,
        Command::Tx(command) => tx::run(command).await,
    }
}
