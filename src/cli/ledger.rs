//! `poco ledger`: a ledger as text, back from text, and whether it is sound.

use super::connect::connect;
use super::print;
use super::report::Report;
use crate::config::{ChainSection, ConfigError};
use crate::ledger::{self, LedgerError, LedgerText, Verified};
use crate::poco::{Fault, chain_of};
use crate::solo;
use serde_json::{Value, json};
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Write a ledger as text, one JSON object a line; a worker may be using it
    Export(ExportArgs),
    /// Make a new ledger of an exported text
    Import(ImportArgs),
    /// Look whether ledgers are sound; a worker may be using them
    ///
    /// Ends with 0 if all are, with 1 if rows do not agree with each other or with the chain, with 3 if the chain does not
    /// answer, and with 4 if a file is damaged or no ledger.
    Verify(VerifyArgs),
}

#[derive(clap::Args)]
pub(super) struct ExportArgs {
    /// The ledger [default: the only one in the work folder]
    ledger: Option<PathBuf>,
    /// Where ledgers are looked for
    #[arg(long, env = "POCO_WORKDIR", value_name = "FOLDER", default_value = "poco-work")]
    workdir: PathBuf,
    /// Where the text goes; the file is readable for its owner only [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(super) struct ImportArgs {
    /// The text
    text: PathBuf,
    /// The ledger to make, such as poco-work/worker-0x….db; there must be none
    ledger: PathBuf,
}

#[derive(clap::Args)]
pub(super) struct VerifyArgs {
    /// The ledgers [default: all in the work folder]
    ledgers: Vec<PathBuf>,
    /// Where ledgers are looked for
    #[arg(long, env = "POCO_WORKDIR", value_name = "FOLDER", default_value = "poco-work")]
    workdir: PathBuf,
    /// Ask the chain, too, whether it has what the ledgers say
    #[arg(long)]
    against_chain: bool,
    /// Print JSON objects, one a ledger
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    chain: ChainSection,
}

pub(super) async fn run(command: Command) -> Result<(), Report> {
    match command {
        Command::Export(args) => export(args),
        Command::Import(args) => import(&args),
        Command::Verify(args) => verify(args).await,
    }
}

fn export(args: ExportArgs) -> Result<(), Report> {
    let ledger = match (args.ledger, found_in(&args.workdir).as_slice()) {
        (Some(ledger), _) => ledger,
        (None, [only]) => only.clone(),
        (None, found) => {
            let what = "the ledger to export";
            let give = if found.is_empty() {
                "name one, or the work folder that has one with --workdir"
            } else {
                "name one: the work folder has several"
            };
            return Err(ConfigError::Missing { what, give }.into());
        }
    };
    let Some(out) = args.out else {
        ledger::export(&ledger, &mut print::stream())?;
        return Ok(());
    };
    // Whole or not at all, and for nobody else's eyes.
    let failed = |error: std::io::Error| LedgerError::Text(LedgerText::Write(error));
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let rows = ledger::export(&ledger, &mut BufWriter::new(file.as_file_mut()))?;
    file.as_file_mut().flush().and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(&out).map_err(|error| failed(error.error))?;
    print::words(format_args!("{rows} rows of {} are in {}", ledger.display(), out.display()));
    Ok(())
}

fn import(args: &ImportArgs) -> Result<(), Report> {
    let unread = |error: std::io::Error| LedgerText::Wrong { line: 1, reason: error.to_string() };
    let text = BufReader::new(std::fs::File::open(&args.text).map_err(unread).map_err(LedgerError::from)?);
    let rows = ledger::import(&args.ledger, text)?;
    print::words(format_args!("{rows} rows are in {}", args.ledger.display()));
    Ok(())
}

async fn verify(args: VerifyArgs) -> Result<(), Report> {
    let ledgers = if args.ledgers.is_empty() { found_in(&args.workdir) } else { args.ledgers };
    if ledgers.is_empty() {
        let give = "name one, or the work folder that has one with --workdir";
        return Err(ConfigError::Missing { what: "a ledger to verify", give }.into());
    }
    let connected = if args.against_chain { Some(connect(&args.chain).await?) } else { None };
    let (mut findings, mut refused) = (0, None);
    for ledger in &ledgers {
        let mut verified = ledger::verify(ledger);
        if let (Ok(verified), Some(connected)) = (&mut verified, &connected) {
            let more = solo::audit(&connected.chain, &verified.witnesses).await?;
            verified.findings.extend(more);
        }
        if args.json {
            print::data(as_json(ledger, &verified));
        } else {
            show(ledger, &verified);
        }
        match verified {
            Ok(verified) => findings += verified.findings.len(),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    match refused {
        Some(error) => Err(error.into()),
        None if findings > 0 => Err(LedgerError::Unsound { findings }.into()),
        None => Ok(()),
    }
}

fn show(ledger: &Path, verified: &Result<Verified, LedgerError>) {
    let ledger = ledger.display();
    match verified {
        Ok(Verified { version, tables, findings, .. }) => {
            let rows: Vec<_> = tables.iter().map(|(table, rows)| format!("{table} {rows}")).collect();
            let word = if findings.is_empty() { "sound" } else { "not sound" };
            print::data(format_args!("{ledger}: {word}, version {version}: {}", rows.join(", ")));
            for finding in findings {
                print::data(format_args!("  {:<15} {}", finding.rule, finding.what));
            }
        }
        Err(error) => print::data(format_args!("{ledger}: refused, {}", error.code())),
    }
}

fn as_json(ledger: &Path, verified: &Result<Verified, LedgerError>) -> Value {
    match verified {
        Ok(Verified { version, tables, findings, .. }) => {
            let told = |finding: &ledger::Finding| json!({ "rule": finding.rule, "what": finding.what });
            let rows: serde_json::Map<_, _> =
                tables.iter().map(|(table, rows)| (table.clone(), json!(rows))).collect();
            json!({
                "ledger": ledger,
                "sound": findings.is_empty(),
                "version": version,
                "rows": rows,
                "findings": findings.iter().map(told).collect::<Vec<_>>(),
            })
        }
        Err(error) => json!({
            "ledger": ledger,
            "sound": false,
            "error": { "code": error.code(), "reason": chain_of(error) },
        }),
    }
}

/// The ledgers of a work folder, by name.
fn found_in(workdir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(workdir).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path());
    let mut ledgers: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|ending| ending == "db")).collect();
    ledgers.sort();
    ledgers
}
