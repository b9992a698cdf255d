//! How one run is arranged: what the engine is told, and how the input folder is laid out before it.

use super::scene::{Scene, TOOLS};
use crate::container::RunSpec;

/// One run before it is made. Variations change it.
#[derive(Clone, Debug)]
pub struct Arrangement {
    /// What the engine is told.
    pub spec: RunSpec,
    /// How the inputs are laid out in the run's folder.
    pub layout: Layout,
}

/// How the inputs are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// How many input files there are; where there are none, nothing of them can be varied.
    pub files: usize,
    /// Create the files in the reverse order of their names, so that a folder lists them otherwise.
    pub reversed: bool,
    /// Modification times, in seconds since 1970, instead of a fixed one.
    pub modified: Option<i64>,
    /// Clear the write and the others' bits of the files' modes.
    pub closed: bool,
}

impl Arrangement {
    /// Shows our own program and libraries.
    pub(super) fn tools(&mut self, scene: &Scene) {
        self.spec.bend.show(scene.tools(), TOOLS);
    }

    /// The value that a variable has so far, in the order in which they win.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        let given = self.spec.bend.env.iter().chain(&self.spec.launch.env);
        let given = given.filter(|var| var.name == name).map(|var| var.value.as_str());
        let own = self.spec.image.config.env.iter().filter_map(|var| var.split_once('='));
        given.chain(own.filter(|(own, _)| *own == name).map(|(_, value)| value)).next().map(ToOwned::to_owned)
    }

    /// Has the shim stand before the dapp's program, with these flags besides those that it has.
    pub(super) fn shim<const N: usize>(&mut self, scene: &Scene, flags: [&str; N]) {
        let wrap = &mut self.spec.bend.wrap;
        if wrap.pop().is_none() {
            wrap.extend(scene.shim().iter().cloned());
            self.tools(scene);
        }
        self.spec.bend.wrap.extend(flags.map(ToOwned::to_owned).into_iter().chain(["--".to_owned()]));
    }
}
