//! What a unit of gas is offered: pure arithmetic, but for the question what the market asks.

use super::Gas;
use crate::chain::ChainError;
use crate::chain::endpoint::rpc;
use alloy::network::TransactionBuilder;
use alloy::providers::{DynProvider, Provider};
use alloy::rpc::types::TransactionRequest;
use alloy::transports::{RpcError, TransportError};

/// JSON-RPC's "method not found", and EIP-1474's "method not supported".
const NO_METHOD_CODES: [i64; 2] = [-32601, -32004];

/// EIP-1559 where the chain has a base fee, the plain gas price where not; never above the cap.
pub(super) async fn priced(
    provider: &DynProvider,
    gas: &Gas,
    request: TransactionRequest,
) -> Result<TransactionRequest, ChainError> {
    let cap = |fee: u128| gas.max_fee_wei.map_or(fee, |most| fee.min(most));
    let asking = async {
        match provider.estimate_eip1559_fees().await {
            Err(error) if has_no_base_fee(&error) => Ok(None),
            answer => answer.map(Some),
        }
    };
    match rpc("eth_feeHistory", asking).await? {
        Some(fees) => {
            let max = cap(fees.max_fee_per_gas);
            Ok(request
                .with_max_fee_per_gas(max)
                .with_max_priority_fee_per_gas(fees.max_priority_fee_per_gas.min(max)))
        }
        None => {
            let price = rpc("eth_gasPrice", provider.get_gas_price()).await?;
            Ok(request.with_gas_price(cap(price)))
        }
    }
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
