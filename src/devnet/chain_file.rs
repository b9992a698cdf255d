//! chain.json: which chains there are and where, in the form that iExec's SDK reads, with what else a devnet has.

use super::DevnetError;
use alloy::primitives::Address;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use url::Url;

/// The file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainFile {
    /// Name of the chain that is used when none is named.
    pub default: String,
    /// The chains by name.
    pub chains: BTreeMap<String, ChainEntry>,
}

/// One chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainEntry {
    /// Its id, as a decimal string.
    pub id: String,
    /// Its HTTP endpoint.
    pub host: Url,
    /// Its WebSocket endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ws: Option<Url>,
    /// The hub.
    pub hub: Address,
    /// The workerpool to order from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workerpool: Option<Address>,
    /// The pool's URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool: Option<Url>,
    /// Named accounts and their public test keys; only a devnet has them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accounts: BTreeMap<String, DevAccount>,
}

/// An account whose key everybody knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevAccount {
    /// Its address.
    pub address: Address,
    /// Its key, worth nothing.
    pub key: String,
}

impl ChainFile {
    /// Reads the file.
    pub fn read(path: &Path) -> Result<Self, DevnetError> {
        let failed = |reason: String| DevnetError::ChainFile { path: path.to_owned(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        serde_json::from_str(&text).map_err(|error| failed(error.to_string()))
    }

    /// Writes the file.
    pub fn write(&self, path: &Path) -> Result<(), DevnetError> {
        let failed = |reason: String| DevnetError::ChainFile { path: path.to_owned(), reason };
        let mut text = serde_json::to_string_pretty(self).map_err(|error| failed(error.to_string()))?;
        text.push('\n');
        std::fs::write(path, text).map_err(|error| failed(error.to_string()))
    }

    /// The default chain.
    pub fn default_chain(&self) -> Option<&ChainEntry> {
        self.chains.get(&self.default)
    }
}
