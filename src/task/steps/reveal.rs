//! Contributed → Revealed: triggered by the chain's own state, by nobody's message.

use super::Step;
use super::contribute::lost;
use crate::chain::{Action, ChainError};
use crate::poco::{Class, ContributionStatus, Fault, ResultHash, TaskStatus, moves};
use crate::task::runner::Runner;
use crate::task::{Contributed, End, Revealed, State};
use alloy::primitives::B256;

/// How often the hub may refuse what the views say it would take.
const REFUSALS: u32 = 3;

pub(in crate::task) async fn reveal(runner: &mut Runner, contributed: Contributed) -> Step {
    let Contributed { digest, .. } = contributed;
    let (task, wallet) = (runner.job.task, runner.tools.wallet);
    let mut refused = 0;
    loop {
        runner.wake.mark_unchanged();
        let chain = &runner.tools.chain;
        let now = chain.head().timestamp;
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
                return Ok((State::Revealed(Revealed { digest }), "it had landed unseen".into()));
            }
            ContributionStatus::Rejected => {
                return Ok(lost("our group did not reveal in time and was rejected".into()));
            }
            // Unset here means an endpoint that has not seen our contribution's block yet.
            ContributionStatus::Contributed | ContributionStatus::Unset => {}
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
            TaskStatus::Completed => return Ok(lost("the task was finalised without our reveal".into())),
            TaskStatus::Revealing if ours.status == ContributionStatus::Unset => runner.breathe().await?,
            TaskStatus::Revealing => {
                let own = moves::Contributed { status: ours.status, hash: ours.hash, seal: ours.seal };
                let agreed = on_chain.consensus.unwrap_or(ResultHash(B256::ZERO));
                if let Err(refusal) = on_chain.facts().may_reveal(now, &own, agreed, (task, wallet, digest)) {
                    return Ok(lost(refusal.to_string()));
                }
                match chain.act(wallet, Action::Reveal { task, digest }).await {
                    Ok(receipt) => {
                        let reason = format!("in block {}, {}", receipt.block, receipt.hash);
                        return Ok((State::Revealed(Revealed { digest }), reason));
                    }
                    Err(error @ (ChainError::Refused { .. } | ChainError::Reverted { .. })) => {
                        refused += 1;
                        if refused == REFUSALS {
                            return Err(error.into());
                        }
                    }
                    Err(error @ ChainError::NoGas { .. }) => runner.without_gas(error).await?,
                    Err(error) if error.class() == Class::Retry => {}
                    Err(error) => return Err(error.into()),
                }
                runner.breathe().await?;
            }
        }
    }
}
