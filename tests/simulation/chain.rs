//! The chain as the worker sees it: late, sometimes not at all, sometimes from an older block.

use super::hub::Hub;
use super::life::Life;
use super::world::{Fate, OWNER, POOL, WALLET};
use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use async_trait::async_trait;
use poco::chain::{
    Account, Action, AppEntry, Category, Chain, ChainError, Contribution, DatasetEntry, Deal, Event, Head,
    HubConfig, Receipt, Resource, Scope, Task,
};
use poco::poco::{DealId, TaskId, TaskStatus};
use std::sync::Arc;
use std::time::Duration;

/// How long the sender waits for a receipt.
const PATIENCE: Duration = Duration::from_secs(30);

/// The question for a block by its number.
const BLOCK: &str = "eth_getBlockByNumber";

/// A connection of one life of the worker.
pub(crate) struct Window {
    life: Arc<Life>,
    config: HubConfig,
}

impl Window {
    pub(crate) fn new(life: Arc<Life>) -> Self {
        let config = HubConfig {
            chain_id: 31_337,
            hub: Address::repeat_byte(1),
            app_registry: Address::repeat_byte(2),
            dataset_registry: Address::repeat_byte(3),
            workerpool_registry: Address::repeat_byte(4),
            token: Address::repeat_byte(5),
            callback_gas: 100_000,
            contribution_ratio: 7,
            reveal_ratio: 2,
            final_ratio: 10,
            kitty: Address::repeat_byte(6),
        };
        Self { life, config }
    }

    /// Waits as long as an answer takes; then whether there is one, and from how many blocks ago.
    async fn travel(&self, call: &'static str) -> Result<u64, ChainError> {
        let shared = &self.life.shared;
        // A block by its number is mostly at hand: its neighbours were asked for just before.
        let at_once = call == BLOCK && shared.world().dice.chance(call, 0, 80);
        if !at_once {
            let millis = shared.world().dice.between(call, 1, 1, 150);
            tokio::time::sleep(Duration::from_millis(millis)).await;
        }
        if shared.out() {
            return Err(ChainError::Unavailable { call, reason: "no endpoint is up".into() });
        }
        // What is over for the chain is told truly, or a run might not end.
        let calm = shared.now() >= shared.world().plan.last_deadline();
        let mut world = shared.world();
        let faults = world.plan.faults;
        if !calm && world.dice.chance(call, 2, faults.away) {
            return Err(ChainError::Unavailable { call, reason: "bad luck".into() });
        }
        if !calm && world.dice.chance(call, 3, faults.lag) {
            return Ok(world.dice.between(call, 4, 1, 6));
        }
        Ok(0)
    }

    async fn ask<T>(&self, call: &'static str, answer: impl FnOnce(&Hub) -> T) -> Result<T, ChainError> {
        let number = self.life.before(call).await;
        let hub = match self.travel(call).await {
            Ok(back) => self.life.shared.world().hub(back),
            Err(error) => {
                self.life.after(number).await;
                return Err(error);
            }
        };
        let answer = answer(&hub);
        self.life.after(number).await;
        Ok(answer)
    }

    async fn receipt(&self, action: &'static str, id: usize) -> Result<Receipt, ChainError> {
        let hash = keccak256(format!("transaction {id}"));
        let unknown = |reason: &str| ChainError::Unknown { action, hash, reason: reason.into() };
        let mined = async {
            loop {
                self.life.breathing().await;
                let fate = self.life.shared.world().fate(id);
                if let Fate::Mined { block, succeeded } = fate {
                    return (block, succeeded);
                }
                self.life.shared.next_head().await;
            }
        };
        let Ok((block, succeeded)) = tokio::time::timeout(PATIENCE, mined).await else {
            return Err(unknown("no receipt yet"));
        };
        let lost = {
            let mut world = self.life.shared.world();
            let percent = world.plan.faults.lost_answer;
            world.dice.chance("lost", 0, percent)
        };
        if lost {
            return Err(unknown("the answer was lost"));
        }
        if succeeded {
            Ok(Receipt { hash, block, gas_used: 1 })
        } else {
            Err(ChainError::Reverted { action, hash })
        }
    }
}

#[async_trait]
impl Chain for Window {
    fn config(&self) -> &HubConfig {
        &self.config
    }

    fn head(&self) -> Head {
        self.life.shared.world().told
    }

    async fn head_after(&self, number: u64) -> Result<Head, ChainError> {
        loop {
            self.life.breathing().await;
            let head = self.head();
            if head.number > number {
                return Ok(head);
            }
            self.life.shared.next_head().await;
        }
    }

    async fn block(&self, number: u64) -> Result<Head, ChainError> {
        self.life.breathing().await;
        let back = self.travel(BLOCK).await?;
        let world = self.life.shared.world();
        let known = world.stretch(number, number.min(world.known(back))).first().map(|block| block.head);
        known.ok_or_else(|| ChainError::NotFound { what: format!("block {number}") })
    }

    async fn deal(&self, id: DealId) -> Result<Deal, ChainError> {
        let nobody = Resource { pointer: Address::ZERO, owner: Address::ZERO, price_nrlc: U256::ZERO };
        self.ask("viewDeal", |_| ()).await?;
        let known = {
            let world = self.life.shared.world();
            let place = world.tasks.iter().position(|(_, fixed)| fixed.deal == id);
            place.map(|place| (world.tasks[place].1, world.plan.tasks[place].clone()))
        };
        let (fixed, plan) = known.ok_or_else(|| ChainError::NotFound { what: format!("deal {id}") })?;
        let input = if plan.input { r#","dirinuri":"https://inputs.example/in.txt""# } else { "" };
        Ok(Deal {
            id,
            app: Resource { pointer: Address::repeat_byte(7), ..nobody },
            dataset: nobody,
            workerpool: Resource { pointer: POOL, owner: OWNER, price_nrlc: U256::from(100) },
            trust: U256::from(plan.trust),
            category: U256::ZERO,
            tag: B256::ZERO,
            requester: OWNER,
            beneficiary: OWNER,
            callback: if plan.callback { OWNER } else { Address::ZERO },
            params: format!(r#"{{"cmdline":"run"{input}}}"#),
            start_time: fixed.start_time,
            bot_first: 0,
            bot_size: 1,
            worker_stake_nrlc: U256::from(fixed.stake),
            scheduler_reward_ratio: U256::from(5),
            sponsor: None,
        })
    }

    async fn task(&self, id: TaskId) -> Result<Task, ChainError> {
        let known = self.ask("viewTask", |hub| hub.task(id).map(|entry| entry.task.clone())).await?;
        Ok(known.unwrap_or(Task {
            id,
            status: TaskStatus::Unset,
            deal: DealId(B256::ZERO),
            index: 0,
            timeref: 0,
            contribution_deadline: 0,
            reveal_deadline: 0,
            final_deadline: 0,
            consensus: None,
            reveal_counter: 0,
            winner_counter: 0,
            contributors: Vec::new(),
            digest: None,
            results: Bytes::new(),
            results_callback: Bytes::new(),
        }))
    }

    async fn contribution(&self, task: TaskId, worker: Address) -> Result<Contribution, ChainError> {
        self.ask("viewContribution", |hub| hub.contribution(task, worker)).await
    }

    async fn account(&self, account: Address) -> Result<Account, ChainError> {
        self.ask("viewAccount", |hub| hub.account(account)).await
    }

    async fn score(&self, _: Address) -> Result<U256, ChainError> {
        self.ask("viewScore", |_| U256::ZERO).await
    }

    async fn category(&self, _: U256) -> Result<Category, ChainError> {
        self.ask("viewCategory", |_| Category { name: "XS".into(), work_clock_time: 300 }).await
    }

    async fn app(&self, _: Address) -> Result<AppEntry, ChainError> {
        let entry = AppEntry {
            name: "app".into(),
            kind: "DOCKER".into(),
            multiaddr: Bytes::from_static(b"simulated/app:1"),
            checksum: B256::ZERO,
        };
        self.ask("app", |_| entry).await
    }

    async fn dataset(&self, dataset: Address) -> Result<DatasetEntry, ChainError> {
        Err(ChainError::NotFound { what: format!("dataset {dataset}") })
    }

    async fn owner(&self, _: Address) -> Result<Address, ChainError> {
        self.ask("owner", |_| OWNER).await
    }

    async fn gas_balance(&self, _: Address) -> Result<U256, ChainError> {
        self.ask("eth_getBalance", |_| U256::from(1)).await
    }

    async fn events(&self, _: &Scope, from: u64, to: u64) -> Result<Vec<Event>, ChainError> {
        self.life.breathing().await;
        let back = self.travel("eth_getLogs").await?;
        let world = self.life.shared.world();
        if to > world.known(back) {
            return Err(ChainError::NotFound { what: format!("block {to}") });
        }
        Ok(world.stretch(from, to).iter().flat_map(|block| block.events.clone()).collect())
    }

    async fn events_of(&self, _: &Scope, block: &Head) -> Result<Vec<Event>, ChainError> {
        self.life.breathing().await;
        let back = self.travel("eth_getLogs").await?;
        let world = self.life.shared.world();
        // By hash an endpoint answers for that very block, or not at all.
        let known = world.stretch(block.number, block.number.min(world.known(back)));
        let found = known.first().filter(|known| known.head.hash == block.hash);
        found
            .map(|known| known.events.clone())
            .ok_or_else(|| ChainError::NotFound { what: format!("block {}", block.hash) })
    }

    async fn act(&self, wallet: Address, action: Action) -> Result<Receipt, ChainError> {
        assert_eq!(wallet, WALLET);
        let (shared, name) = (&self.life.shared, action.name());
        let number = self.life.before(name).await;
        let back = self.travel("eth_estimateGas").await?;
        let next = shared.world().newest().head.timestamp;
        let mut hub = (*shared.world().hub(back)).clone();
        if let Err(refusal) = hub.apply(WALLET, &action, next) {
            let mut world = shared.world();
            let percent = world.plan.faults.doubled;
            if let Some(block) = world.done(&action)
                && world.dice.chance("doubled", 0, percent)
            {
                return Ok(Receipt { hash: B256::ZERO, block, gas_used: 1 });
            }
            return Err(ChainError::Refused { action: name, reason: refusal.to_string() });
        }
        let now = shared.now();
        let id = shared.world().submit(action, now);
        self.life.after(number).await;
        self.receipt(name, id).await
    }
}
