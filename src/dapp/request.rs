//! The words between the chain and the container: what is asked, what must be fetched, what is run.

use super::{Folder, ImageConfig, ImageDigest, ImageRef};
use crate::poco::{DealId, TaskId};
use alloy::primitives::Address;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

/// Everything the chain says about one task that matters to its container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Which task of which deal.
    pub task: TaskFacts,
    /// The app as registered.
    pub app: AppFacts,
    /// The dataset, when the deal has one.
    pub dataset: Option<DatasetFacts>,
    /// The request order's `params`, as on chain.
    pub params: String,
}

/// Which task of which deal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskFacts {
    /// The task.
    pub task: TaskId,
    /// Its deal.
    pub deal: DealId,
    /// Its index in the request order, `bot_first <= index < bot_first + bot_size`.
    pub index: u64,
    /// First index of the deal's bag.
    pub bot_first: u64,
    /// Number of tasks in the deal's bag.
    pub bot_size: u64,
    /// Who is called back with the result, if anyone.
    pub callback: Option<Address>,
}

/// The app as registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppFacts {
    /// `m_appType`, `DOCKER` for all that can run here.
    pub kind: String,
    /// `m_appMultiaddr` as UTF-8: an image reference, or an `envvars` string.
    pub multiaddr: String,
    /// `m_appChecksum`; zero on chain means that none is known.
    pub checksum: Option<ImageDigest>,
}

/// The dataset of a deal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetFacts {
    /// Address of the dataset's contract.
    pub address: Address,
    /// `m_datasetMultiaddr`, decoded to a URL or an ipfs path.
    pub multiaddr: String,
    /// `m_datasetChecksum`: sha-256 of the file.
    pub checksum: [u8; 32],
}

/// What must be fetched before the container can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The image to run.
    pub image: ImageRef,
    /// The digest that the image must have, when the chain names one.
    pub checksum: Option<ImageDigest>,
    /// The files to fetch.
    pub inputs: Vec<Input>,
}

/// One file to fetch and where to put it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Where it is.
    pub url: Url,
    /// The folder it goes to.
    pub folder: Folder,
    /// The name it gets there.
    pub name: InputName,
    /// What is unpacked at the folder's root instead of being kept.
    pub unpack: Unpack,
    /// The sha-256 that its bytes must have.
    pub sha256: Option<[u8; 32]>,
}

/// Which archives are unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unpack {
    /// None: the file is the file.
    Nothing,
    /// Zips, as the classic worker does.
    Zips,
    /// Zips, and tars packed by gzip.
    Archives,
}

/// How a fetched file is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputName {
    /// The last segment of the URL's decoded path, made safe.
    FromUrl,
    /// This very name.
    Fixed(String),
}

/// What became of the inputs, in the order of [`Plan::inputs`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// The name that each input has in its folder; none when it was unpacked.
    pub names: Vec<Option<String>>,
}

/// How the container is started and where its proof will lie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// Folders of the task that the container sees.
    pub mounts: Vec<Mount>,
    /// Environment besides the image's own.
    pub env: Vec<EnvVar>,
    /// Arguments in place of the image's own command; none keeps that command.
    pub command: Option<Vec<String>>,
    /// Whose identity the processes get.
    pub user: RunAs,
    /// The folder whose changes are the result.
    pub outputs: Folder,
    /// How the digest is found.
    pub proof: ProofRule,
}

/// A folder of the task inside the container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mount {
    /// Which folder.
    pub folder: Folder,
    /// Absolute path inside the container.
    pub target: &'static str,
    /// Whether the container may write to it.
    pub writable: bool,
}

/// A mount as it was written down.
#[derive(Deserialize)]
struct WrittenMount {
    folder: Folder,
    target: String,
    writable: bool,
}

impl<'de> Deserialize<'de> for Mount {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let WrittenMount { folder, target, writable } = WrittenMount::deserialize(input)?;
        let known = ["/iexec", "/iexec_in", "/iexec_out"].into_iter().find(|known| *known == target);
        let target = known.ok_or_else(|| D::Error::custom(format!("no contract mounts {target:?}")))?;
        Ok(Self { folder, target, writable })
    }
}

/// One environment variable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvVar {
    /// Its name.
    pub name: String,
    /// Its value, which may be empty.
    pub value: String,
}

/// Whose identity the processes get.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunAs {
    /// The unprivileged user that owns the task's folders.
    Worker,
}

/// How the digest of a finished run is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProofRule {
    /// keccak-256 of `consensus.iexec`, else of everything that the dapp left (see `docs/digest.md`).
    Consensus {
        /// Whether the deal has a callback, which only `consensus.iexec` can feed.
        callback: bool,
    },
    /// What `computed.json` names (file, directory or callback data).
    ComputedJson {
        /// Whether the deal has a callback.
        callback: bool,
    },
}

/// A container contract: what a dapp may expect of its worker. Adding one is a matter of one file.
pub trait Contract: Send + Sync {
    /// Its name in logs and in the configuration.
    fn name(&self) -> &'static str;

    /// Whether this request is written for this contract.
    fn claims(&self, request: &Request) -> bool;

    /// What must be fetched.
    fn plan(&self, request: &Request) -> Result<Plan, super::DappError>;

    /// How the container is started, once everything is there.
    fn launch(
        &self,
        request: &Request,
        fetched: &Fetched,
        image: &ImageConfig,
    ) -> Result<Launch, super::DappError>;
}
