//! What the program costs on this machine, each figure beside what a user would pick instead, in the same run.
//!
//! ```text
//! row ──▶ sides, ours first ──▶ pairs: A B A B …, one round after another ──▶ tables ──▶ RESULTS.md, a chapter for each row
//! ```
//!
//! `make bench` runs all rows, `make bench ROW=unzip` one. Nothing here judges: the figures are for people to read.

#![allow(clippy::disallowed_macros, reason = "it talks to the person who started it")]
#![allow(clippy::disallowed_methods, reason = "it measures the machine's own time")]

#[path = "../../tests/chain_support/mod.rs"]
mod chain_support;
mod data;
mod machine;
mod pairs;
mod relay;
mod results;
mod row;
#[allow(dead_code, unused_imports, reason = "the tests' own town, of which this needs a part")]
#[path = "../../tests/journey/support/mod.rs"]
mod support;
mod tools;

use std::path::Path;

fn main() {
    let wanted = std::env::var("ROW").ok().filter(|row| !row.is_empty());
    let rows: Vec<_> =
        row::ALL.iter().filter(|row| wanted.as_deref().is_none_or(|name| name == row.name)).collect();
    if rows.is_empty() {
        let names: Vec<_> = row::ALL.iter().map(|row| row.name).collect();
        eprintln!("bench: there is no row {}; there are: {}", wanted.unwrap_or_default(), names.join(", "));
        std::process::exit(2);
    }
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = top.join("benches/RESULTS.md");
    for row in rows {
        eprintln!("== {}: {}", row.name, row.what);
        let tables = (row.run)();
        for table in &tables {
            eprintln!("{}", table.text());
        }
        results::write(&file, row, &tables, &row::ALL);
    }
    eprintln!("bench: {}", file.display());
}
