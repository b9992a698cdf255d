//! The rows of the bench, one file each.

mod archive;
mod build;
mod container;
mod digest;
mod download;
mod follow;
mod footprint;
mod send;
mod stream;
mod task;
mod unzip;

use super::pairs::Table;

/// One row.
pub struct Row {
    /// Its name, as in `make bench ROW=name`.
    pub name: &'static str,
    /// What is measured, in a sentence.
    pub what: &'static str,
    /// Measures it.
    pub run: fn() -> Vec<Table>,
}

/// All rows, in the order of RESULTS.md.
pub const ALL: [Row; 11] = [
    container::ROW,
    task::ROW,
    stream::ROW,
    unzip::ROW,
    download::ROW,
    digest::ROW,
    archive::ROW,
    follow::ROW,
    send::ROW,
    footprint::ROW,
    build::ROW,
];
