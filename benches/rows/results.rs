//! RESULTS.md: a chapter for each row, written anew when that row is measured.

use super::machine;
use super::pairs::Table;
use super::row::Row;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const HEAD: &str = "# What it costs\n\n\
Written by `make bench`; each chapter says when and where it was measured. Every figure stands beside its peers of the same\n\
run, taken turn by turn. Rely on the ratios: machines differ, and this one may have been busy.\n";

/// Puts a row's tables into its chapter, and leaves the others as they are. The chapters stand in the order of `rows`.
pub fn write(file: &Path, row: &Row, tables: &[Table], rows: &[Row]) {
    let old = fs::read_to_string(file).unwrap_or_default();
    let mut chapters: BTreeMap<&str, String> = old
        .split("\n## ")
        .skip(1)
        .filter_map(|chapter| Some((chapter.split_once('\n')?.0, chapter.trim_end().to_owned())))
        .collect();
    let tables: Vec<String> = tables.iter().map(Table::text).collect();
    let chapter = format!("{}\n\n{}\n\n{}\n\n{}", row.name, row.what, machine::describe(), tables.join("\n"));
    chapters.insert(row.name, chapter.trim_end().to_owned());
    let known = rows.iter().filter_map(|row| chapters.get(row.name));
    let body: String = known.map(|chapter| format!("\n## {chapter}\n")).collect();
    fs::write(file, format!("{HEAD}{body}")).expect("RESULTS.md can be written");
}
