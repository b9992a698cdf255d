//! The harness: a town with a chain, a workerpool and workers, and what can be asked of it.
//!
//! Whatever is waited for is an event: a state that a worker enters, or a block. [`PATIENCE`] only bounds a failure.

mod archive;
mod escrow;
mod fixture;
mod orders;
mod serve;
mod town;

pub(crate) use archive::{Archive, all_outputs_digest};
pub(crate) use escrow::{Books, whole_deal};
pub(crate) use fixture::{SampleDapp, build, repository};
pub(crate) use orders::{App, Deal, classic, shell};
pub(crate) use serve::{closed_port, serve_empty_registry, serve_folder, serve_nothing};
pub(crate) use town::Town;

use std::time::Duration;

/// After this long something is taken not to happen any more.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// What comes of `happening`, or a failure that says what did not happen.
pub(crate) async fn within<T>(what: &str, happening: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, happening).await {
        Ok(came) => came,
        Err(_) => panic!("{what}: it did not happen within {} s", PATIENCE.as_secs()),
    }
}
