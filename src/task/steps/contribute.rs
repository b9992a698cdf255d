//! Digested → Contributed: the sealed digest goes on chain, once.
//!
//! Every attempt starts from what the chain says, so that a contribution which landed unseen is recognised and none is
//! sent twice.

use super::Step;
use crate::chain::{Account, Action, ChainError, Contribution, Task};
use crate::poco::moves::{Candidate, MoveRefusal};
use crate::poco::{Class, ContributionStatus, Fault, Nrlc, Tag, result_hash, result_seal};
use crate::task::runner::Runner;
use crate::task::{Contributed, Digested, End, State};
use alloy::primitives::Address;

/// How often the hub may refuse what the views say it would take.
const REFUSALS: u32 = 3;

pub(in crate::task) async fn contribute(runner: &mut Runner, digested: Digested) -> Step {
    let Digested { accepted, digest, .. } = digested;
    let (task, wallet) = (runner.job.task, runner.tools.wallet);
    let hash = result_hash(task, digest);
    let action = Action::Contribute {
        task,
        hash,
        seal: result_seal(wallet, task, digest),
        authorization: accepted.authorization,
    };
    let mut refused = 0;
    loop {
        let now = runner.tools.chain.head().timestamp;
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
                return Ok((State::Contributed(Contributed { digest, hash }), "it had landed unseen".into()));
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
        match runner.tools.chain.act(wallet, action.clone()).await {
            Ok(receipt) => {
                let reason = format!("in block {}, {}", receipt.block, receipt.hash);
                return Ok((State::Contributed(Contributed { digest, hash }), reason));
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
