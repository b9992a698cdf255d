//! A zip becomes files.

use super::Row;
use crate::data;
use crate::pairs::{ROUNDS, Side, Table, Unit};
use crate::tools::{anew, shell};
use futures_util::future::BoxFuture;
use poco::dapp::{Folder, Input, InputName, Unpack, WorkArea};
use poco::inputs::{Fetch, InputError, Limits, Supply};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use url::Url;

pub const ROW: Row = Row {
    name: "unzip",
    what: "A zip on disk becomes files, through the worker's own door: recognised, surveyed, checked for hostility, unpacked, moved into place.",
    run,
};

fn run() -> Vec<Table> {
    let letters = data::zipped(&data::letters(1024));
    let small = data::zipped(&data::many(20_000, 2048));
    let mixed = data::zipped(&data::mixed(500));
    [
        ("one file of 1 GiB that compresses", letters),
        ("20 000 files of 2 KiB", small),
        ("500 MB of mixed files", mixed),
    ]
    .into_iter()
    .map(|(caption, zip)| table(caption, &zip))
    .collect()
}

fn table(caption: &str, zip: &Path) -> Table {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let place = data::folder().join("unzipped");
    let ours = || anew(&place, || runtime.block_on(unpack(zip, &place)));
    let peer = |line: &str| {
        let line = line.replace("ZIP", &zip.to_string_lossy());
        let place = &place;
        move || anew(place, || shell(place, &line))
    };
    Table::measure(
        caption,
        Unit::Milliseconds,
        ROUNDS,
        vec![
            Side::new("poco", ours),
            Side::new("unzip", peer("unzip -q ZIP")),
            Side::new("bsdtar", peer("bsdtar -xf ZIP")),
            Side::new("7z", peer("7z x -bso0 -bsp0 ZIP")),
        ],
    )
}

/// A download that costs nothing: the file gets a second name.
struct Linked(PathBuf);

impl Fetch for Linked {
    fn fetch<'a>(
        &'a self,
        _url: &'a Url,
        to: &'a Path,
        _limits: &'a Limits,
        _cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<u64, InputError>> {
        std::fs::hard_link(&self.0, to).expect("data and work lie on one disk");
        Box::pin(async move { Ok(std::fs::metadata(to).map_or(0, |found| found.len())) })
    }
}

/// Unpacks a zip into an area at `place` as a task's input.
async fn unpack(zip: &Path, place: &Path) {
    // Letters of sixteen sorts compress well within any honest ratio.
    let limits = Limits { max_file_bytes: 4 << 30, ..Limits::default() };
    let supply = Supply::by(Arc::new(Linked(zip.to_path_buf())), limits);
    let input = Input {
        url: Url::parse("http://localhost/input.zip").expect("a URL"),
        folder: Folder::Shared,
        name: InputName::FromUrl,
        unpack: Unpack::Zips,
        sha256: None,
    };
    supply
        .gather(&[input], &WorkArea::new(place), &CancellationToken::new())
        .await
        .expect("an honest zip is unpacked");
}
