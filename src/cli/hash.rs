//! `poco hash`: the digest that a worker would contribute.

use super::print;
use super::report::Report;
use crate::determinism::{self, Hashed};
use serde_json::json;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Args {
    /// A folder with a dapp's outputs, or a result as `poco result get` fetches it
    #[arg(value_name = "DIR | ZIP")]
    path: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> Result<(), Report> {
    let Hashed { digest, rule } = determinism::hash(&args.path)?;
    if args.json {
        print::data(json!({ "digest": digest, "rule": rule.to_string() }));
    } else {
        print::words(format_args!("{rule}:"));
        print::data(digest);
    }
    Ok(())
}
