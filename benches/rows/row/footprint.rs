//! What the program takes while it does nothing.

use super::Row;
use crate::data;
use crate::pairs::{ROUNDS, Side, Table, Unit};
use crate::tools::command;
use std::path::Path;

pub const ROW: Row = Row {
    name: "footprint",
    what: "Size of the binary, stripped; time of a start that only says its version. The need of iExec's Java worker is quoted, not measured: its documentation asks for 2 GiB at least.",
    run,
};

fn run() -> Vec<Table> {
    let program = Path::new(env!("CARGO_BIN_EXE_poco"));
    let stripped = data::folder().join("poco-stripped");
    crate::tools::shell(&data::folder(), &format!("strip -o {} {}", stripped.display(), program.display()));
    let size = |path: &Path| {
        std::fs::metadata(path).map_or(f64::NAN, |found| found.len() as f64 / f64::from(1 << 20))
    };
    let sizes = vec![
        ("poco, stripped".to_owned(), vec![size(&stripped)]),
        ("poco, with line tables".to_owned(), vec![size(program)]),
    ];
    let folder = data::folder();
    let start = format!("{} --version", stripped.display());
    let starts = vec![
        Side::new("poco --version", || command(&folder, &start)),
        Side::new("docker --version", || command(&folder, "docker --version")),
        Side::new("true", || command(&folder, "true")),
    ];
    vec![
        Table::of("the binary", Unit::Mebibytes, sizes),
        Table::measure("a start", Unit::Milliseconds, 3 * ROUNDS, starts),
    ]
}
