//! What developers, requesters and pool owners do on chain besides tasks: register, deposit, strike deals.

use super::abi::{self, Hub, Registry, Token};
use super::endpoint::{Endpoint, rpc, view};
use super::sender::Sender;
use super::{Chain, ChainError, EvmChain, HubConfig, Receipt};
use crate::poco::{AppOrder, DatasetOrder, DealId, Nrlc, RequestOrder, WorkerpoolOrder};
use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::providers::Provider;
use alloy::sol_types::{SolCall, SolEvent};

/// One account's dealings with a hub's market.
pub struct Market {
    endpoint: Endpoint,
    config: HubConfig,
    sender: Sender,
}

/// What is registered of an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApp {
    /// Its name.
    pub name: String,
    /// `DOCKER`.
    pub kind: String,
    /// Image reference or envvars.
    pub multiaddr: String,
    /// Digest of the image, zero when not known.
    pub checksum: B256,
}

impl Market {
    /// The dealings of `sender`'s account with `chain`'s hub.
    pub fn new(chain: &EvmChain, sender: Sender) -> Self {
        Self { endpoint: chain.endpoint().clone(), config: chain.config().clone(), sender }
    }

    /// Whose dealings these are.
    pub fn account(&self) -> Address {
        self.sender.wallet()
    }

    /// Registers an app of ours and gives its address. The registry's addresses follow from what is registered
    /// (CREATE2), so that the same app of the same owner is there once: one that is there already is found again.
    pub async fn create_app(&self, app: NewApp) -> Result<Address, ChainError> {
        let registry = Registry::new(self.config.app_registry, self.endpoint.provider().clone());
        let (name, kind, multiaddr) =
            (app.name.clone(), app.kind.clone(), Bytes::from(app.multiaddr.clone().into_bytes()));
        let predicted =
            registry.predictApp(self.account(), name, kind, multiaddr, app.checksum, Bytes::new());
        let place = view("predictApp", self.config.app_registry, predicted.call()).await?;
        if !rpc("eth_getCode", self.endpoint.provider().get_code_at(place)).await?.is_empty() {
            return Ok(place);
        }
        let call = Registry::createAppCall {
            owner: self.account(),
            name: app.name,
            kind: app.kind,
            multiaddr: app.multiaddr.into_bytes().into(),
            checksum: app.checksum,
            mrenclave: Bytes::new(),
        };
        self.register("createApp", self.config.app_registry, call.abi_encode()).await
    }

    /// Registers a workerpool of ours and gives its address.
    pub async fn create_workerpool(&self, description: &str) -> Result<Address, ChainError> {
        let call =
            Registry::createWorkerpoolCall { owner: self.account(), description: description.to_owned() };
        self.register("createWorkerpool", self.config.workerpool_registry, call.abi_encode()).await
    }

    /// Puts RLC of ours into the escrow of `account`.
    pub async fn deposit_for(&self, account: Address, amount: Nrlc) -> Result<(), ChainError> {
        let approve = Token::approveCall { spender: self.config.hub, amount: amount.0 };
        self.sender.send("approve", self.config.token, approve.abi_encode().into(), 0).await?;
        let deposit = Hub::depositForCall { amount: amount.0, target: account };
        let receipt = self.sender.send("depositFor", self.config.hub, deposit.abi_encode().into(), 0).await?;
        self.endpoint.reached(receipt.block).await;
        Ok(())
    }

    /// How much of an order is matched already.
    pub async fn consumed(&self, order: crate::poco::OrderHash) -> Result<U256, ChainError> {
        let hub = Hub::new(self.config.hub, self.endpoint.provider().clone());
        view("viewConsumed", self.config.hub, hub.viewConsumed(order.0).call()).await
    }

    /// Strikes a deal and gives its id and the transaction.
    pub async fn match_orders(
        &self,
        app: &AppOrder,
        dataset: Option<&DatasetOrder>,
        workerpool: &WorkerpoolOrder,
        request: &RequestOrder,
    ) -> Result<(DealId, Receipt), ChainError> {
        let none = DatasetOrder::default();
        let call = Hub::matchOrdersCall {
            app: app.into(),
            dataset: dataset.unwrap_or(&none).into(),
            workerpool: workerpool.into(),
            request: request.into(),
        };
        let receipt = self.sender.send("matchOrders", self.config.hub, call.abi_encode().into(), 0).await?;
        let deal = self
            .event::<Hub::OrdersMatched>(&receipt, self.config.hub)
            .await?
            .ok_or(ChainError::Reverted { action: "matchOrders", hash: receipt.hash })?;
        Ok((DealId(deal.dealid), receipt))
    }

    /// A registry tells the new entry's address by the token that it mints.
    async fn register(
        &self,
        action: &'static str,
        registry: Address,
        data: Vec<u8>,
    ) -> Result<Address, ChainError> {
        let receipt = self.sender.send(action, registry, data.into(), 0).await?;
        let minted = self
            .event::<Registry::Transfer>(&receipt, registry)
            .await?
            .ok_or(ChainError::Reverted { action, hash: receipt.hash })?;
        Ok(Address::from_word(B256::from(minted.tokenId)))
    }

    async fn event<E: SolEvent>(&self, receipt: &Receipt, from: Address) -> Result<Option<E>, ChainError> {
        self.endpoint.reached(receipt.block).await;
        let mined =
            rpc("eth_getTransactionReceipt", self.endpoint.provider().get_transaction_receipt(receipt.hash))
                .await?;
        let logs = mined.map(|mined| mined.inner.logs().to_vec()).unwrap_or_default();
        Ok(logs
            .iter()
            .filter(|log| log.address() == from)
            .find_map(|log| E::decode_log(&log.inner).ok())
            .map(|log| log.data))
    }
}

macro_rules! as_abi {
    ($order:ident { $($same:ident),* } { $($price:ident),* }) => {
        impl From<&$order> for abi::$order {
            fn from(order: &$order) -> Self {
                Self {
                    $($same: order.$same.clone(),)*
                    $($price: order.$price.0,)*
                }
            }
        }
    };
}

as_abi!(AppOrder { app, volume, datasetrestrict, workerpoolrestrict, requesterrestrict, salt, sign } { appprice, tag });
as_abi!(DatasetOrder { dataset, volume, apprestrict, workerpoolrestrict, requesterrestrict, salt, sign } { datasetprice, tag });
as_abi!(WorkerpoolOrder { workerpool, volume, category, trust, apprestrict, datasetrestrict, requesterrestrict, salt, sign }
    { workerpoolprice, tag });
as_abi!(RequestOrder { app, dataset, workerpool, requester, volume, category, trust, beneficiary, callback, params, salt, sign }
    { appmaxprice, datasetmaxprice, workerpoolmaxprice, tag });
