//! Deploys PoCo by the plan of `contracts/artifacts/deploy.json` (see `contracts/README.md`): eighteen transactions, all
//! from one account, which then owns the hub and holds all RLC. Beside them stands a Multicall3.

use super::DevnetError;
use crate::chain::{Endpoint, MULTICALL3, Sender, rpc};
use alloy::network::TransactionBuilder;
use alloy::primitives::{Address, Bytes, FixedBytes, U256};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use alloy::sol;
use alloy::sol_types::{SolCall, SolValue};
use serde::Deserialize;

sol! {
    struct FacetSelectors { address implementation; bytes4[] selectors; }
    function addFacets(FacetSelectors[] facets) external;
    function configure(
        address token, string name, string symbol, uint8 decimals, address appregistry, address datasetregistry,
        address workerpoolregistry, address v3_iexecHub
    ) external;
    function createCategory(string name, string description, uint256 workClockTimeRef) external returns (uint256);
}

macro_rules! artifact {
    ($name:literal) => {
        ($name, include_str!(concat!("../../contracts/artifacts/", $name, ".json")))
    };
}

/// The compiled contracts, in the program itself.
const ARTIFACTS: &[(&str, &str)] = &[
    artifact!("Rlc"),
    artifact!("AppRegistry"),
    artifact!("DatasetRegistry"),
    artifact!("WorkerpoolRegistry"),
    artifact!("Hub"),
    artifact!("DealsFacet"),
    artifact!("OrdersFacet"),
    artifact!("TasksFacet"),
    artifact!("EscrowFacet"),
    artifact!("ViewsFacet"),
    artifact!("AdminFacet"),
    artifact!("Multicall"),
];
const PLAN: &str = include_str!("../../contracts/artifacts/deploy.json");

#[derive(Deserialize)]
struct Artifact {
    bytecode: Bytes,
}

#[derive(Deserialize)]
struct Plan {
    escrow: Escrow,
    facets: Vec<Facet>,
    categories: Vec<PlannedCategory>,
}

#[derive(Deserialize)]
struct Escrow {
    name: String,
    symbol: String,
    decimals: u8,
}

#[derive(Deserialize)]
struct Facet {
    contract: String,
    selectors: Vec<FixedBytes<4>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlannedCategory {
    name: String,
    #[serde(default)]
    description: String,
    work_clock_time_ref: u64,
}

/// What was deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The hub.
    pub hub: Address,
    /// The devnet's RLC.
    pub token: Address,
}

/// Deploys everything, and the categories of the live network.
pub async fn deploy(endpoint: &Endpoint, admin: &Sender) -> Result<Deployment, DevnetError> {
    let plan: Plan = parse("deploy", PLAN)?;
    let token = create(admin, "Rlc", Bytes::new()).await?;
    let nobody: Bytes = Address::ZERO.abi_encode().into();
    let apps = create(admin, "AppRegistry", nobody.clone()).await?;
    let datasets = create(admin, "DatasetRegistry", nobody.clone()).await?;
    let pools = create(admin, "WorkerpoolRegistry", nobody).await?;
    let hub = create(admin, "Hub", Bytes::new()).await?;
    let mut facets = Vec::new();
    for facet in plan.facets {
        let implementation = create(admin, &facet.contract, Bytes::new()).await?;
        facets.push(FacetSelectors { implementation, selectors: facet.selectors });
    }
    let call = |data: Vec<u8>| admin.send("deploy", hub, data.into(), 0);
    call(addFacetsCall { facets }.abi_encode()).await?;
    let configure = configureCall {
        token,
        name: plan.escrow.name,
        symbol: plan.escrow.symbol,
        decimals: plan.escrow.decimals,
        appregistry: apps,
        datasetregistry: datasets,
        workerpoolregistry: pools,
        v3_iexecHub: Address::ZERO,
    };
    call(configure.abi_encode()).await?;
    for category in plan.categories {
        create_category(admin, hub, &category.name, &category.description, category.work_clock_time_ref)
            .await?;
    }
    put_multicall(endpoint).await?;
    tracing::debug!(chain = endpoint.chain_id(), %hub, "PoCo is deployed");
    Ok(Deployment { hub, token })
}

/// Adds a category; its id is the number of those before it.
pub(super) async fn create_category(
    admin: &Sender,
    hub: Address,
    name: &str,
    description: &str,
    seconds: u64,
) -> Result<(), DevnetError> {
    let call = createCategoryCall {
        name: name.to_owned(),
        description: description.to_owned(),
        workClockTimeRef: U256::from(seconds),
    };
    admin.send("createCategory", hub, call.abi_encode().into(), 0).await?;
    Ok(())
}

/// Public chains have Multicall3 where nobody can deploy by a transaction of ours: the code is put there.
async fn put_multicall(endpoint: &Endpoint) -> Result<(), DevnetError> {
    let deploying = TransactionRequest::default().with_deploy_code(bytecode("Multicall")?);
    let code = rpc("eth_call", endpoint.provider().call(deploying)).await?;
    let putting = endpoint.provider().raw_request::<_, ()>("anvil_setCode".into(), (MULTICALL3, code));
    Ok(rpc("anvil_setCode", putting).await?)
}

async fn create(admin: &Sender, name: &str, arguments: Bytes) -> Result<Address, DevnetError> {
    let code = [bytecode(name)?.as_ref(), arguments.as_ref()].concat();
    Ok(admin.deploy(code.into()).await?)
}

fn bytecode(name: &str) -> Result<Bytes, DevnetError> {
    let text = ARTIFACTS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    let text = text.ok_or_else(|| DevnetError::Artifact {
        contract: name.to_owned(),
        reason: "the plan names it and the program does not hold it".into(),
    })?;
    let artifact: Artifact = parse(name, text)?;
    Ok(artifact.bytecode)
}

fn parse<T: for<'a> Deserialize<'a>>(name: &str, text: &str) -> Result<T, DevnetError> {
    serde_json::from_str(text)
        .map_err(|error| DevnetError::Artifact { contract: name.to_owned(), reason: error.to_string() })
}
