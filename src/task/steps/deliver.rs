//! Revealed → Delivered: the archive goes to the pool's store, which needs it to finalise, so it is tried until the final
//! deadline. The task ends when the reveal stands: a reorg may throw it out, and then it is made again.

use super::{Heads, Step};
use crate::chain::ChainError;
use crate::poco::{Class, ContributionStatus, Fault, TaskStatus, result_hash};
use crate::results::Delivery;
use crate::task::runner::Runner;
use crate::task::{Contributed, Delivered, End, Revealed, State};

/// For how many blocks the reveal must have been seen before it is believed to stay.
const STANDS: u32 = 24;

/// What the chain says of our reveal.
enum Reveal {
    /// The task is over with it.
    Over,
    There,
    /// It must be there by this time, in Unix seconds.
    Missing(u64),
}

pub(in crate::task) async fn deliver(runner: &mut Runner, revealed: Revealed) -> Step {
    let Revealed { digest, accepted, mut location } = revealed;
    let task = runner.job.task;
    let delivery = Delivery {
        task,
        archive: runner.area.archive(),
        callback: runner.job.request.task.callback.is_some().then(|| runner.area.callback()),
    };
    let (mut there, mut missing) = (Heads::default(), Heads::default());
    loop {
        runner.wake.mark_unchanged();
        let final_deadline = runner.job.final_deadline;
        if location.is_none() {
            match runner.tools.store.put(&delivery).await {
                Ok(place) => location = Some(place),
                Err(error) if error.class() == Class::Retry => {
                    if runner.tools.chain.head().timestamp >= final_deadline {
                        return Err(error.into());
                    }
                    tracing::warn!(%task, %digest, %error, "the result is offered again");
                    runner.breathe().await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        let head = runner.tools.chain.head();
        let stands = match look(runner).await {
            Ok(Reveal::Over) => true,
            Ok(Reveal::There) => there.seen(head.number) >= STANDS || head.timestamp >= final_deadline,
            // The task may be over without it as well: what that means for the stake is seen from where it is made.
            Ok(Reveal::Missing(deadline)) => {
                if missing.gone(head, deadline) {
                    let hash = result_hash(task, digest);
                    let again = State::Contributed(Contributed { digest, hash, accepted });
                    return Ok((again, "our reveal is no longer on chain".into()));
                }
                runner.breathe().await?;
                continue;
            }
            Err(error) if error.class() == Class::Retry => {
                tracing::debug!(%task, %error, "the chain is asked again");
                runner.breathe().await?;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        missing = Heads::default();
        if let Some(location) = &location {
            if stands {
                let end = End::Delivered(Delivered { location: location.clone() });
                let reason = end.reason();
                return Ok((State::Ended(end), reason));
            }
            runner.pause().await?;
        }
    }
}

async fn look(runner: &Runner) -> Result<Reveal, ChainError> {
    let (chain, task) = (&runner.tools.chain, runner.job.task);
    let (on_chain, ours) = tokio::try_join!(chain.task(task), chain.contribution(task, runner.tools.wallet))?;
    Ok(match (ours.status, on_chain.status) {
        (ContributionStatus::Proved, TaskStatus::Completed | TaskStatus::Failed) => Reveal::Over,
        (ContributionStatus::Proved, _) => Reveal::There,
        (_, TaskStatus::Revealing) => Reveal::Missing(on_chain.reveal_deadline),
        (ContributionStatus::Unset, _) => Reveal::Missing(runner.job.contribution_deadline),
        _ => Reveal::Missing(runner.job.final_deadline),
    })
}
