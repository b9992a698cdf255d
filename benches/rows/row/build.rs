//! What it takes to build the program: written down so that it is noticed when it grows.

use super::Row;
use crate::data;
use crate::pairs::{Table, Unit, milliseconds};
use crate::tools::shell;
use std::path::Path;

pub const ROW: Row = Row {
    name: "build",
    what: "`cargo build --release --locked` from nothing, once; how many crates that is; and `make test` where what it tests is compiled.",
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
    let once = |caption: &str, taken: f64| {
        Table::of(caption, Unit::Seconds, vec![("poco".into(), vec![taken / 1e3])])
    };
    shell(top, "cargo nextest run --locked --no-run");
    let tests = milliseconds(|| shell(top, "make test"));
    vec![
        once("a release build from nothing", taken)
            .noted(format!("{all} packages in Cargo.lock, those of tests and other systems included.")),
        once("make test", tests),
    ]
}
