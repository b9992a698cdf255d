//! Reads the views of every PoCo version since v5.0: fields were appended over time, and an old answer decodes as
//! a newer layout without an error but with wrong values.
//!
//! The layout is told by the answer itself: solc puts the first dynamic field right behind the head, so that
//! field's offset is the number of words that the head has.

use super::abi::{ContributionView, DealView, TaskView};
use super::types::{Contribution, Deal, Resource, Task};
use crate::poco::{ContributionStatus, DealId, ResultDigest, ResultHash, ResultSeal, TaskId, TaskStatus};
use alloy::primitives::{B256, U256};
use alloy::sol_types::SolValue;

const WORD: usize = 32;
/// Word of `Deal.params` in the head of a deal, and the number of words of that head with and without a sponsor.
const DEAL_PARAMS: usize = 15;
const DEAL_HEAD: usize = 22;
/// Word of `Task.contributors` in the head of a task, and the number of words of that head in v5.1 and later.
const TASK_CONTRIBUTORS: usize = 10;
const TASK_HEAD: usize = 15;

/// Why an answer is not what the ABI promises.
pub(super) type Undecodable = String;

/// Reads `viewDeal`.
pub(super) fn deal(id: DealId, answer: &[u8]) -> Result<Deal, Undecodable> {
    let (bytes, had_all) = with_head(answer, DEAL_PARAMS, DEAL_HEAD)?;
    let view = DealView::abi_decode(&bytes).map_err(|error| error.to_string())?;
    let resource =
        |r: super::abi::Resource| Resource { pointer: r.pointer, owner: r.owner, price_nrlc: r.price };
    Ok(Deal {
        id,
        app: resource(view.app),
        dataset: resource(view.dataset),
        workerpool: resource(view.workerpool),
        trust: view.trust,
        category: view.category,
        tag: view.tag,
        requester: view.requester,
        beneficiary: view.beneficiary,
        callback: view.callback,
        params: view.params,
        start_time: small(view.startTime)?,
        bot_first: small(view.botFirst)?,
        bot_size: small(view.botSize)?,
        worker_stake_nrlc: view.workerStake,
        scheduler_reward_ratio: view.schedulerRewardRatio,
        sponsor: had_all.then_some(view.sponsor),
    })
}

/// Reads `viewTask`.
pub(super) fn task(id: TaskId, answer: &[u8]) -> Result<Task, Undecodable> {
    let (bytes, _) = with_head(answer, TASK_CONTRIBUTORS, TASK_HEAD)?;
    let view = TaskView::abi_decode(&bytes).map_err(|error| error.to_string())?;
    Ok(Task {
        id,
        status: TaskStatus::from_abi(view.status).ok_or_else(|| format!("task status {}", view.status))?,
        deal: DealId(view.dealid),
        index: small(view.idx)?,
        timeref: small(view.timeref)?,
        contribution_deadline: small(view.contributionDeadline)?,
        reveal_deadline: small(view.revealDeadline)?,
        final_deadline: small(view.finalDeadline)?,
        consensus: (view.consensusValue != B256::ZERO).then_some(ResultHash(view.consensusValue)),
        reveal_counter: small(view.revealCounter)?,
        winner_counter: small(view.winnerCounter)?,
        contributors: view.contributors,
        digest: (view.resultDigest != B256::ZERO).then_some(ResultDigest(view.resultDigest)),
        results: view.results,
        results_callback: view.resultsCallback,
    })
}

/// Reads `viewContribution`.
pub(super) fn contribution(answer: &[u8]) -> Result<Contribution, Undecodable> {
    let mut bytes = answer.to_vec();
    if bytes.len() == 4 * WORD {
        // Before v5.0 the weight was not kept with the contribution.
        bytes.resize(5 * WORD, 0);
    }
    let view = ContributionView::abi_decode(&bytes).map_err(|error| error.to_string())?;
    Ok(Contribution {
        status: ContributionStatus::from_abi(view.status)
            .ok_or_else(|| format!("contribution status {}", view.status))?,
        hash: ResultHash(view.resultHash),
        seal: ResultSeal(view.resultSeal),
        enclave: view.enclaveChallenge,
    })
}

/// Widens the answer's head to `wanted` words, so that the newest layout decodes it: offsets move with the head, and
/// a missing word is zero or, where a dynamic field is missing, points at an empty one behind everything.
fn with_head(answer: &[u8], first_dynamic: usize, wanted: usize) -> Result<(Vec<u8>, bool), Undecodable> {
    let body = answer.get(WORD..).ok_or("an empty answer")?;
    let had = word_at(body, first_dynamic)? / WORD;
    if had >= wanted {
        return Ok((answer.to_vec(), true));
    }
    if had <= first_dynamic {
        return Err(format!("a head of {had} words"));
    }
    let missing = wanted - had;
    let mut wide = answer.get(..WORD).ok_or("an empty answer")?.to_vec();
    for index in 0..had {
        let start = index * WORD;
        let word = body.get(start..start + WORD).ok_or("an answer that ends in its head")?;
        if index == first_dynamic || (wanted == TASK_HEAD && index == 12) {
            let moved = word_at(body, index)? + missing * WORD;
            wide.extend_from_slice(&U256::from(moved).to_be_bytes::<WORD>());
        } else {
            wide.extend_from_slice(word);
        }
    }
    let end = (wanted * WORD) + body.len() - had * WORD;
    for index in had..wanted {
        let value = if wanted == TASK_HEAD && index == TASK_HEAD - 1 { end } else { 0 };
        wide.extend_from_slice(&U256::from(value).to_be_bytes::<WORD>());
    }
    wide.extend_from_slice(body.get(had * WORD..).ok_or("an answer that ends in its head")?);
    wide.extend_from_slice(&[0; WORD]);
    Ok((wide, false))
}

fn word_at(body: &[u8], index: usize) -> Result<usize, Undecodable> {
    let start = index * WORD;
    let word = body.get(start..start + WORD).ok_or("an answer that ends in its head")?;
    usize::try_from(U256::from_be_slice(word)).map_err(|_| "an offset beyond memory".to_owned())
}

fn small(value: U256) -> Result<u64, Undecodable> {
    u64::try_from(value).map_err(|_| format!("{value} where a small number belongs"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::primitives::Address;
    use alloy::sol;

    sol! {
        struct OldDeal {
            address a1; address a2; uint256 a3; address d1; address d2; uint256 d3; address w1; address w2; uint256 w3;
            uint256 trust; uint256 category; bytes32 tag; address requester; address beneficiary; address callback;
            string params; uint256 startTime; uint256 botFirst; uint256 botSize; uint256 workerStake;
            uint256 schedulerRewardRatio;
        }
        struct OldTask {
            uint8 status; bytes32 dealid; uint256 idx; uint256 timeref; uint256 contributionDeadline;
            uint256 revealDeadline; uint256 finalDeadline; bytes32 consensusValue; uint256 revealCounter;
            uint256 winnerCounter; address[] contributors; bytes32 resultDigest; bytes results;
        }
    }

    #[test]
    fn a_deal_of_v5_4_has_no_sponsor_and_keeps_its_params() {
        let old = OldDeal {
            a1: Address::repeat_byte(1),
            a2: Address::ZERO,
            a3: U256::from(7),
            d1: Address::ZERO,
            d2: Address::ZERO,
            d3: U256::ZERO,
            w1: Address::ZERO,
            w2: Address::ZERO,
            w3: U256::ZERO,
            trust: U256::from(3),
            category: U256::ZERO,
            tag: B256::ZERO,
            requester: Address::repeat_byte(9),
            beneficiary: Address::ZERO,
            callback: Address::ZERO,
            params: "{\"cmdline\":\"a rather long command line, longer than a word\"}".into(),
            startTime: U256::from(11),
            botFirst: U256::from(1),
            botSize: U256::from(2),
            workerStake: U256::from(5),
            schedulerRewardRatio: U256::from(1),
        };
        let read = deal(DealId(B256::ZERO), &old.abi_encode()).unwrap();
        assert_eq!(read.sponsor, None);
        assert_eq!(read.params, old.params);
        assert_eq!((read.start_time, read.bot_first, read.bot_size), (11, 1, 2));
        assert_eq!(read.app.price_nrlc, U256::from(7));
    }

    #[test]
    fn a_task_without_callback_fields_keeps_contributors_and_results() {
        let old = OldTask {
            status: 3,
            dealid: B256::repeat_byte(2),
            idx: U256::from(4),
            timeref: U256::from(300),
            contributionDeadline: U256::from(1),
            revealDeadline: U256::from(2),
            finalDeadline: U256::from(3),
            consensusValue: B256::repeat_byte(3),
            revealCounter: U256::from(1),
            winnerCounter: U256::from(1),
            contributors: vec![Address::repeat_byte(5), Address::repeat_byte(6)],
            resultDigest: B256::repeat_byte(4),
            results: b"where it lies".to_vec().into(),
        };
        let read = task(TaskId(B256::ZERO), &old.abi_encode()).unwrap();
        assert_eq!(read.contributors, old.contributors);
        assert_eq!(read.results, old.results);
        assert!(read.results_callback.is_empty());
    }

    #[test]
    fn a_truncated_answer_is_refused() {
        assert!(deal(DealId(B256::ZERO), &[0; 64]).is_err());
        assert!(task(TaskId(B256::ZERO), &[]).is_err());
        assert!(contribution(&[1; 16]).is_err());
    }
}
