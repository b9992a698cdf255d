//! Whether four orders make a deal: the conditions of `matchOrders`, in its order and with its revert strings, so
//! that a person hears the reason before sending.
//!
//! Registration and signatures (0x20 to 0x50) are the chain's to answer; their refusals have a name here and are found
//! elsewhere. So is the membership of ERC-734 groups, which the caller hands in.

use super::amount::Nrlc;
use super::error::PocoError;
use super::orders::{AppOrder, DatasetOrder, RequestOrder, WorkerpoolOrder};
use super::rewards::{self, Terms};
use super::tag::{DatasetTag, Tag};
use alloy::primitives::{Address, U256};

macro_rules! refusals {
    ($($name:ident = $code:literal: $reason:literal),+ $(,)?) => {
        /// Why `matchOrders` reverts; the number is the contract's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
        #[repr(u8)]
        pub enum MatchRefusal {
            $(
                #[doc = $reason]
                #[error($reason)]
                $name = $code
            ),+
        }

        impl MatchRefusal {
            /// Every refusal, in the order of the contract's checks.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

refusals! {
    CategoryDiffers = 0x00: "the request and the workerpool order name different categories",
    CategoryUnknown = 0x01: "the hub has no such category",
    TrustTooHigh = 0x02: "the request asks for more trust than the workerpool order gives",
    AppTooDear = 0x03: "the app costs more than the request allows",
    DatasetTooDear = 0x04: "the dataset costs more than the request allows",
    WorkerpoolTooDear = 0x05: "the workerpool costs more than the request allows",
    TagNotOffered = 0x06: "the workerpool order's tag lacks what the app, the dataset or the request needs",
    AppNotTee = 0x07: "trusted execution is asked for, but the app order's tag has no TEE bit",
    AppDiffers = 0x10: "the request is for another app",
    DatasetDiffers = 0x11: "the request is for another dataset",
    RequestRefusesWorkerpool = 0x12: "the request is restricted to another workerpool",
    AppRefusesDataset = 0x13: "the app order is restricted to another dataset",
    AppRefusesWorkerpool = 0x14: "the app order is restricted to another workerpool",
    AppRefusesRequester = 0x15: "the app order is restricted to another requester",
    DatasetRefusesApp = 0x16: "the dataset order is restricted to another app",
    DatasetRefusesWorkerpool = 0x17: "the dataset order is restricted to another workerpool",
    DatasetRefusesRequester = 0x18: "the dataset order is restricted to another requester",
    WorkerpoolRefusesApp = 0x19: "the workerpool order is restricted to another app",
    WorkerpoolRefusesDataset = 0x1a: "the workerpool order is restricted to another dataset",
    WorkerpoolRefusesRequester = 0x1b: "the workerpool order is restricted to another requester",
    AppUnregistered = 0x20: "the app is not in the hub's registry",
    AppUnsigned = 0x21: "the app order is not signed by the app's owner",
    DatasetUnregistered = 0x30: "the dataset is not in the hub's registry",
    DatasetUnsigned = 0x31: "the dataset order is not signed by the dataset's owner",
    WorkerpoolUnregistered = 0x40: "the workerpool is not in the hub's registry",
    WorkerpoolUnsigned = 0x41: "the workerpool order is not signed by the workerpool's owner",
    RequestUnsigned = 0x50: "the request order is not signed by the requester",
    NothingLeft = 0x60: "one of the orders is closed or fully consumed",
}

impl MatchRefusal {
    const PREFIX: &'static str = "iExecV5-matchOrders-0x";

    /// The contract's revert string.
    pub fn revert(self) -> String {
        format!("{}{:02x}", Self::PREFIX, self as u8)
    }

    /// The refusal that a revert string of the contract stands for.
    pub fn from_revert(reason: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|refusal| refusal.revert() == reason)
    }
}

/// Four orders that may make a deal.
#[derive(Clone, Copy, Debug)]
pub struct Match<'a> {
    /// The app's.
    pub app: &'a AppOrder,
    /// The dataset's, the default one for none.
    pub dataset: &'a DatasetOrder,
    /// The workerpool's.
    pub workerpool: &'a WorkerpoolOrder,
    /// The requester's.
    pub request: &'a RequestOrder,
}

/// How much of each order is consumed (`viewConsumed`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consumed {
    /// Of the app order.
    pub app: U256,
    /// Of the dataset order.
    pub dataset: U256,
    /// Of the workerpool order.
    pub workerpool: U256,
    /// Of the request order.
    pub request: U256,
}

impl Match<'_> {
    /// The deal's tag.
    pub fn tag(&self, rule: DatasetTag) -> Tag {
        Tag::of_deal(self.app.tag, self.dataset.tag, self.request.tag, rule)
    }

    /// Checks 0x00 to 0x1b on a hub with `categories` categories. `in_group(group, account)` tells whether the
    /// contract at `group` gives ERC-734 purpose 4 to `account`; it is asked only about restrictions that are
    /// neither zero nor the account itself.
    pub fn check(
        &self,
        categories: U256,
        rule: DatasetTag,
        in_group: impl Fn(Address, Address) -> bool,
    ) -> Result<(), MatchRefusal> {
        use MatchRefusal as Why;
        let Self { app, dataset, workerpool, request } = self;
        let tag = self.tag(rule);
        let allows = |restriction: Address, account: Address| {
            restriction == Address::ZERO || restriction == account || in_group(restriction, account)
        };
        let require = |holds: bool, refusal: Why| if holds { Ok(()) } else { Err(refusal) };

        require(request.category == workerpool.category, Why::CategoryDiffers)?;
        require(request.category < categories, Why::CategoryUnknown)?;
        require(request.trust <= workerpool.trust, Why::TrustTooHigh)?;
        require(request.appmaxprice >= app.appprice, Why::AppTooDear)?;
        require(request.datasetmaxprice >= dataset.datasetprice, Why::DatasetTooDear)?;
        require(request.workerpoolmaxprice >= workerpool.workerpoolprice, Why::WorkerpoolTooDear)?;
        require(workerpool.tag.contains(tag), Why::TagNotOffered)?;
        require(tag.is_tee() == app.tag.is_tee(), Why::AppNotTee)?;

        require(request.app == app.app, Why::AppDiffers)?;
        require(request.dataset == dataset.dataset, Why::DatasetDiffers)?;
        require(allows(request.workerpool, workerpool.workerpool), Why::RequestRefusesWorkerpool)?;
        require(allows(app.datasetrestrict, dataset.dataset), Why::AppRefusesDataset)?;
        require(allows(app.workerpoolrestrict, workerpool.workerpool), Why::AppRefusesWorkerpool)?;
        require(allows(app.requesterrestrict, request.requester), Why::AppRefusesRequester)?;
        require(allows(dataset.apprestrict, app.app), Why::DatasetRefusesApp)?;
        require(allows(dataset.workerpoolrestrict, workerpool.workerpool), Why::DatasetRefusesWorkerpool)?;
        require(allows(dataset.requesterrestrict, request.requester), Why::DatasetRefusesRequester)?;
        require(allows(workerpool.apprestrict, app.app), Why::WorkerpoolRefusesApp)?;
        require(allows(workerpool.datasetrestrict, dataset.dataset), Why::WorkerpoolRefusesDataset)?;
        require(allows(workerpool.requesterrestrict, request.requester), Why::WorkerpoolRefusesRequester)
    }

    /// How many tasks the deal has: the least that is left of an order, the dataset's only if there is one.
    /// Check 0x60, the contract's last.
    pub fn volume(&self, consumed: &Consumed) -> Result<U256, MatchRefusal> {
        let left = |volume: U256, consumed: U256| volume.saturating_sub(consumed);
        let mut volume = left(self.app.volume, consumed.app)
            .min(left(self.workerpool.volume, consumed.workerpool))
            .min(left(self.request.volume, consumed.request));
        if self.dataset.dataset != Address::ZERO {
            volume = volume.min(left(self.dataset.volume, consumed.dataset));
        }
        if volume.is_zero() { Err(MatchRefusal::NothingLeft) } else { Ok(volume) }
    }

    /// The terms of the deal, with the workerpool's stake and reward policies as they are now.
    pub fn terms(&self, stake_ratio: U256, reward_ratio: U256) -> Result<Terms, PocoError> {
        let dataset = self.dataset.dataset != Address::ZERO;
        Ok(Terms {
            app_price: self.app.appprice,
            dataset_price: if dataset { self.dataset.datasetprice } else { Nrlc::ZERO },
            workerpool_price: self.workerpool.workerpoolprice,
            worker_stake: rewards::worker_stake(self.workerpool.workerpoolprice, stake_ratio)?,
            scheduler_reward_ratio: reward_ratio,
        })
    }
}
