//! From iexec.json to a deal.

use super::RequesterError;
use crate::chain::{Chain, ChainError, EvmChain, Market, NewApp};
use crate::dapp::{AppEntry, BuyOrder};
use crate::poco::{AppOrder, DealId, Domain, Nrlc, Order, RequestOrder, Tag, TaskId, WorkerpoolOrder};
use alloy::primitives::{Address, B256, U256};
use alloy::signers::local::PrivateKeySigner;

/// Registers the app of an iexec.json and gives its address.
pub async fn deploy(market: &Market, app: &AppEntry) -> Result<Address, ChainError> {
    let new = NewApp {
        name: app.name.clone(),
        kind: app.kind.clone(),
        multiaddr: app.multiaddr(),
        checksum: B256::from(app.checksum_bytes()),
    };
    market.create_app(new).await
}

/// An app owner's order for `volume` tasks at `price`, open to everybody.
pub fn app_order(
    domain: &Domain,
    key: &PrivateKeySigner,
    app: Address,
    price: Nrlc,
    volume: u64,
) -> Result<AppOrder, RequesterError> {
    let mut order = AppOrder {
        app,
        appprice: price,
        volume: U256::from(volume),
        salt: B256::random(),
        ..AppOrder::default()
    };
    order.sign(domain, key)?;
    Ok(order)
}

/// What is bought.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The request, with what iexec.json and the command line say.
    pub order: BuyOrder,
    /// The app owner's order; none when the requester owns the app.
    pub app_order: Option<AppOrder>,
    /// What the requester asks for its own app.
    pub app_price: Nrlc,
    /// The pool's order.
    pub workerpool_order: WorkerpoolOrder,
}

/// A struck deal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bought {
    /// The deal.
    pub deal: DealId,
    /// Its tasks, in order.
    pub tasks: Vec<TaskId>,
    /// The block it was struck in.
    pub block: u64,
}

/// Who buys, and where.
pub struct Buyer<'a> {
    /// The chain.
    pub chain: &'a EvmChain,
    /// The buyer's dealings with the market.
    pub market: &'a Market,
    /// The buyer's key, which signs the request.
    pub key: &'a PrivateKeySigner,
}

impl Buyer<'_> {
    /// Strikes the deal.
    pub async fn buy(&self, wish: Wish) -> Result<Bought, RequesterError> {
        let config = self.chain.config();
        let domain = Domain { chain_id: config.chain_id, hub: config.hub };
        let volume = wish.order.volume.unwrap_or(1);
        let app = wish.order.app.ok_or(RequesterError::NoApp)?;
        // A deal without the dataset would be paid for and compute something else.
        if let Some(dataset) = wish.order.dataset {
            return Err(RequesterError::Dataset(dataset));
        }
        let app_order = match wish.app_order {
            Some(order) => order,
            None => self.own_app_order(&domain, app, wish.app_price, volume).await?,
        };
        let request = self.request(&domain, app, volume, &wish.order, &app_order, &wish.workerpool_order)?;
        let (deal, receipt) =
            self.market.match_orders(&app_order, None, &wish.workerpool_order, &request).await?;
        let struck = self.chain.deal(deal).await?;
        let indexes = struck.bot_first..struck.bot_first.saturating_add(struck.bot_size);
        let tasks = indexes.map(|index| TaskId::new(deal, U256::from(index))).collect();
        Ok(Bought { deal, tasks, block: receipt.block })
    }

    async fn own_app_order(
        &self,
        domain: &Domain,
        app: Address,
        price: Nrlc,
        volume: u64,
    ) -> Result<AppOrder, RequesterError> {
        let owner = self.chain.owner(app).await?;
        if owner != self.key.address() {
            return Err(RequesterError::NotOwner { app, owner });
        }
        app_order(domain, self.key, app, price, volume)
    }

    /// The request: what is wished for, at the prices of the other orders unless less is allowed.
    fn request(
        &self,
        domain: &Domain,
        app: Address,
        volume: u64,
        wished: &BuyOrder,
        app_order: &AppOrder,
        pool_order: &WorkerpoolOrder,
    ) -> Result<RequestOrder, RequesterError> {
        let requester = self.key.address();
        let allowed = |most: Option<u64>, price: Nrlc| most.map_or(price, Nrlc::new);
        let mut request = RequestOrder {
            app,
            appmaxprice: allowed(wished.app_max_nrlc, app_order.appprice),
            workerpool: wished.workerpool.unwrap_or(pool_order.workerpool),
            workerpoolmaxprice: allowed(wished.workerpool_max_nrlc, pool_order.workerpoolprice),
            requester,
            volume: U256::from(volume),
            tag: wished.tag.map_or(Tag::NONE, Tag),
            category: pool_order.category,
            trust: U256::from(wished.trust.unwrap_or(1)),
            beneficiary: wished.beneficiary.unwrap_or(requester),
            callback: wished.callback.unwrap_or_default(),
            params: wished.params.clone(),
            salt: B256::random(),
            ..RequestOrder::default()
        };
        request.sign(domain, self.key)?;
        Ok(request)
    }
}
