//! Digested → Contributed: the sealed digest goes on chain, once.
//!
//! Every attempt starts from what the chain says, so that a contribution which landed unseen is recognised and none is
//! sent twice. What was sent may land late, and two views may be of two blocks: a task is given up only when it is over,
//! or when the chain has said the same for a number of blocks.

use super::{Heads, Step};
use crate::chain::{Account, Action, ChainError, Contribution, Task};
use crate::poco::moves::{Candidate, MoveRefusal};
use crate::poco::{Class, ContributionStatus, Fault, Nrlc, Tag, TaskStatus, result_hash, result_seal};
use crate::task::runner::Runner;
use crate::task::{Contributed, Digested, End, State};
use alloy::primitives::Address;

/// For how many blocks the hub may refuse what the views say it would take, or say that it is too late, before that is
/// believed: an endpoint may lag that far.
const BELIEVED: u32 = 16;

pub(in crate::task) async fn contribute(runner: &mut Runner, digested: Digested) -> Step {
    let Digested { accepted, digest, .. } = digested;
    let contributed = |hash| Contributed { digest, hash, accepted: Some(accepted.clone()) };
    let (task, wallet) = (runner.job.task, runner.tools.wallet);
    let hash = result_hash(task, digest);
    let seal = result_seal(wallet, task, digest);
    let (mut refused, mut late) = (Heads::default(), Heads::default());
    loop {
        runner.wake.mark_unchanged();
        let head = runner.tools.chain.head();
        let now = head.timestamp;
        let (on_chain, ours, account) = match look(runner).await {
            Ok(seen) => seen,
            Err(error) if error.class() == Class::Retry => {
                tracing::debug!(%task, %error, "the chain is asked again");
                runner.breathe().await?;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        match (ours.status, ours.hash == hash) {
            (ContributionStatus::Unset, _) => {}
            (ContributionStatus::Contributed | ContributionStatus::Proved, true) => {
                return Ok((State::Contributed(contributed(hash)), "it had landed unseen".into()));
            }
            (status, _) => {
                return Ok(lost(format!("the chain has a contribution of ours that is {status:?}")));
            }
        }
        match on_chain.facts().may_contribute(now, &candidate(runner, &ours, &account)) {
            Ok(()) => {}
            // The event was seen and the view does not have the task yet: the endpoint lags.
            Err(MoveRefusal::NotYet(_)) if now < runner.job.contribution_deadline => {
                runner.breathe().await?;
                continue;
            }
            // Perhaps it is our own contribution that made the consensus, and the views are of two blocks.
            Err(MoveRefusal::Past(TaskStatus::Revealing)) if now < runner.job.final_deadline => {
                runner.pause().await?;
                continue;
            }
            Err(MoveRefusal::TooLate(_)) if late.seen(head.number) < BELIEVED => {
                runner.breathe().await?;
                continue;
            }
            // The stake is locked by other tasks, or by what we sent and do not see yet: both come to an end.
            Err(MoveRefusal::Stake { .. }) => {
                runner.pause().await?;
                continue;
            }
            Err(MoveRefusal::NotYet(status) | MoveRefusal::Past(status)) => {
                return Ok(lost(format!("the task is {status:?} without a contribution of ours")));
            }
            Err(late @ MoveRefusal::TooLate(_)) => {
                return Ok((State::Ended(End::Expired { reason: late.to_string() }), late.to_string()));
            }
            Err(other) => {
                return Err(ChainError::Refused { action: "contribute", reason: other.to_string() }.into());
            }
        }
        let action = Action::Contribute {
            task,
            hash,
            seal,
            authorization: accepted.authorization.clone(),
            contributors: on_chain.contributors.len() as u64,
        };
        match runner.tools.chain.act(wallet, action).await {
            Ok(receipt) => {
                let reason = format!("in block {}, {}", receipt.block, receipt.hash);
                return Ok((State::Contributed(contributed(hash)), reason));
            }
            Err(error @ (ChainError::Refused { .. } | ChainError::Reverted { .. })) => {
                if refused.seen(head.number) >= BELIEVED {
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

async fn look(runner: &Runner) -> Result<(Task, Contribution, Account), ChainError> {
    let (chain, task, wallet) = (&runner.tools.chain, runner.job.task, runner.tools.wallet);
    tokio::try_join!(chain.task(task), chain.contribution(task, wallet), chain.account(wallet))
}

fn candidate(runner: &Runner, ours: &Contribution, account: &Account) -> Candidate {
    Candidate {
        own: ours.status,
        enclave: Address::ZERO,
        tag: Tag(runner.job.deal.tag),
        free: Nrlc(account.stake_nrlc),
        stake: Nrlc(runner.job.deal.worker_stake_nrlc),
    }
}

pub(super) fn lost(reason: String) -> (State, String) {
    (State::Ended(End::Lost { reason: reason.clone() }), reason)
}
