//! The live network's contract (protocol reference, chapters 2 and 3.4 to 3.6): inputs in `/iexec_in`, outputs in
//! `/iexec_out`, the `IEXEC_*` variables, the proof named by `computed.json`.
//!
//! Claims every request that no other contract claims. Params that are not exactly such an object, be it by one
//! unknown key, are the command line as a whole, as for the live network's own worker.

use super::{
    Contract, DappError, DatasetFacts, EnvVar, Fetched, Folder, ImageConfig, ImageRef, Input, InputName,
    Launch, Mount, Plan, ProofRule, Request, RunAs, Unpack, location, words,
};
use alloy::primitives::Address;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The adapter.
pub struct Live;

/// The keys of the live network's params.
pub(super) const KEYS: [&str; 7] = [
    "iexec_args",
    "iexec_input_files",
    "iexec_result_encryption",
    "iexec_result_storage_provider",
    "iexec_result_storage_proxy",
    "iexec_secrets",
    "bulk_cid",
];

/// Live params as that worker reads them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveParams {
    /// The command line, perhaps blank.
    pub args: String,
    /// The URLs of the input files, as written: their spelling decides their names.
    pub input_files: Vec<String>,
    /// Whether the result is to be encrypted.
    pub result_encryption: bool,
    /// The CID of a bulk of datasets, empty for none.
    pub bulk_cid: String,
}

impl LiveParams {
    /// Reads params; what is no object of known keys with fitting values is the command line as a whole.
    pub fn parse(params: &str) -> Self {
        Self::object(params).unwrap_or_else(|| Self { args: params.to_owned(), ..Self::default() })
    }

    fn object(params: &str) -> Option<Self> {
        // That worker's reader takes the first JSON value and does not look at what follows it.
        let value = serde_json::Deserializer::from_str(params).into_iter::<Value>().next()?.ok()?;
        let Value::Object(map) = value else { return None };
        if map.keys().any(|key| !KEYS.contains(&key.as_str())) {
            return None;
        }
        for key in ["iexec_result_storage_provider", "iexec_result_storage_proxy"] {
            text(map.get(key))?;
        }
        let secrets = match map.get("iexec_secrets") {
            None | Some(Value::Null) => true,
            Some(Value::Object(secrets)) => secrets.values().all(|value| text(Some(value)).is_some()),
            Some(_) => false,
        };
        let input_files = match map.get("iexec_input_files") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(list)) => list.iter().map(|url| text(Some(url))).collect::<Option<_>>()?,
            Some(_) => return None,
        };
        let result_encryption = match map.get("iexec_result_encryption") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(wish)) => *wish,
            Some(Value::String(wish)) if matches!(wish.trim(), "true" | "True" | "TRUE") => true,
            Some(Value::String(wish)) if matches!(wish.trim(), "false" | "False" | "FALSE" | "") => false,
            Some(_) => return None,
        };
        secrets.then_some(Self {
            args: text(map.get("iexec_args"))?,
            input_files,
            result_encryption,
            bulk_cid: text(map.get("bulk_cid"))?,
        })
    }

    fn checked(params: &str) -> Result<Self, DappError> {
        let params = Self::parse(params);
        if params.result_encryption {
            return Err(DappError::EnclaveOnly("iexec_result_encryption"));
        }
        if !params.bulk_cid.is_empty() {
            return Err(DappError::Bulk);
        }
        Ok(params)
    }

    fn command(&self) -> Result<Option<Vec<String>>, DappError> {
        if self.args.trim().is_empty() {
            return Ok(None);
        }
        // With unbalanced quotes that worker runs the image with no words of ours, and so must whoever wants to
        // agree with it.
        let words = words::maven(&self.args).unwrap_or_default();
        words::refuse_nul(&words)?;
        Ok(Some(words))
    }
}

/// A string as that worker's reader takes it, numbers and booleans included; absent and null are empty.
fn text(value: Option<&Value>) -> Option<String> {
    match value {
        None | Some(Value::Null) => Some(String::new()),
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Bool(flag)) => Some(flag.to_string()),
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(Value::Array(_) | Value::Object(_)) => None,
    }
}

/// The name of an input file in `/iexec_in`: `0x` and the sha-256 of its URL as written.
pub fn input_name(url: &str) -> String {
    format!("0x{}", hex::encode(Sha256::digest(url)))
}

/// A dataset that says where it is; one that does not counts as none.
fn dataset(request: &Request) -> Option<&DatasetFacts> {
    request.dataset.as_ref().filter(|dataset| !dataset.multiaddr.trim().is_empty())
}

fn dataset_name(address: Address) -> String {
    format!("0x{}", hex::encode(address))
}

impl Contract for Live {
    fn name(&self) -> &'static str {
        "iexec"
    }

    fn claims(&self, _: &Request) -> bool {
        true
    }

    fn plan(&self, request: &Request) -> Result<Plan, DappError> {
        let image = ImageRef::parse(&request.app.multiaddr)?;
        let params = LiveParams::checked(&request.params)?;
        let mut inputs = Vec::new();
        if let Some(dataset) = dataset(request) {
            if dataset.checksum == [0; 32] {
                return Err(DappError::DatasetChecksum(dataset_name(dataset.address)));
            }
            inputs.push(Input {
                url: location::dataset_url(&dataset.multiaddr)?,
                folder: Folder::In,
                name: InputName::Fixed(dataset_name(dataset.address)),
                unpack: Unpack::Nothing,
                sha256: Some(dataset.checksum),
            });
        }
        for (at, url) in params.input_files.iter().enumerate() {
            // A URL that is listed twice is one file under one name.
            if params.input_files.iter().take(at).any(|earlier| earlier == url) {
                continue;
            }
            inputs.push(Input {
                url: location::input_url(url)?,
                folder: Folder::In,
                name: InputName::Fixed(input_name(url)),
                unpack: Unpack::Nothing,
                sha256: None,
            });
        }
        Ok(Plan { checksum: super::checksum(&image, request.app.checksum)?, image, inputs })
    }

    fn launch(&self, request: &Request, _: &Fetched, _: &ImageConfig) -> Result<Launch, DappError> {
        let params = LiveParams::checked(&request.params)?;
        Ok(Launch {
            mounts: vec![
                Mount { folder: Folder::In, target: "/iexec_in", writable: true },
                Mount { folder: Folder::Out, target: "/iexec_out", writable: true },
            ],
            env: environment(request, &params),
            command: params.command()?,
            user: RunAs::Worker,
            outputs: Folder::Out,
            proof: ProofRule::ComputedJson { callback: request.task.callback.is_some() },
        })
    }
}

fn environment(request: &Request, params: &LiveParams) -> Vec<EnvVar> {
    let task = &request.task;
    let dataset = dataset_name(dataset(request).map_or(Address::ZERO, |dataset| dataset.address));
    let mut env = vec![
        ("IEXEC_TASK_ID".to_owned(), task.task.to_string()),
        ("IEXEC_DEAL_ID".to_owned(), task.deal.to_string()),
        ("IEXEC_TASK_INDEX".to_owned(), task.index.to_string()),
        ("IEXEC_IN".to_owned(), "/iexec_in".to_owned()),
        ("IEXEC_OUT".to_owned(), "/iexec_out".to_owned()),
        ("IEXEC_DATASET_ADDRESS".to_owned(), dataset.clone()),
        ("IEXEC_DATASET_FILENAME".to_owned(), dataset),
        ("IEXEC_BOT_SIZE".to_owned(), task.bot_size.to_string()),
        ("IEXEC_BOT_FIRST_INDEX".to_owned(), task.bot_first.to_string()),
        ("IEXEC_BOT_TASK_INDEX".to_owned(), task.index.to_string()),
        ("IEXEC_INPUT_FILES_NUMBER".to_owned(), params.input_files.len().to_string()),
    ];
    if !params.input_files.is_empty() {
        env.push(("IEXEC_INPUT_FILES_FOLDER".to_owned(), "/iexec_in".to_owned()));
    }
    for (at, url) in params.input_files.iter().enumerate() {
        env.push((format!("IEXEC_INPUT_FILE_NAME_{}", at + 1), input_name(url)));
    }
    env.into_iter().map(|(name, value)| EnvVar { name, value }).collect()
}
