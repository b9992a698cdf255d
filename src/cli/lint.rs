//! `poco lint`: what of an iexec.json would fail or surprise, before anything runs.

use super::print;
use super::report::Report;
use crate::determinism::DeterminismError;
use crate::determinism::lint::{Lint, Severity, lint};
use crate::determinism::report::printable;
use serde_json::json;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The iexec.json
    #[arg(default_value = "iexec.json")]
    file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// End with 1 for warnings too, not for errors only
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(args: Args) -> Result<(), Report> {
    let text = std::fs::read_to_string(&args.file)
        .map_err(|source| DeterminismError::File { path: args.file.clone(), source })?;
    let found = lint(&text);
    let file = args.file.display().to_string();
    if args.json {
        print::data(json!({ "version": 1, "file": file, "lints": found }));
    } else {
        found.iter().for_each(|lint| print::data(as_words(&file, lint)));
    }
    let count = |severity| found.iter().filter(|lint| lint.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let said = format!(
        "{file}: {}, {}, {}",
        counted(errors, "error"),
        counted(warnings, "warning"),
        counted(count(Severity::Note), "note")
    );
    if errors > 0 || (args.strict && warnings > 0) {
        return Err(DeterminismError::Flawed(said).into());
    }
    print::words(said);
    Ok(())
}

fn as_words(file: &str, lint: &Lint) -> String {
    let (colour, word) = match lint.severity {
        Severity::Error => ("\x1b[1;31m", "error"),
        Severity::Warning => ("\x1b[1;33m", "warning"),
        Severity::Note => ("\x1b[1;36m", "note"),
    };
    let code = lint.code.map(|code| format!(" ({code})")).unwrap_or_default();
    format!(
        "{file}:{}:{}: {colour}{word}[{}]\x1b[0m: {}{code}\n  \x1b[1mhelp\x1b[0m: {}",
        lint.line,
        lint.column,
        lint.rule,
        printable(&lint.message),
        printable(&lint.mend)
    )
}

fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}
