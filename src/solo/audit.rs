//! What a ledger says of its tasks against what the chain says of them.

use crate::chain::{Chain, ChainError, Contribution};
use crate::ledger::{Finding, Witness};
use crate::poco::{ContributionStatus, result_hash};

/// Asks the chain about each task of a ledger and gives what does not agree. A worker that is at work, and a chain that is being
/// reorganised, are told of as they are at this moment.
pub async fn audit(chain: &dyn Chain, witnesses: &[Witness]) -> Result<Vec<Finding>, ChainError> {
    let mut findings = Vec::new();
    for witness in witnesses {
        let made = chain.contribution(witness.task, witness.wallet).await?;
        if let Some((rule, how)) = disagreement(witness, &made) {
            let what =
                format!("task {} of {} is {} here; {how}", witness.task, witness.wallet, witness.state);
            findings.push(Finding { rule, what });
        }
    }
    Ok(findings)
}

/// Why the two cannot both be, by the hub's rules of contribute and reveal.
fn disagreement(witness: &Witness, made: &Contribution) -> Option<(&'static str, &'static str)> {
    let revealed = matches!(witness.state.as_str(), "revealed" | "delivered");
    let contributed = revealed || witness.state == "contributed";
    match (made.status, witness.digest) {
        (ContributionStatus::Unset, _) if contributed => {
            Some(("not-on-chain", "the chain has no contribution"))
        }
        (ContributionStatus::Unset, _) => None,
        (_, None) => {
            Some(("digest-unknown", "the chain has a contribution whose digest is not in this ledger"))
        }
        (_, Some(digest)) if made.hash != result_hash(witness.task, digest) => {
            Some(("hash-differs", "the chain has a contribution of another digest"))
        }
        (status, _) if revealed && status != ContributionStatus::Proved => {
            Some(("not-revealed", "the chain has a contribution that is not revealed"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poco::{ResultDigest, ResultHash, ResultSeal, TaskId};
    use alloy::primitives::{Address, B256};

    #[test]
    fn each_way_to_disagree_has_its_word() {
        let (task, digest) = (TaskId(B256::repeat_byte(1)), ResultDigest(B256::repeat_byte(2)));
        let ours = result_hash(task, digest);
        let other = ResultHash(B256::repeat_byte(3));
        use ContributionStatus::{Contributed, Proved, Rejected, Unset};
        for (state, known, status, hash, expected) in [
            ("accepted", false, Unset, ours, None),
            ("digested", true, Unset, ours, None),
            // Sent, mined, and the worker was killed before it saw that.
            ("digested", true, Contributed, ours, None),
            ("contributed", true, Contributed, ours, None),
            ("contributed", true, Rejected, ours, None),
            ("delivered", true, Proved, ours, None),
            ("lost", true, Contributed, ours, None),
            ("contributed", true, Unset, ours, Some("not-on-chain")),
            ("revealed", true, Unset, ours, Some("not-on-chain")),
            ("accepted", false, Contributed, ours, Some("digest-unknown")),
            ("digested", true, Contributed, other, Some("hash-differs")),
            ("revealed", true, Contributed, ours, Some("not-revealed")),
        ] {
            let witness =
                Witness { wallet: Address::ZERO, task, state: state.into(), digest: known.then_some(digest) };
            let made = Contribution { status, hash, seal: ResultSeal(B256::ZERO), enclave: Address::ZERO };
            let found = disagreement(&witness, &made).map(|(rule, _)| rule);
            assert_eq!(found, expected, "{state} {status:?}");
        }
    }
}
