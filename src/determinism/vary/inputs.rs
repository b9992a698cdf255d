//! How the input files lie there: in which order a folder lists them, and what else it says of them.

use super::{NotPossible, Variation, not_possible};
use crate::dapp::WorkArea;
use crate::determinism::arrangement::Arrangement;
use crate::determinism::finding::Cause;

pub(super) const ORDER: Variation = Variation::swing(
    "input-order",
    Cause::ListingOrder,
    "lays the input files into memory in the reverse order, where a folder lists them by their age",
    |arrangement, scene| {
        if arrangement.layout.files < 2 {
            return not_possible("the dapp has no two inputs, of which one could be the first");
        }
        let Some(memory) = scene.memory() else {
            return not_possible(
                "this host has no file system in memory at /dev/shm, and others list files in orders of their own",
            );
        };
        let root = arrangement.spec.area.root();
        let name = root.file_name().unwrap_or_default();
        arrangement.spec.area = WorkArea::new(memory.join(name));
        arrangement.layout.reversed = true;
        Ok(())
    },
);

pub(super) const TIMES: Variation = Variation::swing(
    "input-times",
    Cause::FileMetadata,
    "dates the input files to 2001-09-09",
    |arrangement, _| {
        needs_inputs(arrangement)?;
        arrangement.layout.modified = Some(1_000_000_000);
        Ok(())
    },
);

pub(super) const MODES: Variation = Variation::swing(
    "input-modes",
    Cause::FileMetadata,
    "lets nobody but the dapp's user read the input files, and nobody write to them",
    |arrangement, _| {
        needs_inputs(arrangement)?;
        arrangement.layout.closed = true;
        Ok(())
    },
);

fn needs_inputs(arrangement: &Arrangement) -> Result<(), NotPossible> {
    if arrangement.layout.files == 0 { not_possible("the dapp has no inputs") } else { Ok(()) }
}
