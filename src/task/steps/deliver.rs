//! Revealed → Delivered: the archive goes to the pool's store. The stake is safe by now; the pool needs the result's
//! place to finalise, so it is tried until the final deadline.

use super::Step;
use crate::poco::{Class, Fault};
use crate::results::Delivery;
use crate::task::runner::Runner;
use crate::task::{Delivered, End, Revealed, State};

pub(in crate::task) async fn deliver(runner: &mut Runner, revealed: Revealed) -> Step {
    let delivery = Delivery {
        task: runner.job.task,
        archive: runner.area.archive(),
        callback: runner.job.request.task.callback.is_some().then(|| runner.area.callback()),
    };
    loop {
        match runner.tools.store.put(&delivery).await {
            Ok(location) => {
                let end = End::Delivered(Delivered { location });
                let reason = end.reason();
                return Ok((State::Ended(end), reason));
            }
            Err(error) if error.class() == Class::Retry => {
                let now = runner.tools.chain.head().timestamp;
                if now >= runner.job.final_deadline {
                    return Err(error.into());
                }
                tracing::warn!(task = %runner.job.task, digest = %revealed.digest, %error, "the result is offered again");
                runner.breathe().await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
}
