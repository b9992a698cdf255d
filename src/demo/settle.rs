//! Follows a deal's task on chain to its end.

use super::DemoError;
use super::report::{TimelineEntry, WorkerLine};
use crate::chain::{Chain, Event, EvmChain, Follower, Happening, Scope};
use crate::poco::{ContributionStatus, TaskId};
use alloy::primitives::{Address, I256, U256};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Follows the chain from `block` on until `task` is finalised or claimed; `tell` hears of each entry at once.
pub(super) async fn follow(
    chain: &EvmChain,
    names: &HashMap<Address, String>,
    task: TaskId,
    block: u64,
    patience: Duration,
    mut tell: impl FnMut(&TimelineEntry),
) -> Result<(Vec<TimelineEntry>, Vec<Event>), DemoError> {
    let stop = CancellationToken::new();
    let _ends = stop.clone().drop_guard();
    let start = Instant::now();
    let mut stretches = Follower::new(Arc::new(chain.clone()), Scope::Everything, block).spawn(stop);
    let (mut timeline, mut money) = (Vec::new(), Vec::new());
    loop {
        let late = DemoError::TookTooLong { task, seconds: patience.as_secs() };
        let Ok(Some(Ok(stretch))) = tokio::time::timeout_at(start + patience, stretches.recv()).await else {
            return Err(late);
        };
        let mut over = false;
        for event in stretch.events {
            if let Some(actor) = actor(&event.what, task, names) {
                let seconds = start.elapsed().as_millis() as f64 / 1000.0;
                let entry = TimelineEntry { block: event.block, event: event.what.name(), actor, seconds };
                tell(&entry);
                timeline.push(entry);
            }
            over |= matches!(&event.what, Happening::Finalized { task: ended, .. } | Happening::Claimed(ended)
                if *ended == task);
            money.push(event);
        }
        if over {
            return Ok((timeline, money));
        }
    }
}

/// Who acted, for the events that tell the story.
fn actor(what: &Happening, ours: TaskId, names: &HashMap<Address, String>) -> Option<String> {
    let named = |address: &Address| names.get(address).cloned().unwrap_or_else(|| address.to_string());
    if what.task().is_some_and(|task| task != ours) {
        return None;
    }
    match what {
        Happening::Notice { .. } => Some("requester".into()),
        Happening::Contributed { worker, .. } | Happening::Revealed { worker, .. } => Some(named(worker)),
        Happening::Consensus { .. } => Some("hub".into()),
        Happening::Rewarded { .. } | Happening::Seized { .. } => None,
        _ => Some("scheduler".into()),
    }
}

/// What each contributor won or lost, of the payments in the block that settled the task.
pub(super) async fn workers(
    chain: &EvmChain,
    task: TaskId,
    events: &[Event],
) -> Result<Vec<WorkerLine>, DemoError> {
    let view = chain.task(task).await?;
    let settled =
        events.iter().find(|event| matches!(event.what, Happening::Finalized { task: t, .. } if t == task));
    let block = settled.map(|event| event.block);
    let mut lines = Vec::new();
    for address in view.contributors {
        let theirs = chain.contribution(task, address).await?;
        let mut reward = I256::ZERO;
        for event in events.iter().filter(|event| Some(event.block) == block) {
            match event.what {
                Happening::Rewarded { account, amount_nrlc } if account == address => {
                    reward += signed(amount_nrlc)
                }
                Happening::Seized { account, amount_nrlc } if account == address => {
                    reward -= signed(amount_nrlc)
                }
                _ => {}
            }
        }
        let status = match (theirs.status, view.consensus == Some(theirs.hash)) {
            // The chain leaves losers as they were; their stake is gone all the same.
            (ContributionStatus::Contributed, false) => ContributionStatus::Rejected,
            (status, _) => status,
        };
        lines.push(WorkerLine { address, result_hash: theirs.hash, status, reward: reward.to_string() });
    }
    Ok(lines)
}

/// Escrow never holds more than fits.
fn signed(amount: U256) -> I256 {
    I256::try_from(amount).unwrap_or(I256::MAX)
}
