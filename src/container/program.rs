//! This very program as something that runs in an empty image: itself, with the libraries that the loader has found for
//! it. No other program needs to be shipped, and none can be missing.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const NAME: &str = "poco";
/// What this process runs.
pub const ITSELF: &str = "/proc/self/exe";

/// Copies this program into `folder`, and answers the words that run it where that folder is seen as `seen_as`.
///
/// # Errors
/// What the disk said.
pub fn copy_to(folder: &Path, seen_as: &str) -> io::Result<Vec<String>> {
    // The link is good even when the file was replaced since by a newer one.
    copy_of(Path::new(ITSELF), folder, seen_as)
}

/// The same for another program, which needs no other libraries than this one.
///
/// # Errors
/// What the disk said.
pub fn copy_of(program: &Path, folder: &Path, seen_as: &str) -> io::Result<Vec<String>> {
    fs::copy(program, folder.join(NAME))?;
    let libraries = libraries(&fs::read_to_string("/proc/self/maps")?, &fs::read_link(ITSELF)?);
    let mut loader = None;
    for library in &libraries {
        let Some(name) = library.file_name() else { continue };
        fs::copy(library, folder.join(name))?;
        if name.to_string_lossy().starts_with("ld-") {
            loader = Some(name.to_string_lossy().into_owned());
        }
    }
    let program = format!("{seen_as}/{NAME}");
    Ok(match loader {
        Some(loader) => {
            vec![format!("{seen_as}/{loader}"), "--library-path".into(), seen_as.into(), program]
        }
        None => vec![program],
    })
}

/// The files of which a process has code in its memory, but for its own program.
fn libraries(maps: &str, program: &Path) -> BTreeSet<PathBuf> {
    let lines = maps.lines().filter_map(|line| {
        let mut fields = line.split_whitespace();
        let rights = fields.nth(1)?;
        let path = fields.nth(3)?;
        (rights.contains('x') && path.starts_with('/')).then(|| PathBuf::from(path))
    });
    lines.filter(|path| path != program && path.file_name() != program.file_name()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loader_and_every_library_are_found_once() {
        let maps = "\
5500-5600 r--p 00000000 fe:00 1 /usr/bin/poco\n5600-5700 r-xp 00001000 fe:00 1 /usr/bin/poco\n\
7f00-7f01 r-xp 00000000 fe:00 2 /usr/lib/libc.so.6\n7f01-7f02 r--p 00000000 fe:00 2 /usr/lib/libc.so.6\n\
7f02-7f03 r-xp 00000000 00:00 0\n7f03-7f04 r-xp 00000000 fe:00 3 /usr/lib/ld-linux.so.2\n7ff0-7ff1 r-xp 00000000 00:00 0 [vdso]\n";
        let found: Vec<_> = libraries(maps, Path::new("/usr/bin/poco")).into_iter().collect();
        assert_eq!(found, [Path::new("/usr/lib/ld-linux.so.2"), Path::new("/usr/lib/libc.so.6")]);
    }
}
