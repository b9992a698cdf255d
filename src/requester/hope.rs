//! Whether a task that is watched can still be done. The chain says so only when its deadlines are over, which may be hours
//! after the last worker gave up.

use super::RequesterError;
use crate::chain::Task;
use crate::poco::TaskStatus;
use alloy::primitives::Address;
use serde_json::Value;

/// So long, in seconds of the chain, nobody new may come to a task that all have given up: a pool lets in one worker after
/// the other.
const PATIENCE_SECONDS: u64 = 20;

/// The hope for one task; owned by whoever watches it.
#[derive(Debug, Default)]
pub struct Hope {
    /// Since when everyone has given up, in Unix seconds.
    given_up_since: Option<u64>,
}

impl Hope {
    /// Looks at the task at the chain's time `now`. `contributed` is how many contributions count; `pool` is what
    /// [`pool_view`](super::pool_view) gave, if it did.
    ///
    /// # Errors
    /// [`RequesterError::GivenUp`] once the task cannot be done any more, or nobody is left who does it.
    pub fn look(
        &mut self,
        task: &Task,
        contributed: usize,
        pool: Option<&Value>,
        now: u64,
    ) -> Result<(), RequesterError> {
        let given_up = |why: String| Err(RequesterError::GivenUp { task: task.id, why });
        if task.status == TaskStatus::Failed {
            return given_up("it was claimed, and the stakes went back".into());
        }
        if task.status != TaskStatus::Active {
            self.given_up_since = None;
            return Ok(());
        }
        if now >= task.contribution_deadline {
            return given_up("no consensus came before its contribution deadline".into());
        }
        match pool.map(gave_up) {
            Some(count) if count > 0 && contributed == 0 => {
                let since = *self.given_up_since.get_or_insert(now);
                if now.saturating_sub(since) >= PATIENCE_SECONDS {
                    return given_up(format!("{count} gave up and nobody else is at it"));
                }
            }
            Some(_) => self.given_up_since = None,
            // A pool that does not answer now has said nothing new.
            None => {}
        }
        Ok(())
    }
}

/// How many gave up, when that is everyone whom the pool let in; else 0.
fn gave_up(pool: &Value) -> usize {
    let list = |key: &str| pool[key].as_array().map_or(&[][..], Vec::as_slice);
    let worker = |value: &Value| value.as_str().and_then(|text| text.parse::<Address>().ok());
    let reported: Vec<Address> =
        list("reports").iter().filter_map(|report| worker(&report["worker"])).collect();
    let all = list("authorized").iter().filter_map(worker).all(|worker| reported.contains(&worker));
    if all { reported.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poco::{DealId, TaskId};
    use alloy::primitives::{B256, Bytes};
    use serde_json::json;

    const ONE: Address = Address::repeat_byte(1);
    const TWO: Address = Address::repeat_byte(2);

    fn task(status: TaskStatus) -> Task {
        Task {
            id: TaskId(B256::ZERO),
            status,
            deal: DealId(B256::ZERO),
            index: 0,
            timeref: 100,
            contribution_deadline: 1_000,
            reveal_deadline: 0,
            final_deadline: 1_500,
            consensus: None,
            reveal_counter: 0,
            winner_counter: 0,
            contributors: Vec::new(),
            digest: None,
            results: Bytes::new(),
            results_callback: Bytes::new(),
        }
    }

    fn pool(authorized: &[Address], reports: &[Address]) -> Value {
        let reports: Vec<_> = reports.iter().map(|worker| json!({ "worker": worker })).collect();
        json!({ "authorized": authorized, "reports": reports })
    }

    #[test]
    fn a_task_that_all_gave_up_has_no_hope_after_a_while() {
        let (task, mut hope) = (task(TaskStatus::Active), Hope::default());
        let all = pool(&[ONE], &[ONE, TWO]);
        assert!(hope.look(&task, 0, Some(&all), 100).is_ok());
        assert!(hope.look(&task, 0, None, 110).is_ok());
        assert!(hope.look(&task, 0, Some(&all), 119).is_ok());
        let error = hope.look(&task, 0, Some(&all), 120).unwrap_err();
        assert!(error.to_string().contains("2 gave up"), "{error}");
    }

    #[test]
    fn another_worker_brings_new_hope() {
        let (task, mut hope) = (task(TaskStatus::Active), Hope::default());
        assert!(hope.look(&task, 0, Some(&pool(&[ONE], &[ONE])), 100).is_ok());
        assert!(hope.look(&task, 0, Some(&pool(&[ONE, TWO], &[ONE])), 110).is_ok());
        assert!(hope.look(&task, 0, Some(&pool(&[ONE, TWO], &[ONE, TWO])), 125).is_ok());
        assert!(hope.look(&task, 1, Some(&pool(&[ONE, TWO], &[ONE, TWO])), 150).is_ok());
        assert!(hope.look(&task, 0, Some(&pool(&[], &[])), 900).is_ok());
    }

    #[test]
    fn the_chain_ends_all_hope() {
        let mut hope = Hope::default();
        assert!(hope.look(&task(TaskStatus::Active), 3, None, 999).is_ok());
        assert!(hope.look(&task(TaskStatus::Active), 3, None, 1_000).is_err());
        assert!(hope.look(&task(TaskStatus::Failed), 0, None, 10).is_err());
        assert!(hope.look(&task(TaskStatus::Completed), 0, None, 2_000).is_ok());
        assert!(hope.look(&task(TaskStatus::Revealing), 2, None, 2_000).is_ok());
    }
}
