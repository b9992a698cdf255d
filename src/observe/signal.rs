//! What tells a daemon to stop.

use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM and Ctrl-C, heard from its making on.
pub struct Signals {
    terminate: Option<Signal>,
    interrupt: Option<Signal>,
}

impl Signals {
    /// Listens.
    pub fn listen() -> Self {
        Self {
            terminate: signal(SignalKind::terminate()).ok(),
            interrupt: signal(SignalKind::interrupt()).ok(),
        }
    }

    /// Waits for the next one and gives its name.
    pub async fn next(&mut self) -> &'static str {
        let (terminate, interrupt) = (&mut self.terminate, &mut self.interrupt);
        tokio::select! {
            () = heard(terminate) => "SIGTERM",
            () = heard(interrupt) => "Ctrl-C",
        }
    }
}

/// Never, when it could not be listened to.
async fn heard(signal: &mut Option<Signal>) {
    let said = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if said.is_none() {
        std::future::pending().await
    }
}

/// Waits for SIGTERM or Ctrl-C.
pub async fn stop_signal() {
    let asked = Signals::listen().next().await;
    tracing::info!("{asked}: stopping");
}

/// A daemon begins to stop.
pub fn stopping_in(asked: &str, grace: Duration) {
    tracing::info!(
        "{asked}: nothing new is taken; what is under way has {} s and goes on at the next start; \
         once more shows it, a third time ends at once",
        grace.as_secs()
    );
}

/// A daemon ends at once.
pub fn stopping_by_force(asked: &str) {
    tracing::warn!("{asked}: ending at once; what is under way goes on at the next start");
}
