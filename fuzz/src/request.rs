//! What the chain says of a task, as a worker has it when it asks a contract.

use alloy::primitives::{Address, B256};
use poco::dapp::{AppFacts, DappError, Request, TaskFacts};
use poco::poco::{DealId, TaskId};

/// A task of the app at `multiaddr` with these params, called back or not.
pub(crate) fn request(multiaddr: &str, params: &str, callback: bool) -> Request {
    Request {
        task: TaskFacts {
            task: TaskId(B256::repeat_byte(1)),
            deal: DealId(B256::repeat_byte(2)),
            index: 4,
            bot_first: 3,
            bot_size: 2,
            callback: callback.then(|| Address::repeat_byte(3)),
        },
        app: AppFacts { kind: "DOCKER".into(), multiaddr: multiaddr.into(), checksum: None },
        dataset: None,
        params: params.into(),
    }
}

/// A flaw of JSON is told at a place that the text has.
pub(crate) fn told_inside(text: &str, error: &DappError) {
    let DappError::Json { line, column, problem, help, .. } = error else { return };
    let told =
        text.split('\n').nth(line.wrapping_sub(1)).unwrap_or_else(|| panic!("no line {line}: {error}"));
    assert!((1..=told.chars().count() + 1).contains(column), "no column {column} in {told:?}: {error}");
    assert!(!problem.is_empty() && !help.is_empty());
}
