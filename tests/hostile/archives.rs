//! Every archive of the corpus against the room that unpacks.

use super::canary::{Home, Memory, alone, files};
use super::input;
use super::tricks::{self, Case, End};
use super::zips::{file, zip};
use futures_util::future::BoxFuture;
use poco::dapp::{Folder, WorkArea};
use poco::inputs::{Fetch, InputError, Limits, Supply};
use poco::poco::Fault;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Hands out a file that lies on the disk already: how it came there is not this test's matter.
struct Copies(PathBuf);

impl Fetch for Copies {
    fn fetch<'a>(
        &'a self,
        _: &'a Url,
        to: &'a Path,
        _: &'a Limits,
        _: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<u64, InputError>> {
        Box::pin(async move {
            std::fs::copy(&self.0, to).map_err(|source| InputError::Disk { path: to.into(), source })
        })
    }
}

async fn unpack(archive: &Path, limits: &Limits, area: &WorkArea) -> Result<(), InputError> {
    let supply = Supply::by(Arc::new(Copies(archive.to_path_buf())), limits.clone());
    let cancel = CancellationToken::new();
    supply.gather(&[input("http://host/archive.zip")], area, &cancel).await.map(drop)
}

fn told(outcome: &Result<(), InputError>) -> End {
    match outcome {
        Ok(()) => End::Fine,
        Err(InputError::Entry { fault, .. }) => End::Entry(*fault),
        Err(error) => End::Code(error.code()),
    }
}

/// What is wrong with what became of a case, in words.
async fn judge(case: &Case, disk: &Path) -> Option<String> {
    let archive = disk.join("archive");
    std::fs::write(&archive, &case.bytes).unwrap();
    let (home, memory) = (Home::new(), Memory::watch());
    let area = WorkArea::new(home.task());
    let outcome = unpack(&archive, &case.limits, &area).await;
    memory.bounded(&case.name);
    home.untouched(&case.name);
    let placed = files(&area.folder(Folder::Shared));
    let staged = files(&area.downloads());
    let left = outcome.is_err() && !(placed.is_empty() && staged.iter().all(|name| name == "input-0"));
    let named =
        !matches!(outcome, Err(InputError::Entry { ref entry, .. }) if entry.contains(char::is_control));

    // The next task.
    std::fs::write(&archive, zip(&[file("next", b"works")])).unwrap();
    let next = Home::new();
    let area = WorkArea::new(next.task());
    unpack(&archive, &Limits::default(), &area).await.unwrap();
    assert_eq!(std::fs::read(area.folder(Folder::Shared).join("next")).unwrap(), b"works");

    let as_told = match case.end {
        End::Code(either) => outcome.as_ref().is_err_and(|error| either.contains(error.code())),
        end => told(&outcome) == end,
    };
    if as_told && !left && named {
        return None;
    }
    Some(format!("{}: {:?} instead of {:?}; left {placed:?} {staged:?}", case.name, told(&outcome), case.end))
}

#[tokio::test]
async fn every_archive_ends_as_it_must() {
    let _alone = alone().await;
    let disk = tempfile::tempdir().unwrap();
    let cases = tricks::all();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len(), "two cases have one name");
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        wrong.extend(judge(case, disk.path()).await);
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// Every small archive, changed at random in a few bytes or cut: whatever comes of it, it stays in its folder.
#[tokio::test]
async fn changed_archives_stay_in_their_folder() {
    let _alone = alone().await;
    let disk = tempfile::tempdir().unwrap();
    let archive = disk.path().join("archive");
    let limits = Limits { max_unpacked_bytes: 16 << 20, max_entries: 1000, ..Limits::default() };
    let cases: Vec<Case> = tricks::all().into_iter().filter(|case| case.bytes.len() < 4096).collect();
    let (mut seed, home) = (0x9e37_79b9_7f4a_7c15_u64, Home::new());
    let mut draw = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below.max(1) as u64) as usize
    };
    let mut ends = BTreeSet::new();
    for round in 0..1500 {
        let case = &cases[draw(cases.len())];
        let mut bytes = case.bytes.clone();
        for _ in 0..=draw(4) {
            let at = draw(bytes.len());
            match (draw(8), bytes.get_mut(at)) {
                (0, _) => bytes.truncate(at),
                (1, Some(byte)) => *byte = 0xff,
                (_, Some(byte)) => *byte ^= 1 << draw(8),
                (_, None) => bytes.push(b'P'),
            }
        }
        std::fs::write(&archive, &bytes).unwrap();
        std::fs::remove_dir_all(home.task()).unwrap();
        let (area, memory) = (WorkArea::new(home.task()), Memory::watch());
        let outcome = unpack(&archive, &limits, &area).await;
        let name = format!("round {round}: {} changed", case.name);
        memory.bounded(&name);
        home.untouched(&name);
        assert!(outcome.is_ok() || files(&area.folder(Folder::Shared)).is_empty(), "{name}");
        ends.insert(outcome.map_or_else(|error| error.code(), |()| "fine"));
    }
    assert!(ends.len() >= 4, "the changes change nothing: {ends:?}");
}
