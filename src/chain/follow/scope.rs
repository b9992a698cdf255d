//! Which of the hub's events a follower is told, as filters of logs. Nothing is kept here.

use crate::chain::abi::Hub;
use alloy::primitives::Address;
use alloy::rpc::types::Filter;
use alloy::sol_types::SolEvent;

/// Which events are followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// What concerns one workerpool: its deals, and all tasks' events.
    Workerpool(Address),
    /// One hub's tasks and payments, whoever's they are.
    Everything,
}

impl Scope {
    pub(in crate::chain) fn filters(&self, hub: Address) -> Vec<Filter> {
        let tasks = vec![
            Hub::TaskContribute::SIGNATURE_HASH,
            Hub::TaskConsensus::SIGNATURE_HASH,
            Hub::TaskReveal::SIGNATURE_HASH,
            Hub::TaskReopen::SIGNATURE_HASH,
            Hub::TaskFinalize::SIGNATURE_HASH,
            Hub::TaskClaimed::SIGNATURE_HASH,
        ];
        match self {
            Self::Workerpool(pool) => vec![
                Filter::new()
                    .address(hub)
                    .event_signature(vec![Hub::SchedulerNotice::SIGNATURE_HASH])
                    .topic1(pool.into_word()),
                Filter::new()
                    .address(hub)
                    .event_signature(vec![Hub::TaskInitialize::SIGNATURE_HASH])
                    .topic2(pool.into_word()),
                Filter::new().address(hub).event_signature(tasks),
            ],
            Self::Everything => vec![Filter::new().address(hub)],
        }
    }
}
