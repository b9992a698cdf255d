//! An archive through the room of inputs, by its only door, into a task's folder with canaries around it.
//!
//! The limits are small, so that small archives meet them.

use futures_util::future::BoxFuture;
use poco::dapp::{Folder, Input, InputName, Unpack, WorkArea};
use poco::inputs::{Fetch, InputError, Limits, Placed, Supply};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;
use url::Url;

const NAME: &str = "input.bin";
const CANARY: &[u8] = b"sings";

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().build().expect("a runtime");
}

/// Files by their paths; folders are not in it.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

fn limits() -> Limits {
    Limits {
        max_entries: 40,
        max_name_bytes: 1000,
        max_unpacked_bytes: 256 << 10,
        max_ratio: 50,
        ratio_free_bytes: 16 << 10,
        max_path_bytes: 120,
        max_depth: 6,
        ..Limits::default()
    }
}

/// The download, whatever its URL.
struct Bytes(Vec<u8>);

impl Fetch for Bytes {
    fn fetch<'a>(
        &'a self,
        _: &'a Url,
        to: &'a Path,
        _: &'a Limits,
        _: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<u64, InputError>> {
        Box::pin(async move {
            let written = fs::write(to, &self.0).map(|()| self.0.len() as u64);
            written.map_err(|source| InputError::Disk { path: to.into(), source })
        })
    }
}

/// Gives the files that were unpacked; none when it was refused or kept as the file that it is. Asserts all that holds
/// of every archive.
pub(crate) fn unpack(bytes: &[u8]) -> Option<Files> {
    let home = tempfile::tempdir().expect("a folder");
    let canaries = ["canary", "tasks/canary", "tasks/one/canary"].map(|path| home.path().join(path));
    let area = WorkArea::new(home.path().join("tasks/one"));
    fs::create_dir_all(area.root()).expect("the task's folder");
    for canary in &canaries {
        fs::write(canary, CANARY).expect("a canary");
    }
    let placed = gather(bytes, &area);
    for canary in &canaries {
        assert_eq!(fs::read(canary).expect("the canary is there"), CANARY);
    }
    assert_eq!(names(home.path()), ["canary", "tasks"]);
    assert_eq!(names(&home.path().join("tasks")), ["canary", "one"]);
    assert_eq!(names(area.root()), ["canary", "downloads", "iexec"]);

    let folder = area.folder(Folder::Shared);
    match placed {
        Err(InputError::Disk { path, source }) => panic!("{}: {source}", path.display()),
        Err(_) => {
            assert!(names(&folder).is_empty(), "a refused archive left {:?}", names(&folder));
            assert_eq!(names(&area.downloads()), ["input-0"]);
            None
        }
        Ok(Placed::File { name } | Placed::KeptArchive { name, .. }) => {
            assert_eq!((names(&folder), name.as_str()), (vec![NAME.to_owned()], NAME));
            assert_eq!(fs::read(folder.join(NAME)).expect("the file"), bytes);
            None
        }
        Ok(Placed::Unpacked { entries, bytes }) => {
            assert!(names(&area.downloads()).is_empty());
            let (files, folders) = tree(&folder);
            let limits = limits();
            let size: usize = files.values().map(Vec::len).sum();
            assert!(
                files.len() + folders.len() <= limits.max_entries && entries as usize <= limits.max_entries
            );
            assert!(size as u64 == bytes && bytes <= limits.max_unpacked_bytes, "{size} is not {bytes}");
            for path in files.keys().chain(&folders) {
                assert!(path.len() <= limits.max_path_bytes && path.split('/').count() <= limits.max_depth);
                assert!(!path.contains(|c: char| c.is_control() || c == '\\'), "{path:?}");
            }
            Some(files)
        }
    }
}

fn gather(bytes: &[u8], area: &WorkArea) -> Result<Placed, InputError> {
    let supply = Supply::by(Arc::new(Bytes(bytes.to_vec())), limits());
    let input = Input {
        url: Url::parse("http://host/input.bin").expect("a URL"),
        folder: Folder::Shared,
        name: InputName::FromUrl,
        unpack: Unpack::Archives,
        sha256: None,
    };
    let cancel = CancellationToken::new();
    let done = RUNTIME.with(|runtime| runtime.block_on(supply.gather(&[input], area, &cancel)));
    done.map(|(_, mut placed)| placed.remove(0))
}

/// What is in a folder, which must be there.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

/// All files and folders, which are nothing else and open to us.
fn tree(root: &Path) -> (Files, Vec<String>) {
    let (mut files, mut folders) = (Files::new(), Vec::new());
    let mut open: Vec<PathBuf> = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for name in names(&folder) {
            let path = folder.join(name);
            let inside = path.strip_prefix(root).expect("inside").to_str().expect("UTF-8").to_owned();
            let meta = fs::symlink_metadata(&path).expect("it is there");
            let mode = meta.mode() & 0o7777;
            if meta.is_dir() {
                assert_eq!(mode & 0o7700, 0o700, "{inside}");
                folders.push(inside);
                open.push(path);
            } else {
                assert!(meta.is_file() && meta.nlink() == 1 && mode & 0o7600 == 0o600, "{inside}: {meta:?}");
                files.insert(inside, fs::read(&path).expect("readable"));
            }
        }
    }
    (files, folders)
}

/// A path without what says nothing in it.
pub(crate) fn plain(name: &str) -> String {
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    parts.join("/")
}
