//! Ran → Digested: the digest, for ever, and the archive.

use super::Step;
use super::prepare::blocking;
use crate::results::{self, Left, Logs};
use crate::task::runner::Runner;
use crate::task::{Digested, Ran, State, TaskError};

pub(in crate::task) async fn prove(runner: &Runner, ran: Ran) -> Step {
    let Ran { accepted, launch, baseline, stdout_cut, stderr_cut } = ran;
    let (area, policy) = (runner.area.clone(), runner.tools.proof_policy);
    let (proof, left_out) = blocking(move || -> Result<_, TaskError> {
        let logs = Logs { stdout_cut, stderr_cut };
        let outputs = area.folder(launch.outputs);
        let left = Left { area: &area, outputs: &outputs, baseline: &baseline, logs };
        let proof = results::prove(&left, launch.proof, &policy)?;
        let archive = results::pack(&left, launch.proof, &policy)?;
        if let Some(callback) = &proof.callback {
            std::fs::write(area.callback(), callback).map_err(TaskError::Folder)?;
        }
        Ok((proof, archive.left_out.len()))
    })
    .await??;

    let rule = proof.rule.to_string();
    // Entering the state writes the digest too; from then on this task has that one, whatever a second run may say.
    // The digest itself is secret until it is revealed: reasons are logged, it is not.
    let mut reason = rule.clone();
    if left_out > 0 {
        reason.push_str(&format!("; {left_out} links that lead elsewhere are not in the archive"));
    }
    Ok((State::Digested(Digested { accepted, digest: proof.digest, rule }), reason))
}
