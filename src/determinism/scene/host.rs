//! Where distributions keep what is looked for, on this host and in images.

use std::path::PathBuf;

/// Folders of the C library.
pub(super) const LIBRARIES: [&str; 8] = [
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib/aarch64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
];

/// The library that shows programs another time, where it is installed.
pub(super) fn faketime() -> Option<PathBuf> {
    let folders = LIBRARIES.into_iter().chain(["/usr/local/lib"]);
    let mut places = folders.map(|folder| PathBuf::from(folder).join("faketime/libfaketime.so.1"));
    places.find(|path| path.is_file())
}
