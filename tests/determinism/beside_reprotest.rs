//! The tables of `docs/beside-reprotest.md`, which lay reprotest's variations beside those of `poco check`: they name what there is.

use crate::image::repository;
use poco::determinism::vary;
use std::collections::BTreeSet;

/// As `reprotest --help` of version 0.7.23 names them.
const REPROTEST: [&str; 14] = [
    "aslr",
    "build_path",
    "domain_host",
    "environment",
    "exec_path",
    "fileordering",
    "home",
    "kernel",
    "locales",
    "num_cpus",
    "time",
    "timezone",
    "umask",
    "user_group",
];

/// The cells of each row of the tables, without the heads.
fn rows() -> Vec<Vec<String>> {
    let page = std::fs::read_to_string(repository().join("docs/beside-reprotest.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// What stands between backticks.
fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn every_variation_of_reprotest_has_a_row() {
    let rows = rows();
    let first: Vec<_> = rows.iter().filter(|row| row.len() == 4).flat_map(|row| names(&row[0])).collect();
    assert_eq!(first, REPROTEST);
}

#[test]
fn the_tables_name_every_variation_of_poco_check_and_no_other() {
    let rows = rows();
    let named: Vec<_> = rows.iter().flat_map(|row| names(&row[if row.len() == 4 { 2 } else { 0 }])).collect();
    let known: BTreeSet<_> = vary::all().iter().map(|variation| variation.name()).collect();
    assert_eq!(named.iter().copied().collect::<BTreeSet<_>>(), known);
    assert_eq!(named.len(), known.len(), "each once");
}
