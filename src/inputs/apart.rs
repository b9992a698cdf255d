//! Work that may block, away from the loop that serves everybody else. It owns no threads: they are the runtime's.

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::{JoinError, spawn_blocking};

/// Runs `work` on a thread that may block; an error is a panic of it, or the end of the runtime.
///
/// A runtime of one thread does it there and then: such a runtime serves one run of a simulation, in whose time a thread
/// that ends when it pleases has no place.
pub async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::CurrentThread => Ok(work()),
        _ => spawn_blocking(work).await,
    }
}
