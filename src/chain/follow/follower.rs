//! The follower's task: one step at a time, each of which tells something or is tried again.

use super::width::Width;
use super::window::{Mark, Window};
use super::{NEAR, Scope};
use crate::chain::{Chain, ChainError, Event, Head};
use crate::poco::{Class, Fault};
use futures_util::future::try_join_all;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How long an endpoint that gives no answer, or one that moved meanwhile, is left alone.
pub(super) const PAUSE: Duration = Duration::from_millis(500);
/// How long no new block may come before it is asked whether the last one is still there.
const RECHECK: Duration = Duration::from_secs(5);
/// How many questions are under way at once while an absence is caught up: one is read while the other is answered.
const SIDE_BY_SIDE: u64 = 2;
/// How many stretches the follower runs ahead of its listener.
const AHEAD: usize = 8;

/// News of a stretch of blocks: either what went, or what came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The first block that is read again, when it and those after it are no longer on the chain as they were told.
    pub reverted_from: Option<u64>,
    /// The events of the blocks from there on, newest first; those that the chain still has are told again. When the chain changed deeper than the window these are only those
    /// that were still remembered, and older ones are told a second time: what follows from events is to be read from
    /// the chain again.
    pub reverted: Vec<Event>,
    /// The events that came, in the order of the chain.
    pub events: Vec<Event>,
    /// Where to go on after a restart. It lies behind the head by as much as a reorganisation may take back, so that one that
    /// happens while nobody looks is not missed: the last events are then told again.
    pub next_block: u64,
}

/// What one look at the chain came to.
enum Step {
    News(Stretch),
    /// Nothing has happened for a while.
    Quiet,
    /// The chain moved under the question, or endpoints disagree.
    Moved,
}

/// A place in the chain's history that moves with the chain.
pub struct Follower {
    chain: Arc<dyn Chain>,
    scope: Scope,
    window: Window,
    width: Width,
}

impl Follower {
    /// Starts with the events of block `from`.
    pub fn new(chain: Arc<dyn Chain>, scope: Scope, from: u64) -> Self {
        Self { chain, scope, window: Window::new(from), width: Width::default() }
    }

    /// Follows in a task of its own, until `stop`, until nobody listens or until an error that cannot be waited out, which is
    /// told last. A slow listener slows the follower down; it misses nothing.
    pub fn spawn(mut self, stop: CancellationToken) -> mpsc::Receiver<Result<Stretch, ChainError>> {
        let (tell, stretches) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            loop {
                let advanced = tokio::select! {
                    biased;
                    () = stop.cancelled() => return,
                    advanced = self.advance() => advanced,
                };
                let last = advanced.is_err();
                if tell.send(advanced).await.is_err() || last {
                    return;
                }
            }
        });
        stretches
    }

    /// Waits for the next news; what fails on the way is tried again.
    pub(super) async fn advance(&mut self) -> Result<Stretch, ChainError> {
        loop {
            match self.step().await {
                Ok(Step::News(stretch)) => return Ok(stretch),
                Ok(Step::Quiet) => continue,
                Ok(Step::Moved) => {}
                // A narrower question is asked at once.
                Err(ChainError::RangeRefused { .. }) if self.width.blocks() > 1 => continue,
                Err(error) if error.class() == Class::Fatal => return Err(error),
                Err(error) => {
                    tracing::debug!(%error, next = self.window.next(), "these blocks are asked for again")
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// One look at the chain.
    async fn step(&mut self) -> Result<Step, ChainError> {
        let (head, next) = (self.news().await?, self.window.next());
        if head.number < next {
            return Ok(self.revert().await?.map_or(Step::Quiet, Step::News));
        }
        match head.number.saturating_sub(NEAR) {
            far if far >= next => self.read_far(next, far).await,
            _ => self.read_near(next, head).await,
        }
    }

    /// Reads the next block. It names the one before it, so that what is told is one line from what was told last, and what is
    /// read is of that very block. One at a time: what was read stays told when the endpoint fails at the next.
    async fn read_near(&mut self, next: u64, head: Head) -> Result<Step, ChainError> {
        let block = if next == head.number { head } else { self.chain.block(next).await? };
        if self.window.newest().is_some_and(|told| told.hash != block.parent) {
            return Ok(self.revert().await?.map_or(Step::Moved, Step::News));
        }
        let events = self.chain.events_of(&self.scope, &block).await?;
        Ok(Step::News(self.tell(&block, events)))
    }

    /// Reads as many blocks as may be asked for at once, all of them so deep that endpoints agree on them.
    async fn read_far(&mut self, next: u64, far: u64) -> Result<Step, ChainError> {
        let width = self.width.blocks();
        let to = next.saturating_add(width.saturating_mul(SIDE_BY_SIDE) - 1).min(far);
        let before = self.chain.block(to).await?;
        // Asked after the hash of `to`: what stands now is an ancestor of that block.
        if let Some(reverted) = self.revert().await? {
            return Ok(Step::News(reverted));
        }
        let asked = width.min(to - next + 1);
        let firsts = (0..SIDE_BY_SIDE).map(|part| next + part * asked).take_while(|first| *first <= to);
        let reading = firsts.map(|first| self.chain.events(&self.scope, first, to.min(first + asked - 1)));
        let events = match try_join_all(reading).await {
            Ok(events) => events.concat(),
            Err(error) => {
                match &error {
                    ChainError::RangeRefused { .. } => self.width.refused(asked),
                    _ => self.width.narrow(asked),
                }
                return Err(error);
            }
        };
        if self.chain.block(to).await?.hash != before.hash {
            return Ok(Step::Moved);
        }
        if asked >= width {
            self.width.served();
        }
        Ok(Step::News(self.tell(&before, events)))
    }

    fn tell(&mut self, last: &Head, events: Vec<Event>) -> Stretch {
        self.window.tell(Mark { number: last.number, hash: last.hash }, events.clone());
        Stretch { reverted_from: None, reverted: vec![], events, next_block: self.window.resume_at() }
    }

    /// A head with blocks to read, or the present one when none comes for a while.
    async fn news(&self) -> Result<Head, ChainError> {
        let (head, next) = (self.chain.head(), self.window.next());
        if head.number >= next {
            return Ok(head);
        }
        match tokio::time::timeout(RECHECK, self.chain.head_after(next.saturating_sub(1))).await {
            Ok(head) => head,
            Err(_) => Ok(self.chain.head()),
        }
    }

    /// Takes back what is no longer on the chain.
    async fn revert(&mut self) -> Result<Option<Stretch>, ChainError> {
        let Some(newest) = self.window.newest() else { return Ok(None) };
        if self.stands(&newest).await? {
            return Ok(None);
        }
        let older = self.window.marks();
        // Below a block that stands all stand, so the last of them is found by halving.
        let (mut standing, mut gone) = (0, older.len().saturating_sub(1));
        while standing < gone {
            let middle = standing + (gone - standing) / 2;
            match older.get(middle) {
                Some(mark) if self.stands(mark).await? => standing = middle + 1,
                _ => gone = middle,
            }
        }
        let fork = standing.checked_sub(1).and_then(|at| older.get(at)).map(|mark| mark.number);
        let reverted = self.window.cut(fork);
        let reverted_from = Some(self.window.next());
        tracing::warn!(told = newest.number, stands = ?fork, events = reverted.len(), "the chain was reorganised");
        Ok(Some(Stretch { reverted_from, reverted, events: vec![], next_block: self.window.resume_at() }))
    }

    /// Whether a block is on the chain. A block that the endpoint does not know has gone only if the head is below it.
    async fn stands(&self, mark: &Mark) -> Result<bool, ChainError> {
        match self.chain.block(mark.number).await {
            Ok(block) => Ok(block.hash == mark.hash),
            Err(ChainError::NotFound { .. }) if self.chain.head().number < mark.number => Ok(false),
            Err(error) => Err(error),
        }
    }
}
