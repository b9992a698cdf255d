//! What a hub is made of, read once: a hub's own functions, at the address that is said to hold one.

use super::ChainError;
use super::abi::Hub;
use super::endpoint::{Endpoint, rpc, view};
use super::types::HubConfig;
use alloy::primitives::{Address, U256};
use alloy::providers::Provider;

/// Reads the configuration of the hub at `hub`, or finds that there is none.
pub(super) async fn read(endpoint: &Endpoint, hub: Address) -> Result<HubConfig, ChainError> {
    let (provider, chain_id) = (endpoint.provider(), endpoint.chain_id());
    let code = rpc("eth_getCode", provider.get_code_at(hub)).await?;
    if code.is_empty() {
        return Err(ChainError::NoHub { hub, chain_id });
    }
    let contract = Hub::new(hub, provider.clone());
    let small = |value: U256| u64::try_from(value).unwrap_or(u64::MAX);
    let (apps, datasets, pools, token) =
        (contract.appregistry(), contract.datasetregistry(), contract.workerpoolregistry(), contract.token());
    let (gas, contribution, reveal, last, kitty) = (
        contract.callbackgas(),
        contract.contribution_deadline_ratio(),
        contract.reveal_deadline_ratio(),
        contract.final_deadline_ratio(),
        contract.kitty_address(),
    );
    let config = async {
        let (app_registry, dataset_registry, workerpool_registry, token) = tokio::try_join!(
            view("appregistry", hub, apps.call()),
            view("datasetregistry", hub, datasets.call()),
            view("workerpoolregistry", hub, pools.call()),
            view("token", hub, token.call()),
        )?;
        let (callback_gas, contribution, reveal, last, kitty) = tokio::try_join!(
            view("callbackgas", hub, gas.call()),
            view("contribution_deadline_ratio", hub, contribution.call()),
            view("reveal_deadline_ratio", hub, reveal.call()),
            view("final_deadline_ratio", hub, last.call()),
            view("kitty_address", hub, kitty.call()),
        )?;
        Ok::<_, ChainError>(HubConfig {
            chain_id,
            hub,
            app_registry,
            dataset_registry,
            workerpool_registry,
            token,
            callback_gas: small(callback_gas),
            contribution_ratio: small(contribution),
            reveal_ratio: small(reveal),
            final_ratio: small(last),
            kitty,
        })
    };
    config.await.map_err(|error| match error {
        ChainError::Undecodable { .. } | ChainError::Refused { .. } => ChainError::NoHub { hub, chain_id },
        other => other,
    })
}
