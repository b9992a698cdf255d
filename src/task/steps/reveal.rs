//! Contributed → Revealed: triggered by the chain's own state, by nobody's message.
//!
//! A stake is locked by now, so nothing is given up before the task is over: what looks lost or too late may be the views
//! of two blocks, or of a block that a reorg throws out. A contribution that a reorg has thrown out is made again.

use super::contribute::lost;
use super::{Heads, MISSING, Step};
use crate::chain::{Action, ChainError};
use crate::poco::{Class, ContributionStatus, Fault, ResultHash, TaskStatus, moves};
use crate::task::runner::Runner;
use crate::task::{Contributed, Digested, End, Revealed, State};
use alloy::primitives::B256;

/// How often a task that agreed with us must be seen over without our reveal.
const LOOKS: u32 = 8;

pub(in crate::task) async fn reveal(runner: &mut Runner, contributed: Contributed) -> Step {
    let Contributed { digest, hash, accepted } = contributed;
    let (task, wallet) = (runner.job.task, runner.tools.wallet);
    let (mut missing, mut over) = (Heads::default(), 0);
    loop {
        runner.wake.mark_unchanged();
        let chain = &runner.tools.chain;
        let head = chain.head();
        let now = head.timestamp;
        let (on_chain, ours) = match tokio::try_join!(chain.task(task), chain.contribution(task, wallet)) {
            Ok(seen) => seen,
            Err(error) if error.class() == Class::Retry => {
                tracing::debug!(%task, %error, "the chain is asked again");
                runner.breathe().await?;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        match ours.status {
            ContributionStatus::Proved => {
                return Ok((
                    State::Revealed(Revealed { digest, accepted, location: None }),
                    "it had landed unseen".into(),
                ));
            }
            ContributionStatus::Rejected => {
                return Ok(lost("our group did not reveal in time and was rejected".into()));
            }
            ContributionStatus::Contributed => missing = Heads::default(),
            // An endpoint that has not seen our contribution's block yet, or a reorg.
            ContributionStatus::Unset => {
                let gone = missing.gone(head, runner.job.contribution_deadline);
                if gone
                    && on_chain.status == TaskStatus::Active
                    && now < runner.job.contribution_deadline
                    && let Some(accepted) = accepted
                {
                    let rule = "the digest that was contributed before".into();
                    let again = State::Digested(Digested { accepted, digest, rule });
                    return Ok((again, "our contribution is no longer on chain".into()));
                }
            }
        }
        match on_chain.status {
            TaskStatus::Unset | TaskStatus::Active if now >= runner.job.final_deadline => {
                let reason =
                    "no consensus before the final deadline; claiming gives the stake back".to_owned();
                return Ok((State::Ended(End::Expired { reason: reason.clone() }), reason));
            }
            TaskStatus::Unset | TaskStatus::Active => runner.pause().await?,
            TaskStatus::Failed => {
                let reason = "the task was claimed; the stake is back".to_owned();
                return Ok((State::Ended(End::Expired { reason: reason.clone() }), reason));
            }
            // The reveal may have landed, and the view of it be of an older block.
            TaskStatus::Completed if on_chain.consensus == Some(hash) && over < LOOKS => {
                over += 1;
                runner.breathe().await?;
            }
            TaskStatus::Completed => return Ok(lost("the task was finalised without our reveal".into())),
            TaskStatus::Revealing if ours.status == ContributionStatus::Unset && missing.count < MISSING => {
                runner.breathe().await?;
            }
            TaskStatus::Revealing => {
                let own = moves::Contributed { status: ours.status, hash: ours.hash, seal: ours.seal };
                let agreed = on_chain.consensus.unwrap_or(ResultHash(B256::ZERO));
                if let Err(refusal) = on_chain.facts().may_reveal(now, &own, agreed, (task, wallet, digest)) {
                    if now >= runner.job.final_deadline {
                        return Ok(lost(refusal.to_string()));
                    }
                    runner.pause().await?;
                    continue;
                }
                match chain.act(wallet, Action::Reveal { task, digest }).await {
                    Ok(receipt) => {
                        let reason = format!("in block {}, {}", receipt.block, receipt.hash);
                        return Ok((State::Revealed(Revealed { digest, accepted, location: None }), reason));
                    }
                    Err(error @ ChainError::NoGas { .. }) => runner.without_gas(error).await?,
                    // The views say that the hub takes it, so an endpoint lags; the deadline will tell.
                    Err(ChainError::Refused { .. } | ChainError::Reverted { .. }) => {}
                    Err(error) if error.class() == Class::Retry => {}
                    Err(error) => return Err(error.into()),
                }
                runner.breathe().await?;
            }
        }
    }
}
