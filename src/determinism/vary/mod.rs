//! What is varied between two runs: one small file for each thing that machines differ in.
//!
//! A variation changes an [`Arrangement`] or says why it cannot; it never claims to have varied what was not. There are two
//! ways: one swings what machines differ in (a time zone, a host name), the other holds still what no two runs share
//! (the clock, random numbers), so that what differs by itself can be traced to it.
//!
//! Nothing is left of a variation after its run: what it changes ends with the container, and what it brings along lies in
//! the check's own folder (see [`super::scene`]). What differs in every run by itself needs no variation: the container's
//! id, and the time that has gone by.

mod clock;
mod cpu;
mod entropy;
mod environment;
mod hash_seed;
mod host;
mod inputs;
mod kernel;
mod layout;
mod limits;
mod locale;
mod memory;
mod network;
pub(super) mod proc;
mod processes;
mod root;
mod runtime;
mod terminal;
mod timezone;
mod umask;
mod user;

pub(super) use timezone::ZONE;

use super::arrangement::Arrangement;
use super::finding::Cause;
use super::scene::{Linked, Scene};
use std::fmt;

/// Which way a variation works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Gives something that is the same in every run another value.
    Swing,
    /// Gives something that differs in every run the same value.
    Still,
}

/// Why a variation cannot be made here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotPossible(pub String);

impl fmt::Display for NotPossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What changes an arrangement, or says why it cannot.
type Change = fn(&mut Arrangement, &Scene) -> Result<(), NotPossible>;

/// One thing in which runs may differ.
#[derive(Clone, Copy, Debug)]
pub struct Variation {
    name: &'static str,
    what: &'static str,
    way: Way,
    cause: Cause,
    change: Change,
}

impl Variation {
    const fn swing(name: &'static str, cause: Cause, what: &'static str, change: Change) -> Self {
        Self { name, what, way: Way::Swing, cause, change }
    }

    const fn still(name: &'static str, cause: Cause, what: &'static str, change: Change) -> Self {
        Self { name, what, way: Way::Still, cause, change }
    }

    /// Its name, which never changes: `--vary +NAME,-NAME`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it does, in one line without a full stop.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// Which way it works.
    pub fn way(&self) -> Way {
        self.way
    }

    /// What it is a sign of when it alone changes the digest, or is needed to keep it.
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// The variables that it sets, in a run that nothing else varies; none where it cannot be made.
    pub fn variables(&self, arrangement: &Arrangement, scene: &Scene) -> Vec<String> {
        let mut changed = arrangement.clone();
        let before = changed.spec.bend.env.clone();
        let _ = (self.change)(&mut changed, scene);
        changed.spec.bend.env.into_iter().filter(|var| !before.contains(var)).map(|var| var.name).collect()
    }

    /// Changes the arrangement of a run, all of it or nothing. Several variations may be applied one after another, in
    /// the order of [`all`], and do not undo one another.
    ///
    /// # Errors
    /// Why this image or this host does not let it work. It is the same whatever was applied before.
    pub fn apply(&self, arrangement: &mut Arrangement, scene: &Scene) -> Result<(), NotPossible> {
        let mut changed = arrangement.clone();
        (self.change)(&mut changed, scene)?;
        *arrangement = changed;
        Ok(())
    }
}

/// Every variation there is, in the order in which they are applied.
pub fn all() -> &'static [Variation] {
    const ALL: &[Variation] = &[
        clock::SWING,
        timezone::TIMEZONE,
        locale::LOCALE,
        locale::LANGUAGE,
        host::HOSTNAME,
        host::DOMAIN,
        user::USER,
        user::HOME,
        umask::UMASK,
        environment::NOISE,
        environment::PATH,
        cpu::COUNT,
        cpu::LOAD,
        cpu::GENERATION,
        cpu::MODEL,
        memory::LIMIT,
        memory::FILE,
        inputs::ORDER,
        inputs::TIMES,
        inputs::MODES,
        processes::NUMBERS,
        kernel::RELEASE,
        network::DEAD,
        terminal::STDIN,
        terminal::TERMINAL,
        root::WRITABLE,
        limits::ULIMITS,
        runtime::RUNTIME,
        clock::STILL,
        entropy::STILL,
        hash_seed::STILL,
        layout::STILL,
        kernel::COUNTERS,
    ];
    ALL
}

fn not_possible<T>(why: impl Into<String>) -> Result<T, NotPossible> {
    Err(NotPossible(why.into()))
}

/// An error unless the dapp's program is linked with glibc at run time.
fn needs_glibc(scene: &Scene) -> Result<(), NotPossible> {
    match &scene.linked {
        Linked::Glibc(_) => Ok(()),
        Linked::Otherwise { why } => not_possible(format!("the dapp's program {why}")),
    }
}

/// Shows one of our files in the place of another.
fn show(arrangement: &mut Arrangement, scene: &Scene, prop: &str, target: &str) -> Result<(), NotPossible> {
    if !scene.has(prop) {
        return not_possible(format!("this host has nothing like {target}"));
    }
    let source = scene.prop(prop);
    arrangement.spec.bend.show(source, target);
    Ok(())
}

/// An error where the engine's kernel has no such limit.
fn can_limit(scene: &Scene, limit: &str) -> Result<(), NotPossible> {
    if scene.facts.cannot_limit.contains(&limit) {
        return not_possible(format!("the engine's kernel cannot limit {limit}"));
    }
    Ok(())
}
