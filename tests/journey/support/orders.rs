//! What is deployed and bought.

use alloy::primitives::Address;
use poco::dapp::BuyOrder;
use poco::poco::{DealId, Nrlc, TaskId};
use serde_json::json;

/// A registered app and the price its owner asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct App {
    pub(crate) address: Address,
    pub(crate) price: Nrlc,
}

/// A struck deal.
#[derive(Clone, Debug)]
pub(crate) struct Deal {
    pub(crate) id: DealId,
    pub(crate) tasks: Vec<TaskId>,
}

impl Deal {
    /// The only task of a deal that has one.
    pub(crate) fn task(&self) -> TaskId {
        let [task] = self.tasks[..] else { panic!("the deal has {} tasks", self.tasks.len()) };
        task
    }
}

/// An order of one run of the classic contract that runs `script` by the probe's shell.
pub(crate) fn shell(script: &str) -> BuyOrder {
    assert!(!script.contains('\''), "the script stands in single quotes");
    classic(json!({ "cmdline": format!("sh -c '{script}'") }))
}

/// An order with these params.
pub(crate) fn classic(params: serde_json::Value) -> BuyOrder {
    BuyOrder { params: params.to_string(), ..BuyOrder::default() }
}
