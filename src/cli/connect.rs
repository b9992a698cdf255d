//! What all commands that talk to a chain have in common.

use super::report::Report;
use crate::chain::{Endpoint, EvmChain, Sender};
use crate::config::{ChainPlace, ChainSection, ConfigError, Secret};
use clap::Args;

/// Whose key signs.
#[derive(Args)]
pub(super) struct KeyArgs {
    /// Key that signs and pays: hex, or @FILE with a hex key or a V3 keystore
    #[arg(long, env = "POCO_KEY", value_name = "KEY", hide_env_values = true, help_heading = "Chain")]
    key: Option<Secret>,
}

/// A chain to act on.
pub(super) struct Connected {
    pub(super) place: ChainPlace,
    pub(super) chain: EvmChain,
}

/// Opens the chain for reading.
pub(super) async fn connect(section: &ChainSection) -> Result<Connected, Report> {
    let place = section.place()?;
    let endpoint = Endpoint::open_all(&place.rpc_urls, place.poll_interval).await?;
    let chain = EvmChain::open(endpoint, place.hub, vec![]).await?;
    Ok(Connected { place, chain })
}

impl Connected {
    /// The signer: the key given, else the devnet's account of that name.
    pub(super) fn signer(
        &self,
        args: &KeyArgs,
        account: &str,
    ) -> Result<alloy::signers::local::PrivateKeySigner, Report> {
        let secret = args.key.clone().or_else(|| self.place.devnet_key(account));
        let missing = ConfigError::Missing { what: "the key that signs", give: "give --key or POCO_KEY" };
        Ok(secret.ok_or(missing)?.key("--key")?)
    }

    /// The sender of that signer's transactions.
    pub(super) fn sender(&self, key: &alloy::signers::local::PrivateKeySigner) -> Sender {
        self.chain.endpoint().sender(key.clone(), self.place.gas.clone())
    }
}
