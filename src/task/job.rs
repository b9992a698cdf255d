//! The facts of one task, read from the chain once and never stored: the chain is the truth.

use super::Refusal;
use crate::chain::{Chain, ChainError, Deal, Task};
use crate::container::Engine;
use crate::container::policy::{Party, Wanted};
use crate::dapp::location::dataset_text;
use crate::dapp::{self, AppFacts, DatasetFacts, ImageDigest, Plan, Request, TaskFacts};
use crate::poco::{DealId, TaskId};
use alloy::primitives::{Address, B256};

/// The facts of one task.
#[derive(Clone, Debug)]
pub struct Job {
    /// The deal, as struck.
    pub deal: Deal,
    /// The task's index.
    pub index: u64,
    /// The task.
    pub task: TaskId,
    /// The wall-clock time that the category gives, in seconds.
    pub timeref: u64,
    /// Contributions are taken before this second of the chain.
    pub contribution_deadline: u64,
    /// Finalisation is taken before this second of the chain.
    pub final_deadline: u64,
    /// What is asked of the container.
    pub request: Request,
}

impl Job {
    /// Reads everything about `task` of which the container must know.
    pub async fn read(chain: &dyn Chain, task: &Task) -> Result<Self, ChainError> {
        let deal = chain.deal(task.deal).await?;
        let app = chain.app(deal.app.pointer).await?;
        let dataset = if deal.dataset.pointer.is_zero() {
            None
        } else {
            let entry = chain.dataset(deal.dataset.pointer).await?;
            Some(DatasetFacts {
                address: deal.dataset.pointer,
                multiaddr: location(&entry.multiaddr),
                checksum: entry.checksum.0,
            })
        };
        let request = Request {
            task: facts(task.id, deal.id, task.index, &deal),
            app: AppFacts {
                kind: app.kind,
                multiaddr: text(&app.multiaddr),
                checksum: (app.checksum != B256::ZERO).then_some(ImageDigest(app.checksum.0)),
            },
            dataset,
            params: deal.params.clone(),
        };
        Ok(Self {
            index: task.index,
            task: task.id,
            timeref: task.timeref,
            contribution_deadline: task.contribution_deadline,
            final_deadline: task.final_deadline,
            request,
            deal,
        })
    }
    /// Whether what is asked can be understood and may be done here.
    ///
    /// # Errors
    /// [`Refusal::Dapp`], [`Refusal::Image`].
    pub fn asks(&self, engine: &dyn Engine) -> Result<(), Refusal> {
        dapp::check_kind(&self.request.app)?;
        let plan = dapp::contract_for(&self.request).plan(&self.request)?;
        Ok(engine.admits(&self.wanted(&plan))?)
    }

    /// The image that `plan` asks for, and on whose behalf.
    pub fn wanted(&self, plan: &Plan) -> Wanted {
        Wanted {
            reference: plan.image.clone(),
            checksum: plan.checksum,
            app: Party::of(self.deal.app.pointer),
            requester: Party::of(self.deal.requester),
            dataset: Party::of(self.deal.dataset.pointer),
        }
    }
}

fn facts(task: TaskId, deal_id: DealId, index: u64, deal: &Deal) -> TaskFacts {
    let somebody = |address: Address| (!address.is_zero()).then_some(address);
    TaskFacts {
        task,
        deal: deal_id,
        index,
        bot_first: deal.bot_first,
        bot_size: deal.bot_size,
        callback: somebody(deal.callback),
    }
}

/// A dataset's place as text; what no rule reads stays as hex, which the adapter then refuses by name.
fn location(bytes: &[u8]) -> String {
    dataset_text(bytes).unwrap_or_else(|_| format!("0x{}", hex::encode(bytes)))
}

/// Multiaddrs are bytes on chain; what is not UTF-8 is told by the adapter that reads it.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
