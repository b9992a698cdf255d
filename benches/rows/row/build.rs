//! What it takes to build the program: written down so that it is noticed when it grows.

use super::Row;
use crate::data;
use crate::pairs::{Table, Unit, milliseconds};
use crate::tools::shell;
use std::path::Path;

pub const ROW: Row = Row {
    name: "build",
    what: "`cargo build --release --locked` from nothing, once; and how many crates that is.",
    run,
};

fn run() -> Vec<Table> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = data::folder().join("build");
    let _ = std::fs::remove_dir_all(&target);
    let line = format!("CARGO_TARGET_DIR={} cargo build --release --locked", target.display());
    let taken = milliseconds(|| shell(top, &line));
    let _ = std::fs::remove_dir_all(&target);
    let lock = std::fs::read_to_string(top.join("Cargo.lock")).unwrap_or_default();
    let all = lock.matches("[[package]]").count();
    let table =
        Table::of("a release build from nothing", Unit::Milliseconds, vec![("poco".into(), vec![taken])]);
    vec![table.noted(format!("{all} packages in Cargo.lock, those of tests and other systems included."))]
}
