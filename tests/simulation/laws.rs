//! What must hold after every run, whatever happened in it.

use super::hub::OnChain;
use super::plan::{Plan, Run};
use super::world::{GENESIS, Shared, WALLET, World};
use poco::chain::{Action, Happening};
use poco::ledger::{Ledger, StoredTask};
use poco::poco::{ContributionStatus, ResultHash, TaskId, TaskStatus, result_hash, result_seal};
use serde_json::Value;

/// After an own transaction that was never mined, another is tried within this time.
const RETRY: u64 = 45;
/// The rows of the plan's tasks.
pub(crate) async fn ends(shared: &Shared, ledger: &Ledger) -> Vec<Option<StoredTask>> {
    let tasks: Vec<TaskId> = shared.world().tasks.iter().map(|(task, _)| *task).collect();
    let mut rows = Vec::new();
    for task in tasks {
        rows.push(ledger.task(WALLET, task).await.unwrap());
    }
    rows
}

/// The laws that were broken, in words.
pub(crate) fn broken(shared: &Shared, ends: &[Option<StoredTask>]) -> Vec<String> {
    let world = shared.world();
    let mut broken = Vec::new();
    for ((task, _), row) in world.tasks.iter().zip(ends) {
        let mut told = signatures(&world, *task);
        told.extend(
            row.as_ref().filter(|row| !row.finished).map(|row| format!("it stays {} for ever", row.state)),
        );
        if !world.unsettled.contains(task) {
            told.extend(reveals(&world, *task));
            told.extend(contributes_again(&world, *task));
            told.extend(row.as_ref().map_or_else(|| unseen(&world, *task), |row| replay(&world, *task, row)));
        }
        broken.extend(told.iter().map(|law| format!("task {}: {law}", &task.to_string()[..8])));
    }
    broken
}

/// One digest per task, of a run that ended well, and no other is revealed.
fn signatures(world: &World, task: TaskId) -> Vec<String> {
    let mut broken = Vec::new();
    let first = world.first_signed(task);
    for (_, action) in &world.signed {
        match action {
            Action::Contribute { task: of, hash, seal, .. } if *of == task => {
                if Some(*hash) != first {
                    broken.push("two digests were signed".into());
                }
                let computed = world.computed.get(&task).into_iter().flatten();
                let known = computed
                    .map(|digest| (result_hash(task, *digest), result_seal(WALLET, task, *digest)))
                    .any(|known| known == (*hash, *seal));
                if !known {
                    broken.push("a contribution comes of no run that ended well".into());
                }
            }
            Action::Reveal { task: of, digest }
                if *of == task && Some(result_hash(task, *digest)) != first =>
            {
                broken.push("a digest is revealed that was not contributed".into());
            }
            _ => {}
        }
    }
    broken
}

/// Whoever is up for a tenth of the time for it reveals.
fn reveals(world: &World, task: TaskId) -> Vec<String> {
    let mut broken = Vec::new();
    for (at, block) in world.blocks.iter().enumerate() {
        for event in &block.events {
            let Happening::Consensus { task: of, hash } = event.what else { continue };
            let own = block.hub.contribution(task, WALLET);
            if of != task || own.status != ContributionStatus::Contributed || own.hash != hash {
                continue;
            }
            let revealed = world.blocks[at..].iter().flat_map(|block| &block.events).any(|event| {
                matches!(event.what, Happening::Revealed { task: of, worker, .. }
                    if of == task && worker == WALLET)
            });
            let Some(OnChain { task: chain, .. }) = block.hub.task(task) else { continue };
            let deadline = chain.reveal_deadline.min(chain.final_deadline) - GENESIS;
            let from = block.appended_at.max(world.lost_at.get(&task).copied().unwrap_or(0));
            let up = uptime(world, from, deadline);
            let vain = world.vain.get(&task).copied().unwrap_or(0);
            let needed = deadline.saturating_sub(block.appended_at) / 10 + vain * RETRY;
            if !revealed && up >= needed.max(1) {
                broken.push(format!(
                    "consensus at {from} was ours, the worker was up {up} s until {deadline}, and did not reveal"
                ));
            }
        }
    }
    broken
}

/// Whoever loses a contribution and is up for a tenth of the time that is left makes it again.
fn contributes_again(world: &World, task: TaskId) -> Option<String> {
    let lost = *world.lost_at.get(&task)?;
    if world.plan.tasks.len() > 1 {
        // Another task may have the stake by then.
        return None;
    }
    let deadline = world.newest().hub.task(task)?.task.contribution_deadline;
    let since = || world.blocks.iter().filter(|block| block.appended_at >= lost);
    let again = since().any(|block| block.hub.contribution(task, WALLET).status != ContributionStatus::Unset);
    let open = since()
        .filter(|block| block.head.timestamp < deadline)
        .all(|block| block.hub.task(task).is_none_or(|entry| entry.task.status == TaskStatus::Active));
    let until = deadline.saturating_sub(GENESIS);
    let vain = world.vain.get(&task).copied().unwrap_or(0);
    let needed = until.saturating_sub(lost) / 10 + vain * RETRY;
    let up = uptime(world, lost, until);
    (open && !again && up >= needed.max(1)).then(|| {
        format!(
            "our contribution was lost at {lost}, the worker was up {up} s until {until}, and it is not there"
        )
    })
}

/// Seconds in which a worker was alive and an endpoint answered.
fn uptime(world: &World, from: u64, until: u64) -> u64 {
    let alive = |second: u64| world.lives.iter().any(|(born, died)| (*born..*died).contains(&second));
    let out = |second: u64| world.plan.outages.iter().any(|(at, long)| (*at..at + long).contains(&second));
    (from..until).filter(|second| alive(*second) && !out(*second)).count() as u64
}

/// A task that is not in the ledger was never touched, and somebody said why.
fn unseen(world: &World, task: TaskId) -> Vec<String> {
    let plan = &world.plan;
    let mut broken = Vec::new();
    if world.first_signed(task).is_some() {
        broken.push("it was contributed to and is not in the ledger".into());
    }
    let at_peace = plan.deaths.is_empty() && plan.outages.is_empty();
    let quick = plan.faults.reorg + plan.faults.deep + plan.faults.pool_away == 0
        && plan.pool_outages.is_empty()
        && plan.tasks.len() == 1;
    let alone = plan.tasks[world.place(task)].peers.is_empty();
    if at_peace && quick && alone && !plan.tasks[world.place(task)].denied {
        broken.push("nobody took it".into());
    }
    broken
}

/// The ledger says what the chain says.
fn replay(world: &World, task: TaskId, row: &StoredTask) -> Vec<String> {
    let mut broken = Vec::new();
    let hub = &world.newest().hub;
    let own = hub.contribution(task, WALLET);
    let state = row.state.as_str();
    let proved = own.status == ContributionStatus::Proved;
    let agrees = match state {
        "delivered" => proved,
        "lost" | "expired" => !proved,
        "refused" => own.status == ContributionStatus::Unset,
        "failed" => own.status == ContributionStatus::Unset || stage(row) == "deliver",
        _ => true,
    };
    if !agrees {
        broken.push(format!("the ledger says {state} ({}), the chain says {:?}", row.body, own.status));
    }
    if state == "delivered" && !world.delivered.contains(&task) {
        broken.push("it was never delivered".into());
    }
    if state == "failed" && !may_fail(&world.plan, world, task, &stage(row)) {
        broken.push(format!("it failed without a cause: {}", row.body));
    }
    if own.hash != ResultHash(alloy::primitives::B256::ZERO) && Some(own.hash) != world.first_signed(task) {
        broken.push("the chain has a hash that was not signed first".into());
    }
    broken
}

fn stage(row: &StoredTask) -> String {
    let body: Value = serde_json::from_str(&row.body).unwrap();
    body["stage"].as_str().unwrap_or_default().to_owned()
}

/// What the plan gives a task to fail of.
fn may_fail(plan: &Plan, world: &World, task: TaskId, stage: &str) -> bool {
    let run = plan.tasks[world.place(task)].run;
    match stage {
        "prepare" => world.pulls_spoilt > 0,
        "run" => matches!(run, Run::Fails | Run::OutOfMemory | Run::TimesOut) || world.spoilt.contains(&task),
        "prove" => matches!(run, Run::Fickle | Run::LeavesNothing),
        _ => false,
    }
}
