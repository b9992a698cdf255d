//! The clock on the wall, by libfaketime: a library that is loaded before the dapp's and answers for the kernel. Only what
//! a program asks its C library is answered otherwise: programs that start static ones of their own see the real time, and
//! the times of files stay what they are.

use super::{NotPossible, Variation, needs_glibc, not_possible};
use crate::determinism::arrangement::Arrangement;
use crate::determinism::finding::Cause;
use crate::determinism::scene::{Linked, Scene, TOOLS};

/// Another year, month, weekday and hour.
pub(super) const SWING: Variation = Variation::swing(
    "clock",
    Cause::Timestamp,
    "sets the clock 401 days and 5 hours forward",
    |arrangement, scene| fake(arrangement, scene, "+34664400"),
);

/// The same instant in every run, which does not go by.
pub(super) const STILL: Variation = Variation::still(
    "clock-still",
    Cause::Timestamp,
    "stops the clock at 2021-05-06 07:08:09 UTC",
    |arrangement, scene| fake(arrangement, scene, "1620284889"),
);

fn fake(arrangement: &mut Arrangement, scene: &Scene, time: &str) -> Result<(), NotPossible> {
    needs_glibc(scene)?;
    let Some(needed) = scene.faketime() else {
        return not_possible("libfaketime is not installed on this host");
    };
    if let Linked::Glibc(has) = scene.linked
        && has < needed
    {
        return not_possible(format!(
            "this host's libfaketime needs glibc {needed}, and the image has {has}"
        ));
    }
    let library = format!("{TOOLS}/libfaketime.so.1");
    let own = arrangement.variable("LD_PRELOAD").filter(|own| !own.is_empty() && !own.contains(&library));
    let preload = own.map_or(library.clone(), |own| format!("{library}:{own}"));
    arrangement.tools(scene);
    let bend = &mut arrangement.spec.bend;
    bend.set("LD_PRELOAD", preload);
    bend.set("FAKETIME", time);
    // Seconds since 1970 are the same instant in every zone.
    bend.set("FAKETIME_FMT", "%s");
    // Waiting stays what it is, and so does the age of files.
    bend.set("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    bend.set("NO_FAKE_STAT", "1");
    Ok(())
}
