//! How the input files lie there: in which order a folder lists them, and what else it says of them.

use super::{Variation, not_possible};
use crate::determinism::finding::Cause;
use rustix::fs::{FsWord, statfs};

/// The kernel's name for a file system in memory, see statfs(2).
const IN_MEMORY: FsWord = 0x0102_1994;

pub(super) const ORDER: Variation = Variation::swing(
    "input-order",
    Cause::ListingOrder,
    "creates the input files in the reverse order, in memory, where a folder lists them by their age",
    |arrangement| {
        let root = arrangement.spec.area.root();
        let there = root.ancestors().find(|folder| folder.is_dir()).and_then(|folder| statfs(folder).ok());
        if there.is_none_or(|found| found.f_type != IN_MEMORY) {
            return not_possible("the runs' folder is on a disk, which lists files in an order of its own");
        }
        arrangement.layout.reversed = true;
        Ok(())
    },
);

pub(super) const TIMES: Variation = Variation::swing(
    "input-times",
    Cause::FileMetadata,
    "dates the input files to 2001-09-09",
    |arrangement| {
        arrangement.layout.modified = Some(1_000_000_000);
        Ok(())
    },
);

pub(super) const MODES: Variation = Variation::swing(
    "input-modes",
    Cause::FileMetadata,
    "lets nobody but the dapp's user read the input files, and nobody write to them",
    |arrangement| {
        arrangement.layout.closed = true;
        Ok(())
    },
);
