//! Processors: how many and which ones, how busy, of which generation, and what they are called.

use super::{NotPossible, Variation, can_limit, needs_glibc, not_possible, show};
use crate::determinism::finding::Cause;
use std::path::Path;

/// Names of what newer processors have, in the words of glibc since 2.33 and before it. An unknown name is passed over.
const NEWER: &str = "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX,-AVX512F,-AVX512VL,-AVX512BW,-AVX512DQ,-ERMS,-BMI2,-AVX2_Usable,-FMA_Usable,-FMA4_Usable,-AVX_Usable,-AVX512F_Usable";

pub(super) const COUNT: Variation = Variation::swing(
    "cpus",
    Cause::CpuCount,
    "keeps the dapp on another number and set of processors: on all, or on the last one",
    |arrangement, scene| {
        can_limit(scene, "processors")?;
        let all = scene.facts.cpus;
        if all < 2 {
            return not_possible("this host has one processor");
        }
        let limits = &mut arrangement.spec.limits;
        let cores: Vec<usize> = if limits.cpus > 1.0 { vec![all - 1] } else { (0..all).collect() };
        limits.cpus = f64::from(u32::try_from(cores.len()).unwrap_or(u32::MAX));
        arrangement.spec.bend.cores = Some(cores);
        Ok(())
    },
);

pub(super) const LOAD: Variation = Variation::swing(
    "load",
    Cause::ThreadRace,
    "keeps two threads busy on the dapp's own processors",
    |arrangement, scene| {
        arrangement.shim(scene, ["--load", "2"]);
        Ok(())
    },
);

pub(super) const GENERATION: Variation = Variation::swing(
    "cpu-generation",
    Cause::CpuModel,
    "hides AVX2, FMA and AVX-512 from the C library and from OpenBLAS",
    |arrangement, scene| {
        needs_glibc(scene)?;
        has_newer()?;
        let own = arrangement.variable("GLIBC_TUNABLES").filter(|own| !own.is_empty());
        let tunables = own.map_or(NEWER.to_owned(), |own| format!("{own}:{NEWER}"));
        arrangement.spec.bend.set("GLIBC_TUNABLES", tunables);
        arrangement.spec.bend.set("OPENBLAS_CORETYPE", "Nehalem");
        Ok(())
    },
);

pub(super) const MODEL: Variation = Variation::swing(
    "cpu-model",
    Cause::CpuModel,
    "shows another processor's name, caches and clock in /proc/cpuinfo",
    |arrangement, scene| show(arrangement, scene, "cpuinfo", "/proc/cpuinfo"),
);

/// An error unless there is something to hide.
fn has_newer() -> Result<(), NotPossible> {
    let told = std::fs::read_to_string(Path::new("/proc/cpuinfo")).unwrap_or_default();
    let flags = told.lines().find(|line| line.starts_with("flags")).unwrap_or_default();
    if flags.split_whitespace().any(|flag| matches!(flag, "avx2" | "fma" | "avx512f")) {
        return Ok(());
    }
    not_possible("this host's processor has neither AVX2 nor FMA")
}
