//! A devnet whose blocks hold one transaction each, at a time that the test sets, and whose state can be set.

use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use alloy::providers::{DynProvider, Provider};
use alloy::rpc::types::{Log, TransactionReceipt, TransactionRequest};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol;
use alloy::sol_types::{Revert, SolCall, SolEvent, SolValue};
use poco::chain::abi::{Entry, Hub, Registry};
use poco::chain::{Chain, Endpoint, EvmChain, HubConfig};
use poco::devnet::{Devnet, DevnetOptions};
use poco::poco::Domain;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

sol! {
    interface More {
        event Lock(address owner, uint256 amount);
        event Unlock(address owner, uint256 amount);
        event Transfer(address indexed from, address indexed to, uint256 value);
        event AccurateContribution(address indexed worker, bytes32 indexed taskid);
        event FaultyContribution(address indexed worker, bytes32 indexed taskid);

        function createDataset(address owner, string name, bytes multiaddr, bytes32 checksum) external returns (address);
        function contributeAndFinalize(
            bytes32 taskid, bytes32 resultDigest, bytes results, bytes resultsCallback, address enclaveChallenge,
            bytes enclaveSign, bytes authorizationSign
        ) external;
        function verifySignature(address account, bytes32 hash, bytes signature) external view returns (bool);
    }
}

/// Where `POCO_STORAGE` begins; see "For tests and devnets" in contracts/README.md.
const STORAGE: U256 =
    alloy::primitives::uint!(0x7eef668723e21eeb2aed93b91715a72ace6423021ef3c825997fec3cd29bc900_U256);
/// More than any call here needs, and given by hand so that a refused call is mined too.
const GAS: u64 = 4_000_000;
/// The workers.
pub(crate) const WORKERS: usize = 6;

/// The mappings of the hub that can be set.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Slot {
    Score = 0,
    Free = 1,
    Locked = 2,
}

/// A mined transaction.
pub(crate) struct Mined {
    pub(crate) accepted: bool,
    pub(crate) logs: Vec<Log>,
}

/// A devnet and what is registered on it.
pub(crate) struct Ground {
    _devnet: Devnet,
    pub(crate) provider: DynProvider,
    pub(crate) hub: Hub::HubInstance<DynProvider>,
    pub(crate) config: HubConfig,
    pub(crate) domain: Domain,
    /// Who plays the parts: requester, developer, scheduler, workers.
    pub(crate) people: Vec<PrivateKeySigner>,
    /// One app and one dataset of each of the people.
    pub(crate) apps: Vec<Address>,
    pub(crate) datasets: Vec<Address>,
    /// Workerpools and which of the people own them; the second owner is a worker too.
    pub(crate) pools: Vec<(Address, usize)>,
    time: AtomicU64,
}

impl Ground {
    pub(crate) async fn new() -> Self {
        // The hour is never over in a test: a block comes with a transaction and not without.
        let options = DevnetOptions { workers: WORKERS, block_seconds: 3600, ..DevnetOptions::default() };
        let devnet = Devnet::start(&options).await.unwrap();
        let chain = EvmChain::open(devnet.endpoint().clone(), devnet.hub(), vec![]).await.unwrap();
        let accounts = devnet.accounts();
        let mut people =
            vec![accounts.requester.clone(), accounts.developer.clone(), accounts.scheduler.clone()];
        people.extend(accounts.workers.iter().cloned());
        let http = devnet.chain_file(None).unwrap().default_chain().unwrap().host.clone();
        let endpoint = Endpoint::open(&http, Duration::from_secs(3600)).await.unwrap();
        let provider = endpoint.provider().clone();
        let config = chain.config().clone();
        let newest = provider.get_block(alloy::eips::BlockId::latest()).await.unwrap().unwrap();
        let mut ground = Self {
            hub: Hub::new(devnet.hub(), provider.clone()),
            domain: Domain { chain_id: config.chain_id, hub: config.hub },
            time: AtomicU64::new(newest.header.timestamp),
            pools: vec![(devnet.workerpool(), 2)],
            apps: Vec::new(),
            datasets: Vec::new(),
            _devnet: devnet,
            provider,
            config,
            people,
        };
        ground.register().await;
        // What is paid out is moved from the hub's own balance, which money set by hand does not feed.
        ground.set(Slot::Free, ground.config.hub, U256::from(u128::MAX)).await;
        ground
    }

    async fn register(&mut self) {
        for person in 0..self.people.len() {
            let owner = self.people[person].address();
            let app = Registry::createAppCall {
                owner,
                name: format!("app {person}"),
                kind: "DOCKER".into(),
                multiaddr: b"nothing".into(),
                checksum: B256::ZERO,
                mrenclave: Bytes::new(),
            };
            self.apps.push(self.registered(self.config.app_registry, app.abi_encode()).await);
            let dataset = More::createDatasetCall {
                owner,
                name: format!("dataset {person}"),
                multiaddr: b"nothing".into(),
                checksum: B256::ZERO,
            };
            self.datasets.push(self.registered(self.config.dataset_registry, dataset.abi_encode()).await);
        }
        let owner = self.people[3].address();
        let pool = Registry::createWorkerpoolCall { owner, description: "a worker's".into() };
        let pool = self.registered(self.config.workerpool_registry, pool.abi_encode()).await;
        self.pools.push((pool, 3));
    }

    async fn registered(&self, registry: Address, data: Vec<u8>) -> Address {
        let mined = self.send(self.people[0].address(), registry, data, self.after(1)).await;
        let minted =
            mined.logs.iter().find_map(|log| Registry::Transfer::decode_log(&log.inner).ok()).unwrap();
        Address::from_word(B256::from(minted.tokenId))
    }

    /// The workers among the people.
    pub(crate) fn workers(&self) -> &[PrivateKeySigner] {
        &self.people[3..]
    }

    /// The chain's time, `seconds` after the newest block.
    pub(crate) fn after(&self, seconds: u64) -> u64 {
        self.time.load(Ordering::Relaxed) + seconds
    }

    /// Mines a transaction of an unlocked account in a block of time `at`, refused or not.
    pub(crate) async fn send(&self, from: Address, to: Address, data: Vec<u8>, at: u64) -> Mined {
        let request = TransactionRequest { gas: Some(GAS), ..TransactionRequest::default() };
        let request = request.from(from).to(to).input(Bytes::from(data).into());
        let client = self.provider.client();
        let _: serde_json::Value = client.request("evm_setNextBlockTimestamp", (at,)).await.unwrap();
        let hash: B256 = client.request("eth_sendTransaction", (request,)).await.unwrap();
        let receipt = self.receipt(hash).await;
        let number = receipt.block_number.unwrap();
        let block = self.provider.get_block(number.into()).await.unwrap().unwrap();
        assert_eq!(block.header.timestamp, at, "the block has another time than the test gave it");
        self.time.store(at, Ordering::Relaxed);
        Mined { accepted: receipt.status(), logs: receipt.inner.logs().to_vec() }
    }

    async fn receipt(&self, hash: B256) -> TransactionReceipt {
        loop {
            if let Some(receipt) = self.provider.get_transaction_receipt(hash).await.unwrap() {
                return receipt;
            }
        }
    }

    /// Runs a call without a transaction: its answer, or the contract's reason to refuse it.
    pub(crate) async fn call(&self, from: Address, data: Vec<u8>) -> Result<Bytes, String> {
        let request = TransactionRequest { gas: Some(GAS), ..TransactionRequest::default() };
        let request = request.from(from).to(self.config.hub).input(Bytes::from(data).into());
        self.provider.call(request).await.map_err(|error| {
            let said = error.as_error_resp().unwrap_or_else(|| panic!("anvil failed: {error}"));
            said.as_decoded_error::<Revert>()
                .map_or_else(|| said.message.to_string(), |why| why.reason().to_owned())
        })
    }

    /// Sets an account's entry of a mapping of the hub.
    pub(crate) async fn set(&self, slot: Slot, account: Address, value: U256) {
        let base = STORAGE + U256::from(slot as u8);
        let place = keccak256((account, base).abi_encode());
        let word = B256::from(value);
        let arguments = (self.config.hub, U256::from_be_bytes(place.0), word);
        let _: bool = self.provider.client().request("anvil_setStorageAt", arguments).await.unwrap();
    }

    /// Sets the policies of a workerpool, in percent.
    pub(crate) async fn set_policy(&self, pool: usize, stake: U256, reward: U256) {
        let (address, owner) = self.pools[pool];
        let call = Entry::changePolicyCall { workerStakeRatio: stake, schedulerRewardRatio: reward };
        let owner = self.people[owner].address();
        assert!(self.send(owner, address, call.abi_encode(), self.after(1)).await.accepted);
    }
}
