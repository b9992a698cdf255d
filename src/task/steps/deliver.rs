//! Revealed → Delivered: the archive goes to the pool's store, which needs it to finalise, so it is tried until the final
//! deadline. The task ends when the reveal stands: a reorg may throw it out, and then it is made again.

use super::{Heads, Step};
use crate::chain::ChainError;
use crate::poco::{Class, ContributionStatus, Fault, TaskStatus, result_hash};
use crate::results::Delivery;
use crate::task::runner::Runner;
use crate::task::{Contributed, Delivered, End, Revealed, State};

/// For how many blocks the reveal must have been seen, or must be missing, before that is believed.
const STANDS: u32 = 24;
const MISSING: u32 = 6;

/// What the chain says of our reveal.
enum Reveal {
    /// The task is over, for better or worse.
    Over,
    There,
    Missing,
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
        if location.is_none() {
            match runner.tools.store.put(&delivery).await {
                Ok(place) => location = Some(place),
                Err(error) if error.class() == Class::Retry => {
                    if runner.tools.chain.head().timestamp >= runner.job.final_deadline {
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
            Ok(Reveal::There) => {
                missing = Heads::default();
                there.seen(head.number) >= STANDS
            }
            Ok(Reveal::Missing) => {
                if missing.seen(head.number) >= MISSING && head.timestamp < runner.job.final_deadline {
                    let hash = result_hash(task, digest);
                    let again = State::Contributed(Contributed { digest, hash, accepted });
                    return Ok((again, "our reveal is no longer on chain".into()));
                }
                runner.breathe().await?;
                false
            }
            Err(error) if error.class() == Class::Retry => {
                tracing::debug!(%task, %error, "the chain is asked again");
                runner.breathe().await?;
                false
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(location) = location.as_ref()
            && (stands || head.timestamp >= runner.job.final_deadline)
        {
            let end = End::Delivered(Delivered { location: location.clone() });
            let reason = end.reason();
            return Ok((State::Ended(end), reason));
        }
        if location.is_some() && missing.count == 0 {
            runner.pause().await?;
        }
    }
}

async fn look(runner: &Runner) -> Result<Reveal, ChainError> {
    let (chain, task) = (&runner.tools.chain, runner.job.task);
    let (on_chain, ours) = tokio::try_join!(chain.task(task), chain.contribution(task, runner.tools.wallet))?;
    Ok(match (on_chain.status, ours.status) {
        (TaskStatus::Completed | TaskStatus::Failed, _) => Reveal::Over,
        (_, ContributionStatus::Proved) => Reveal::There,
        _ => Reveal::Missing,
    })
}
