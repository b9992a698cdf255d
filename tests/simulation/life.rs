//! One life of the worker: its calls to the outside are counted, and at one of them, or at a state, it may end. A dead
//! life's calls never answer, so that nothing is done after its death while it is being buried.

use super::plan::Death;
use super::world::Shared;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::sync::Notify;

/// A world that tells what happens in it.
pub(crate) trait Story {
    fn note(&self, line: String);
}

/// One life in a world.
pub(crate) struct Life<W = Shared> {
    pub(crate) shared: Arc<W>,
    number: usize,
    death: Option<Death>,
    calls: AtomicU64,
    states: AtomicU64,
    uses: AtomicU64,
    dead: AtomicBool,
    died: Notify,
}

impl<W: Story> Life<W> {
    pub(crate) fn new(shared: Arc<W>, number: usize, death: Option<Death>) -> Arc<Self> {
        Arc::new(Self {
            shared,
            number,
            death,
            calls: AtomicU64::new(0),
            states: AtomicU64::new(0),
            uses: AtomicU64::new(0),
            dead: AtomicBool::new(false),
            died: Notify::new(),
        })
    }

    /// Which one it is.
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// How many calls to the outside there were.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// How many states were entered.
    pub(crate) fn states(&self) -> u64 {
        self.states.load(Ordering::Relaxed)
    }

    /// A call begins; its number is for [`Life::after`].
    pub(crate) async fn before(&self, what: &str) -> u64 {
        self.breathing().await;
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        self.shared.note(format!("life {} call {call}: {what}", self.number));
        if self.death == Some(Death::Before(call)) {
            self.die();
        }
        self.breathing().await;
        call
    }

    /// A call has done what it does and has not answered.
    pub(crate) async fn after(&self, call: u64) {
        if self.death == Some(Death::After(call)) {
            self.die();
        }
        self.breathing().await;
    }

    /// How often it went through the ledger's gate.
    pub(crate) fn uses(&self) -> u64 {
        self.uses.load(Ordering::Relaxed)
    }

    /// The ledger's gate, passed before and after every use of it.
    pub(crate) async fn gate(&self) {
        self.breathing().await;
        let gate = self.uses.fetch_add(1, Ordering::Relaxed) + 1;
        if self.death == Some(Death::Gate(gate)) {
            self.shared.note(format!("life {} ends at gate {gate} of the ledger", self.number));
            self.die();
        }
        self.breathing().await;
    }

    /// A state is entered.
    pub(crate) fn entered(&self, what: &str) {
        let state = self.states.fetch_add(1, Ordering::Relaxed) + 1;
        self.shared.note(format!("life {} state {state}: {what}", self.number));
        if self.death == Some(Death::State(state)) {
            self.die();
        }
    }

    /// Never returns once the life has ended.
    pub(crate) async fn breathing(&self) {
        if self.dead.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    }

    fn die(&self) {
        self.bury();
        self.died.notify_one();
    }

    /// From now on no call answers.
    pub(crate) fn bury(&self) {
        self.dead.store(true, Ordering::Relaxed);
    }

    /// How this life is to end.
    pub(crate) fn planned(&self) -> Option<Death> {
        self.death
    }

    pub(crate) async fn death(&self) {
        self.died.notified().await;
    }
}
