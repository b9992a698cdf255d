//! The classic contract of 2018: one folder, `/iexec`, for inputs and outputs; `cmdline` in place of the image's command;
//! `envvars` of the app and of the request; the proof in `consensus.iexec`.
//!
//! Claimed by params with `cmdline` or `dirinuri`, and by apps whose multiaddr is an `envvars` string. The container
//! gets no variable of the worker. Keys of the params that have no meaning are an error, but for `app` and `dataset`,
//! which real requests carry by mistake and which the deal says itself.

use super::envvars::{self, AppAddress};
use super::keys::Section;
use super::{
    Contract, DappError, EnvVar, Fetched, Folder, ImageConfig, Input, InputName, Launch, Mount, Plan,
    ProofRule, Request, RunAs, Unpack, json, live, location, words,
};
use serde_json::Value;
use url::Url;

/// The adapter.
pub struct Classic;

/// Classic params, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassicParams {
    /// The words of `cmdline`; none keeps the image's own command.
    pub command: Option<Vec<String>>,
    /// The files of `dirinuri`.
    pub inputs: Vec<Url>,
    /// The requester's variables.
    pub env: Vec<EnvVar>,
}

const KEYS: [&str; 5] = ["cmdline", "dirinuri", "envvars", "app", "dataset"];

impl ClassicParams {
    /// Reads the params of a request; a blank text has none.
    pub fn parse(params: &str) -> Result<Self, DappError> {
        if params.trim().is_empty() {
            return Ok(Self::default());
        }
        Self::read(&json::parse("the request's params", params)?)
    }

    /// Reads the params from a JSON value.
    pub fn read(params: &Value) -> Result<Self, DappError> {
        let section = Section::of(params, "params")?;
        if let Some(key) = live::KEYS.iter().find(|key| section.get(key).is_some()) {
            let classic = KEYS.iter().find(|key| section.get(key).is_some());
            let classic = classic.map_or("the app's envvars", |key| key).to_owned();
            return Err(DappError::MixedContracts { classic, live: (*key).to_owned() });
        }
        section.only(&KEYS)?;
        let cmdline = section.text("cmdline")?.filter(|line| !line.trim().is_empty());
        Ok(Self {
            command: cmdline.map(words::posix).transpose()?,
            inputs: inputs(section)?,
            env: envvars::parse(section.text("envvars")?.unwrap_or_default())?,
        })
    }
}

fn inputs(section: Section<'_>) -> Result<Vec<Url>, DappError> {
    match section.get("dirinuri") {
        None => Ok(Vec::new()),
        Some(Value::String(url)) if url.trim().is_empty() => Ok(Vec::new()),
        Some(Value::String(url)) => Ok(vec![location::input_url(url)?]),
        Some(Value::Array(list)) => list
            .iter()
            .map(|url| match url {
                Value::String(url) => location::input_url(url),
                other => Err(Section::wrong("params.dirinuri", "a list of strings only", other)),
            })
            .collect(),
        Some(other) => Err(Section::wrong("params.dirinuri", "a string or a list of strings", other)),
    }
}

/// Whether params are an object of the classic contract.
pub(super) fn claims_params(params: &str) -> bool {
    // Read leniently: what is wrong with such an object is told by the adapter that it is written for.
    let text = params.strip_prefix('\u{feff}').unwrap_or(params);
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(map)) => ["cmdline", "dirinuri"].iter().any(|key| map.contains_key(*key)),
        _ => false,
    }
}

impl Contract for Classic {
    fn name(&self) -> &'static str {
        "classic"
    }

    fn claims(&self, request: &Request) -> bool {
        envvars::is_envvars(&request.app.multiaddr) || claims_params(&request.params)
    }

    fn plan(&self, request: &Request) -> Result<Plan, DappError> {
        let image = AppAddress::parse(&request.app.multiaddr)?.image;
        if let Some(dataset) = &request.dataset {
            return Err(DappError::DatasetUnused(dataset.address.to_string()));
        }
        let inputs = ClassicParams::parse(&request.params)?.inputs.into_iter().map(|url| Input {
            url,
            folder: Folder::Shared,
            name: InputName::FromUrl,
            unpack: Unpack::Zips,
            sha256: None,
        });
        let inputs = inputs.collect();
        Ok(Plan { checksum: super::checksum(&image, request.app.checksum)?, image, inputs })
    }

    fn launch(&self, request: &Request, _: &Fetched, _: &ImageConfig) -> Result<Launch, DappError> {
        let app = AppAddress::parse(&request.app.multiaddr)?;
        let params = ClassicParams::parse(&request.params)?;
        Ok(Launch {
            mounts: vec![Mount { folder: Folder::Shared, target: "/iexec", writable: true }],
            env: envvars::merge(app.env, params.env),
            command: params.command,
            user: RunAs::Worker,
            outputs: Folder::Shared,
            proof: ProofRule::Consensus { callback: request.task.callback.is_some() },
        })
    }
}
