//! What is checked: an image, how it is launched, and its inputs, all of it settled once.
//!
//! It is asked for as a deal would ask, so that the dapp gets the contract, the words and the variables that it gets on the
//! network. Inputs come through the worker's own door; what lies on this desk is handed in at that door under a made-up URL,
//! so that an archive is told and unpacked by the worker's rules too.

use super::DeterminismError;
use crate::container::policy::{Party, Wanted};
use crate::container::{Engine, Image, Limits};
use crate::dapp::{
    self, AppFacts, Fetched, Folder, IexecJson, ImageConfig, ImageRef, Input, InputName, Launch, Request,
    TaskFacts, Unpack, WorkArea,
};
use crate::inputs::{Fetch, HttpFetch, InputError, Settings, Supply, check_name};
use crate::poco::{DealId, TaskId};
use alloy::primitives::B256;
use futures_util::future::BoxFuture;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use url::Url;

/// What a person asks to have checked.
#[derive(Clone, Debug)]
pub enum Asked {
    /// The app and the order of an iexec.json.
    File(IexecJson),
    /// An image of the classic contract.
    Image {
        /// Its name.
        reference: ImageRef,
        /// Words in place of its own command; none keeps that one.
        args: Vec<String>,
    },
}

/// An input that is given at the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// A file, which is unpacked if the contract unpacks such, or a folder, whose content is taken.
    Path(PathBuf),
    /// Something to download.
    Url(Url),
}

impl Given {
    /// Whatever has the scheme of a URL that is fetched is one.
    pub fn of(text: &str) -> Self {
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https" | "ipfs") => Self::Url(url),
            _ => Self::Path(text.into()),
        }
    }
}

/// A dapp that is ready to be run, as often as is wanted.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The image's name.
    pub reference: ImageRef,
    /// The image.
    pub image: Image,
    /// Its contract's name.
    pub contract: &'static str,
    /// How it is started.
    pub launch: Launch,
    /// Where its inputs lie, as they are before each run.
    pub stock: WorkArea,
    /// The names of its inputs.
    pub inputs: Vec<String>,
    /// What a run may cost.
    pub limits: Limits,
}

impl Asked {
    fn request(&self) -> Result<Request, DeterminismError> {
        let (app, params, callback) = match self {
            Self::File(file) => {
                let app = file.app()?;
                let order = file.order_or_nothing()?;
                let facts = AppFacts { multiaddr: app.multiaddr(), checksum: app.checksum, kind: app.kind };
                (facts, order.params, order.callback)
            }
            Self::Image { reference, .. } => {
                let facts =
                    AppFacts { kind: "DOCKER".into(), multiaddr: reference.to_string(), checksum: None };
                (facts, r#"{"cmdline":""}"#.to_owned(), None)
            }
        };
        let task = TaskFacts {
            task: TaskId(B256::ZERO),
            deal: DealId(B256::ZERO),
            index: 0,
            bot_first: 0,
            bot_size: 1,
            callback,
        };
        Ok(Request { task, app, dataset: None, params })
    }
}

impl Subject {
    /// Gets the image and the inputs; the latter below `stock`.
    ///
    /// # Errors
    /// Those of the request, the image and the inputs.
    pub async fn resolve(
        asked: &Asked,
        given: &[Given],
        means: &Means<'_>,
        stock: WorkArea,
    ) -> Result<Self, DeterminismError> {
        let request = asked.request()?;
        dapp::check_kind(&request.app)?;
        let contract = dapp::contract_for(&request);
        let mut plan = contract.plan(&request)?;
        let draft = contract.launch(&request, &Fetched::default(), &ImageConfig::default())?;
        let classic = draft.outputs == Folder::Shared;
        let desk = lay_out(given, &mut plan.inputs, classic)?;

        let wanted = Wanted::new(plan.image.clone());
        let wanted = Wanted { checksum: plan.checksum, dataset: Party::Nobody, ..wanted };
        let image = means.engine.image(&wanted);
        let web = HttpFetch::new(means.inputs)?;
        let door = Door { files: desk.files, web };
        let supply = Supply::by(Arc::new(door), means.inputs.limits.clone());
        let gather = async {
            let gathered = supply.gather(&plan.inputs, &stock, means.stop).await;
            Ok::<_, DeterminismError>(gathered?)
        };
        let image = async { Ok::<_, DeterminismError>(image.await?) };
        let (image, (fetched, _)) = tokio::select! {
            biased;
            () = means.stop.cancelled() => return Err(DeterminismError::Stopped),
            both = async { tokio::try_join!(image, gather) } => both?,
        };
        let mut launch = contract.launch(&request, &fetched, &image.config)?;
        if let Asked::Image { args, .. } = asked
            && !args.is_empty()
        {
            launch.command = Some(args.clone());
        }
        let into = stock.folder(if classic { Folder::Shared } else { Folder::In });
        for folder in desk.folders {
            super::stage::copy_of_desk(&folder, &into)?;
        }
        let inputs = super::stage::names(&stock, &launch)?;
        let (reference, limits) = (plan.image, means.limits.clone());
        Ok(Self { reference, image, contract: contract.name(), launch, stock, inputs, limits })
    }
}

/// What a subject is resolved with.
pub struct Means<'a> {
    /// Where the image is.
    pub engine: &'a dyn Engine,
    /// Where inputs may come from, and what they may cost.
    pub inputs: &'a Settings,
    /// What a run may cost.
    pub limits: Limits,
    /// Calls it off.
    pub stop: &'a CancellationToken,
}

/// What lies on this desk.
#[derive(Default)]
struct Desk {
    files: HashMap<Url, PathBuf>,
    folders: Vec<PathBuf>,
}

/// Adds what is given to what the order names, files of the desk under made-up URLs.
fn lay_out(given: &[Given], inputs: &mut Vec<Input>, classic: bool) -> Result<Desk, DeterminismError> {
    let mut desk = Desk::default();
    let (folder, unpack) =
        if classic { (Folder::Shared, Unpack::Zips) } else { (Folder::In, Unpack::Nothing) };
    for given in given {
        let (url, name) = match given {
            Given::Url(url) => (url.clone(), InputName::FromUrl),
            Given::Path(path) => {
                let kind = std::fs::metadata(path)
                    .map_err(|source| DeterminismError::File { path: path.clone(), source })?;
                if kind.is_dir() {
                    desk.folders.push(path.clone());
                    continue;
                }
                let name = path.file_name().and_then(|name| name.to_str()).filter(|_| kind.is_file());
                let name = name.ok_or_else(|| DeterminismError::InputKind(path.clone()))?;
                check_name(name)?;
                let url = url_of(path)?;
                desk.files.insert(url.clone(), path.clone());
                (url, InputName::Fixed(name.to_owned()))
            }
        };
        inputs.push(Input { url, folder, name, unpack, sha256: None });
    }
    Ok(desk)
}

/// A URL that shows the path: what is wrong with a file is told by its URL.
fn url_of(path: &Path) -> Result<Url, DeterminismError> {
    let failed = |source| DeterminismError::File { path: path.to_path_buf(), source };
    let whole = std::path::absolute(path).map_err(failed)?;
    let mut url = Url::parse("http://desk.invalid").map_err(|error| failed(std::io::Error::other(error)))?;
    url.set_path(&whole.to_string_lossy());
    Ok(url)
}

/// The worker's way to the network, with the desk beside it.
struct Door {
    files: HashMap<Url, PathBuf>,
    web: HttpFetch,
}

impl Fetch for Door {
    fn fetch<'a>(
        &'a self,
        url: &'a Url,
        to: &'a Path,
        limits: &'a crate::inputs::Limits,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<u64, InputError>> {
        let Some(path) = self.files.get(url) else { return self.web.fetch(url, to, limits, cancel) };
        Box::pin(async move {
            let copied = tokio::fs::copy(path, to).await;
            let bytes = copied.map_err(|source| InputError::Disk { path: path.clone(), source })?;
            if bytes > limits.max_file_bytes {
                return Err(InputError::TooLarge { url: url.clone(), limit_bytes: limits.max_file_bytes });
            }
            Ok(bytes)
        })
    }
}
