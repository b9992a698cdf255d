//! What a run is worth: the digest of its output.

use super::Row;
use crate::data;
use crate::pairs::{ROUNDS, Side, Table, Unit};
use crate::tools::command;
use poco::dapp::{Folder, ProofRule, WorkArea};
use poco::results::{Baseline, Left, Logs, Policy, prove};
use std::fs;
use std::path::Path;

pub const ROW: Row = Row {
    name: "digest",
    what: "The digest that is contributed: keccak-256 of a consensus.iexec of 1 GiB; and the rule for all outputs, sha-256 of each file.",
    run,
};

fn run() -> Vec<Table> {
    let proof = data::letters(1024);
    let lone = area("digest-lone", |folder| link(&proof, &folder.join("consensus.iexec")));
    let many = area("digest-many", |folder| link_all(&data::many(20_000, 2048), folder));
    let large = area("digest-large", |folder| {
        (0..4).for_each(|at| link(&proof, &folder.join(format!("part{at}"))));
    });
    let consensus = Table::measure(
        "a consensus.iexec of 1 GiB",
        Unit::Milliseconds,
        ROUNDS,
        vec![
            Side::timed("poco (keccak-256)", || digest(&lone)),
            // OpenSSL 3.0 has no keccak-256; SHA3-256 is the same permutation over the same rate.
            Side::new("openssl dgst -sha3-256", || {
                command(&lone.folder(Folder::Shared), "openssl dgst -sha3-256 consensus.iexec")
            }),
            Side::new("sha256sum", || command(&lone.folder(Folder::Shared), "sha256sum consensus.iexec")),
        ],
    );
    vec![consensus, tree("a tree of 20 000 files of 2 KiB", &many), tree("four files of 1 GiB", &large)]
}

fn tree(caption: &str, area: &WorkArea) -> Table {
    let list = format!(
        "sh -c 'find {} -type f -print0 | sort -z | xargs -0 sha256sum'",
        area.folder(Folder::Shared).display()
    );
    Table::measure(
        caption,
        Unit::Milliseconds,
        ROUNDS,
        vec![
            Side::timed("poco (all outputs)", || digest(area)),
            Side::new("find, sort, sha256sum", || command(area.root(), &list)),
        ],
    )
}

fn digest(area: &WorkArea) {
    let baseline = Baseline::default();
    let outputs = area.folder(Folder::Shared);
    let left = Left { area, outputs: &outputs, baseline: &baseline, logs: Logs::default() };
    let policy = Policy { max_bytes: 16 << 30, ..Policy::default() };
    prove(&left, ProofRule::Consensus { callback: false }, &policy).expect("an honest output has a digest");
}

/// An area whose folder is filled once.
fn area(name: &str, fill: impl FnOnce(&Path)) -> WorkArea {
    let area = WorkArea::new(data::folder().join(name));
    let folder = area.folder(Folder::Shared);
    if !folder.exists() {
        fs::create_dir_all(&folder).expect("target can be written");
        fill(&folder);
    }
    area
}

fn link(from: &Path, to: &Path) {
    fs::hard_link(from, to).expect("data and work lie on one disk");
}

fn link_all(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).min_depth(1).into_iter().flatten() {
        let target = to.join(entry.path().strip_prefix(from).expect("below it"));
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target).expect("target can be written");
        } else {
            link(entry.path(), &target);
        }
    }
}
