//! What the chain tells, in types of the protocol rather than of its ABI.

use crate::poco::deadlines::{Deadlines, Ratios};
use crate::poco::moves::TaskFacts;
use crate::poco::{ContributionStatus, DealId, ResultDigest, ResultHash, ResultSeal, TaskId, TaskStatus};
use alloy::primitives::{Address, B256, Bloom, Bytes, U256};

/// The newest block that an endpoint has told us of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// The hash of the block before it.
    pub parent: B256,
    /// Its time, in Unix seconds: the clock by which all deadlines are measured.
    pub timestamp: u64,
    /// Which logs the block may hold; none where the block's own hash does not vouch for it.
    pub bloom: Option<Bloom>,
}

/// What a hub is made of; read once at start, never assumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubConfig {
    /// The chain.
    pub chain_id: u64,
    /// The hub.
    pub hub: Address,
    /// Registry of apps.
    pub app_registry: Address,
    /// Registry of datasets.
    pub dataset_registry: Address,
    /// Registry of workerpools.
    pub workerpool_registry: Address,
    /// The token that escrow is held in.
    pub token: Address,
    /// Gas given to a callback.
    pub callback_gas: u64,
    /// Contribution deadline, in category times after the deal.
    pub contribution_ratio: u64,
    /// Reveal deadline, in category times after consensus.
    pub reveal_ratio: u64,
    /// Final deadline, in category times after the deal.
    pub final_ratio: u64,
    /// Where seized stakes go.
    pub kitty: Address,
}

impl HubConfig {
    /// The deadlines that this hub gives to the tasks of a deal.
    pub fn deadlines(&self, deal: &Deal, category: &Category) -> Deadlines {
        let ratios = Ratios {
            contribution: self.contribution_ratio,
            reveal: self.reveal_ratio,
            finalize: self.final_ratio,
        };
        Deadlines::new(deal.start_time, category.work_clock_time, ratios)
    }
}

/// An app, dataset or workerpool of a deal with the terms at the time of the match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its contract; zero when the deal has none.
    pub pointer: Address,
    /// Its owner when the deal was struck.
    pub owner: Address,
    /// Its price per task, in nRLC.
    pub price_nrlc: U256,
}

/// A struck deal (`viewDeal`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deal {
    /// Its id.
    pub id: DealId,
    /// The app.
    pub app: Resource,
    /// The dataset.
    pub dataset: Resource,
    /// The workerpool.
    pub workerpool: Resource,
    /// The confidence asked for, at least 1.
    pub trust: U256,
    /// The category's id.
    pub category: U256,
    /// The tag bits of all orders together.
    pub tag: B256,
    /// Who asked.
    pub requester: Address,
    /// For whom.
    pub beneficiary: Address,
    /// Who is called with the result; zero for nobody.
    pub callback: Address,
    /// What is asked of the app.
    pub params: String,
    /// Unix seconds of the match; contribution and final deadlines count from here.
    pub start_time: u64,
    /// First task index.
    pub bot_first: u64,
    /// Number of tasks.
    pub bot_size: u64,
    /// What a contribution locks, in nRLC.
    pub worker_stake_nrlc: U256,
    /// The scheduler's share of a reward, in percent.
    pub scheduler_reward_ratio: U256,
    /// Who paid; none before v5.5, where it is the requester.
    pub sponsor: Option<Address>,
}

/// A task as the chain has it (`viewTask`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// Where it stands.
    pub status: TaskStatus,
    /// Its deal.
    pub deal: DealId,
    /// Its index.
    pub index: u64,
    /// The category's time, in seconds.
    pub timeref: u64,
    /// Contributions are taken before this second.
    pub contribution_deadline: u64,
    /// Reveals are taken before this second; zero before consensus.
    pub reveal_deadline: u64,
    /// Finalisation is taken before this second, claims from it on.
    pub final_deadline: u64,
    /// The hash agreed on; none before consensus.
    pub consensus: Option<ResultHash>,
    /// How many winners revealed.
    pub reveal_counter: u64,
    /// How many contributed the agreed hash.
    pub winner_counter: u64,
    /// Who contributed, in order.
    pub contributors: Vec<Address>,
    /// The revealed digest.
    pub digest: Option<ResultDigest>,
    /// What finalize said of the result.
    pub results: Bytes,
    /// What the callback was given.
    pub results_callback: Bytes,
}

impl Task {
    /// What the hub's conditions ask of a task.
    pub fn facts(&self) -> TaskFacts {
        TaskFacts {
            status: self.status,
            contribution_deadline: self.contribution_deadline,
            reveal_deadline: self.reveal_deadline,
            final_deadline: self.final_deadline,
            contributors: self.contributors.len() as u64,
            winners: self.winner_counter,
            revealed: self.reveal_counter,
        }
    }
}

/// A worker's contribution to a task (`viewContribution`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// Where it stands.
    pub status: ContributionStatus,
    /// The sealed hash.
    pub hash: ResultHash,
    /// Its seal.
    pub seal: ResultSeal,
    /// The enclave; zero outside TEE.
    pub enclave: Address,
}

/// Escrow of an account, in nRLC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Free to lock or withdraw.
    pub stake_nrlc: U256,
    /// Locked in deals and contributions.
    pub locked_nrlc: U256,
}

/// A category of computation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Its name, XS to XL on the live network.
    pub name: String,
    /// The wall-clock time of a run, in seconds.
    pub work_clock_time: u64,
}

/// An app as registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppEntry {
    /// Its name.
    pub name: String,
    /// `DOCKER`.
    pub kind: String,
    /// Image reference or envvars, as bytes.
    pub multiaddr: Bytes,
    /// Digest of the image, zero when not known.
    pub checksum: B256,
}

/// A dataset as registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetEntry {
    /// Where it lies.
    pub multiaddr: Bytes,
    /// sha-256 of the file.
    pub checksum: B256,
}
