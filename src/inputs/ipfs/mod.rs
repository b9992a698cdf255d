//! What is named by its content, over gateways that nobody has to trust.
//!
//! Blocks are asked for one by one, and each is held against the name that led to it, so a gateway can refuse and
//! delay and do nothing else. The first name is in the URL; all others are in blocks that were verified.
//!
//! ```text
//! ipfs://CID/a/b ─▶ folder ─▶ folder ─▶ file ─┬─▶ its bytes
//!                                             └─▶ parts, in order, to any depth
//! ```
//!
//! Read are files and folders of UnixFS in raw and DAG-PB blocks of sha-256. Folders in pieces (HAMT), links and
//! other hashes are refused.

mod cid;
mod dag;

use super::door::{Door, broken, stalled};
use super::fetch::{Got, backoff, may_pass};
use super::part::Part;
use super::sink::Sink;
use super::{InputError, IpfsFault, Limits, Settings, Trust, Trusted};
use backon::BackoffBuilder;
use cid::{Cid, Codec};
use dag::{Kind, Node};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use tokio::time::{sleep, timeout};
use url::Url;

/// No peer of the network passes on larger blocks.
const MAX_BLOCK_BYTES: usize = 2 << 20;
/// Blocks of one file whose turn is still to come. A file of 2 GiB in small blocks stays far below.
const MAX_WAITING: usize = 200_000;

/// The gateways that are asked, in order.
#[derive(Clone, Debug)]
pub(super) struct Gateways {
    urls: Vec<Url>,
    /// Whoever names a gateway trusts its address, and an input does not get any nearer by that.
    door: Door,
}

impl Gateways {
    /// None when the settings name none.
    pub(super) fn new(settings: &Settings) -> Result<Option<Self>, InputError> {
        if settings.ipfs_gateways.is_empty() {
            return Ok(None);
        }
        let hosts = settings.ipfs_gateways.iter().filter_map(Url::host_str);
        let trust = Trust(hosts.filter_map(|host| Trusted::host(host).ok()).collect());
        let door = Door::new(trust, settings.limits.connect_timeout)?;
        Ok(Some(Self { urls: settings.ipfs_gateways.clone(), door }))
    }

    /// Writes the file that `url` names.
    pub(super) async fn fetch(
        &self,
        url: &Url,
        part: &Part,
        limits: &Limits,
        hashed: bool,
    ) -> Result<Got, InputError> {
        let disk = |source| InputError::Disk { path: part.path().to_path_buf(), source };
        let fault = |fault| InputError::Ipfs { url: url.clone(), fault };
        let root = Cid::parse(url.host_str().unwrap_or_default()).ok_or(fault(IpfsFault::Name))?;
        let mut waiting = vec![self.find(url, root, limits).await?];
        // No version: a download that breaks off begins anew.
        let file = part.begin(url, &HeaderMap::new()).await.map_err(disk)?;
        let begun = hashed.then(|| (part.path().to_path_buf(), 0));
        let mut sink = Sink::new(file.into_std().await, begun);
        let (mut bytes, mut empty) = (0, 0);
        while let Some(cid) = waiting.pop() {
            let block = self.block(url, cid, limits).await?;
            let data = match cid.codec {
                Codec::Raw => block,
                Codec::DagPb => {
                    let node = Node::read(&block).ok_or(fault(IpfsFault::Block))?;
                    if node.kind != Kind::File {
                        return Err(fault(IpfsFault::NoFile));
                    }
                    waiting.extend(node.links.iter().rev().map(|(_, cid)| cid));
                    node.data
                }
            };
            bytes += data.len() as u64;
            if bytes > limits.max_file_bytes {
                return Err(InputError::TooLarge { url: url.clone(), limit_bytes: limits.max_file_bytes });
            }
            // Nodes without bytes that link to each other would never end.
            empty += usize::from(data.is_empty());
            if waiting.len() > MAX_WAITING || empty > MAX_WAITING {
                return Err(fault(IpfsFault::Endless));
            }
            if !sink.take(data.into()).await {
                break;
            }
        }
        let sum = sink.finish().await.map_err(disk)?;
        part.finish().await.map_err(disk)?;
        Ok((bytes, sum))
    }

    /// Follows the URL's path down from its first name.
    async fn find(&self, url: &Url, root: Cid, limits: &Limits) -> Result<Cid, InputError> {
        let fault = |fault| InputError::Ipfs { url: url.clone(), fault };
        let mut at = root;
        for name in url.path_segments().into_iter().flatten().filter(|name| !name.is_empty()) {
            let name = super::name::decoded(name);
            if at.codec != Codec::DagPb {
                return Err(fault(IpfsFault::NoPath));
            }
            let node = Node::read(&self.block(url, at, limits).await?).ok_or(fault(IpfsFault::Block))?;
            if node.kind != Kind::Folder {
                return Err(fault(IpfsFault::NoPath));
            }
            let found = node.links.iter().find(|(link, _)| link.as_bytes() == name);
            at = found.ok_or(fault(IpfsFault::NoPath))?.1;
        }
        Ok(at)
    }

    /// One block from the first gateway that has it.
    async fn block(&self, url: &Url, cid: Cid, limits: &Limits) -> Result<Vec<u8>, InputError> {
        let mut pauses = backoff(limits).build();
        loop {
            let mut failed = None;
            let mut again = false;
            for gateway in &self.urls {
                match self.ask(url, gateway, cid, limits).await {
                    Ok(block) => return Ok(block),
                    Err(error) => {
                        again |= may_pass(&error);
                        failed = Some(error);
                    }
                }
            }
            let failed = failed.unwrap_or(InputError::NoGateway { url: url.clone() });
            match pauses.next().filter(|_| again) {
                Some(pause) => sleep(pause).await,
                None => return Err(failed),
            }
        }
    }

    async fn ask(&self, url: &Url, gateway: &Url, cid: Cid, limits: &Limits) -> Result<Vec<u8>, InputError> {
        let fault = |fault| InputError::Ipfs { url: url.clone(), fault };
        let mut at = gateway.clone();
        at.set_path(&format!("{}/ipfs/{cid}", gateway.path().trim_end_matches('/')));
        at.set_query(Some("format=raw"));
        let mut response = self.door.open(&at, limits, None).await?;
        if response.status() != StatusCode::OK {
            return Err(InputError::Refused { url: at, status: response.status().as_u16() });
        }
        let mut block = Vec::new();
        while let Some(chunk) = timeout(limits.idle_timeout, response.chunk())
            .await
            .map_err(|_| stalled(&at, limits))?
            .map_err(|error| broken(&at, error))?
        {
            if block.len() + chunk.len() > MAX_BLOCK_BYTES {
                return Err(fault(IpfsFault::Block));
            }
            block.extend_from_slice(&chunk);
        }
        if cid.names(&block) { Ok(block) } else { Err(fault(IpfsFault::Lie)) }
    }
}
