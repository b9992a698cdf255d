//! Which of the hub's events a follower is told, as a filter of logs. Nothing is kept here.

use crate::chain::Happening;
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
    /// What an endpoint is asked for: one question, whose answer holds what concerns other workerpools, too.
    pub(in crate::chain) fn filter(&self, hub: Address) -> Filter {
        let filter = Filter::new().address(hub);
        match self {
            Self::Workerpool(_) => filter.event_signature(vec![
                Hub::SchedulerNotice::SIGNATURE_HASH,
                Hub::TaskInitialize::SIGNATURE_HASH,
                Hub::TaskContribute::SIGNATURE_HASH,
                Hub::TaskConsensus::SIGNATURE_HASH,
                Hub::TaskReveal::SIGNATURE_HASH,
                Hub::TaskReopen::SIGNATURE_HASH,
                Hub::TaskFinalize::SIGNATURE_HASH,
                Hub::TaskClaimed::SIGNATURE_HASH,
            ]),
            Self::Everything => filter,
        }
    }

    /// Whether what happened is followed.
    pub(in crate::chain) fn takes(&self, what: &Happening) -> bool {
        match (self, what) {
            (
                Self::Workerpool(pool),
                Happening::Notice { workerpool, .. } | Happening::Initialized { workerpool, .. },
            ) => workerpool == pool,
            _ => true,
        }
    }
}
