//! What a run left becomes the zip that is handed over.

use super::Row;
use crate::data;
use crate::pairs::{ROUNDS, Side, Table, Unit};
use crate::tools::shell;
use poco::dapp::{Folder, ProofRule, WorkArea};
use poco::results::{Baseline, Left, Logs, Policy, pack};
use std::fs;

pub const ROW: Row = Row {
    name: "archive",
    what: "500 MB of mixed results become the zip that is handed over; ours also takes its sha-256 and waits until it is on the disk.",
    run,
};

fn run() -> Vec<Table> {
    let mixed = data::mixed(500);
    let area = WorkArea::new(data::folder().join("archive"));
    let folder = area.folder(Folder::Shared);
    if !folder.exists() {
        fs::create_dir_all(&folder).expect("target can be written");
        for entry in fs::read_dir(&mixed).expect("data").flatten() {
            fs::hard_link(entry.path(), folder.join(entry.file_name()))
                .expect("data and work lie on one disk");
        }
    }
    let out = area.root().join("peer.zip");
    let peer = |line: &'static str| {
        let (folder, out) = (folder.clone(), out.clone());
        move || {
            let _ = fs::remove_file(&out);
            crate::pairs::milliseconds(|| shell(&folder, line))
        }
    };
    let sides = vec![
        Side::timed("poco", || {
            let baseline = Baseline::default();
            let left = Left { area: &area, outputs: &folder, baseline: &baseline, logs: Logs::default() };
            pack(&left, ProofRule::Consensus { callback: false }, &Policy::default())
                .expect("honest results are packed");
        }),
        Side::new("zip -1", peer("zip -1 -q -r ../peer.zip . && sync ../peer.zip")),
        Side::new("zip (its default)", peer("zip -q -r ../peer.zip . && sync ../peer.zip")),
        Side::new("7z -mx1", peer("7z a -tzip -mx1 -bso0 -bsp0 ../peer.zip . && sync ../peer.zip")),
        Side::new("bsdtar", peer("bsdtar --format zip -cf ../peer.zip . && sync ../peer.zip")),
    ];
    let table = Table::measure("500 MB of mixed files", Unit::Milliseconds, ROUNDS, sides);
    let size = |path: &std::path::Path| fs::metadata(path).map_or(0, |found| found.len() >> 20);
    let note = format!("Our archive is {} MiB; bsdtar's {} MiB.", size(&area.archive()), size(&out));
    vec![table.noted(note)]
}
