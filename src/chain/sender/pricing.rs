//! What a unit of gas is offered: pure arithmetic, but for the question what the market asks for.

use super::Gas;
use crate::chain::ChainError;
use crate::chain::endpoint::rpc;
use crate::chain::types::Head;
use alloy::network::TransactionBuilder;
use alloy::providers::{DynProvider, Provider};
use alloy::rpc::types::TransactionRequest;
use alloy::transports::{RpcError, TransportError};
use std::time::Duration;
use tokio::time::Instant;

/// JSON-RPC's "method not found", and EIP-1474's "method not supported".
const NO_METHOD_CODES: [i64; 2] = [-32601, -32004];

/// For so long a quote holds whatever blocks come: the fee offered has room for what the base fee rises meanwhile.
const FRESH: Duration = Duration::from_secs(1);

/// What the market asked for a unit of gas, when that was, and at which head.
pub(super) struct Quote {
    pub(super) price: TransactionRequest,
    head: Head,
    since: Instant,
}

impl Quote {
    pub(super) fn new(head: Head, price: TransactionRequest) -> Self {
        Self { price, head, since: Instant::now() }
    }

    /// Whether the market would hardly say anything else now.
    pub(super) fn holds(&self, head: Head) -> bool {
        self.is_of(head) || self.since.elapsed() < FRESH
    }

    /// Whether no block came since.
    pub(super) fn is_of(&self, head: Head) -> bool {
        self.head == head
    }
}

/// What the market asks for: EIP-1559 where the chain has a base fee, the plain gas price where not.
pub(super) async fn market(provider: &DynProvider) -> Result<TransactionRequest, ChainError> {
    let asking = async {
        match provider.estimate_eip1559_fees().await {
            Err(error) if has_no_base_fee(&error) => Ok(None),
            answer => answer.map(Some),
        }
    };
    let price = TransactionRequest::default();
    match rpc("eth_feeHistory", asking).await? {
        Some(fees) => Ok(price
            .with_max_fee_per_gas(fees.max_fee_per_gas)
            .with_max_priority_fee_per_gas(fees.max_priority_fee_per_gas)),
        None => Ok(price.with_gas_price(rpc("eth_gasPrice", provider.get_gas_price()).await?)),
    }
}

/// `request` at the market's price, but never above the cap.
pub(super) fn priced(
    request: TransactionRequest,
    market: &TransactionRequest,
    gas: &Gas,
) -> TransactionRequest {
    let most = gas.max_fee_wei.unwrap_or(u128::MAX);
    let mut priced = like(request, market);
    for price in [&mut priced.gas_price, &mut priced.max_fee_per_gas, &mut priced.max_priority_fee_per_gas] {
        *price = price.map(|price| price.min(most));
    }
    priced.max_priority_fee_per_gas = priced.max_priority_fee_per_gas.min(priced.max_fee_per_gas);
    priced
}

/// Whether the answer says that this chain, or this node, knows no EIP-1559. Anything else says nothing of the chain.
fn has_no_base_fee(error: &TransportError) -> bool {
    match error {
        RpcError::UnsupportedFeature(_) => true,
        error => error.as_error_resp().is_some_and(|said| NO_METHOD_CODES.contains(&said.code)),
    }
}

/// The most that a request pays for a unit of gas, in wei.
pub(super) fn max_fee(request: &TransactionRequest) -> u128 {
    request.max_fee_per_gas.or(request.gas_price).unwrap_or_default()
}

/// `request` at the price of `model`.
pub(super) fn like(mut request: TransactionRequest, model: &TransactionRequest) -> TransactionRequest {
    request.gas_price = model.gas_price;
    request.max_fee_per_gas = model.max_fee_per_gas;
    request.max_priority_fee_per_gas = model.max_priority_fee_per_gas;
    request
}

/// An eighth more, and one: no node asks for more to replace a transaction.
fn eighth_more(fee: u128) -> u128 {
    fee.saturating_add(fee / 8).saturating_add(1)
}

/// `request` at the market's price, but at least an eighth above what it offered `before`; none when the cap is below that.
pub(super) fn raise(
    request: &TransactionRequest,
    before: u128,
    market: &TransactionRequest,
    cap: Option<u128>,
) -> Option<TransactionRequest> {
    let least = eighth_more(before);
    let most = cap.unwrap_or(u128::MAX);
    if least > most {
        return None;
    }
    let fee = max_fee(market).max(least).min(most);
    let mut raised = request.clone();
    if request.max_fee_per_gas.is_some() {
        let tip = eighth_more(request.max_priority_fee_per_gas.unwrap_or_default());
        let tip = tip.max(market.max_priority_fee_per_gas.unwrap_or_default()).min(fee);
        raised.max_fee_per_gas = Some(fee);
        raised.max_priority_fee_per_gas = Some(tip);
    } else {
        raised.gas_price = Some(fee);
    }
    Some(raised)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::rpc::json_rpc::ErrorPayload;
    use alloy::transports::TransportErrorKind;
    use proptest::prelude::*;

    fn offer(fee: u128, tip: u128) -> TransactionRequest {
        TransactionRequest::default().with_max_fee_per_gas(fee).with_max_priority_fee_per_gas(tip)
    }

    #[test]
    fn only_a_node_that_knows_no_base_fee_has_the_plain_price() {
        let said = |code: i64| {
            RpcError::ErrorResp(ErrorPayload {
                code,
                message: "the method eth_feeHistory".into(),
                data: None,
            })
        };
        assert!(has_no_base_fee(&said(-32601)) && has_no_base_fee(&said(-32004)));
        assert!(has_no_base_fee(&RpcError::UnsupportedFeature("eip1559")));
        assert!(!has_no_base_fee(&said(-32603)) && !has_no_base_fee(&said(-32005)));
        assert!(!has_no_base_fee(&TransportErrorKind::custom_str("connection reset")));
    }

    #[test]
    fn nothing_is_offered_above_the_cap_and_no_tip_above_the_fee() {
        let gas = |cap| Gas { max_fee_wei: cap, ..Gas::default() };
        let ours = |market, cap| {
            let priced = priced(TransactionRequest::default(), &market, &gas(cap));
            (priced.max_fee_per_gas, priced.max_priority_fee_per_gas, priced.gas_price)
        };
        assert_eq!(ours(offer(9, 2), None), (Some(9), Some(2), None));
        assert_eq!(ours(offer(9, 2), Some(5)), (Some(5), Some(2), None));
        assert_eq!(ours(offer(9, 8), Some(5)), (Some(5), Some(5), None));
        assert_eq!(ours(offer(3, 8), None), (Some(3), Some(3), None));
        let plain = TransactionRequest::default().with_gas_price(9);
        assert_eq!(ours(plain.clone(), Some(5)), (None, None, Some(5)));
        assert_eq!(ours(plain, None), (None, None, Some(9)));
    }

    proptest! {
        #[test]
        fn a_raise_is_an_eighth_at_least_and_never_above_the_cap(
            fee in 1u128..1 << 60, part in 0u128..=100, market in 1u128..1 << 60, cap in proptest::option::of(1u128..1 << 61)
        ) {
            let before = offer(fee, fee * part / 100);
            match raise(&before, fee, &offer(market, market / 2), cap) {
                Some(raised) => {
                    prop_assert!(max_fee(&raised) * 8 >= fee * 9);
                    prop_assert!(cap.is_none_or(|cap| max_fee(&raised) <= cap));
                    prop_assert!(raised.max_priority_fee_per_gas <= raised.max_fee_per_gas);
                    prop_assert!(raised.max_priority_fee_per_gas.unwrap() * 8 >= fee * part / 100 * 9
                        || raised.max_priority_fee_per_gas == raised.max_fee_per_gas);
                }
                None => prop_assert!(cap.unwrap() < fee + fee / 8 + 1),
            }
        }
    }
}
