//! `iexec.json`, the file of a dapp's developer: what is registered as the app and what is ordered.
//!
//! ```json
//! { "app":   { "name": "Ffmpeg", "price": 10, "params": { "type": "DOCKER", "envvars": "XWDOCKERIMAGE=a/b:1" } },
//!   "order": { "buy": { "app": "0x…", "params": { "cmdline": "-i /iexec/a.mp4 /iexec/a.avi", "dirinuri": "http://…" } } } }
//! ```
//!
//! Read too: `app.multiaddr`/`app.checksum` instead of `app.params`, `app.type`/`app.envvars` and `work` of the oldest
//! files (as JSON), `order.requestorder` of the newest. Keys that the field's own tools put into such files and that
//! have no meaning here are passed over; any other key is an error. A section is checked when it is asked for, so that
//! an app can be deployed before the order below it can be right.

use super::classic::{self, ClassicParams};
use super::envvars::AppAddress;
use super::keys::Section;
use super::{DappError, ImageDigest, ImageRef, json, live};
use alloy::primitives::{Address, B256};
use serde_json::{Map, Value};

const ROOT: &[&str] = &[
    "app",
    "order",
    "work",
    "name",
    "description",
    "license",
    "author",
    "social",
    "logo",
    "homepage",
    "repository",
    "keywords",
    "version",
    "dataset",
    "workerpool",
    "workerPool",
    "category",
    "data",
    "secret",
    "buyConf",
    "requestorder",
    "$schema",
];
const APP: &[&str] = &[
    "name",
    "price",
    "params",
    "type",
    "multiaddr",
    "checksum",
    "owner",
    "mrenclave",
    "envvars",
    "neededpackages",
];
const APP_PARAMS: &[&str] = &["type", "envvars", "neededpackages"];
const ORDER: &[&str] = &["buy", "sell", "requestorder", "apporder", "datasetorder", "workerpoolorder"];
const BUY: &[&str] = &[
    "app",
    "dataset",
    "params",
    "workerpool",
    "workerPool",
    "category",
    "trust",
    "tag",
    "volume",
    "callback",
    "beneficiary",
    "appmaxprice",
    "datasetmaxprice",
    "workerpoolmaxprice",
    "requester",
    "salt",
    "sign",
];
const ADDRESS: &str = "an address (0x and 40 hexadecimal digits)";

/// A file that is JSON and an object of known keys.
#[derive(Clone, Debug)]
pub struct IexecJson {
    root: Map<String, Value>,
}

/// What is registered as the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppEntry {
    /// Its name.
    pub name: String,
    /// Its owner, when it is not whoever registers it.
    pub owner: Option<Address>,
    /// Its price per task in nRLC, when one is named.
    pub price_nrlc: Option<u64>,
    /// `DOCKER`.
    pub kind: String,
    /// The image, and the variables that the container gets.
    pub address: AppAddress,
    /// The image's digest, when it is known.
    pub checksum: Option<ImageDigest>,
}

/// What is ordered. What is absent is for whoever makes the order to settle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuyOrder {
    /// The app; absent, empty and the zero address are alike, here and below.
    pub app: Option<Address>,
    /// The dataset.
    pub dataset: Option<Address>,
    /// The workerpool.
    pub workerpool: Option<Address>,
    /// Whom the result is for.
    pub beneficiary: Option<Address>,
    /// Who is called back.
    pub callback: Option<Address>,
    /// The category's index.
    pub category: Option<u64>,
    /// The trust.
    pub trust: Option<u64>,
    /// How many tasks.
    pub volume: Option<u64>,
    /// The tag, as `bytes32`.
    pub tag: Option<B256>,
    /// Highest price of the app in nRLC.
    pub app_max_nrlc: Option<u64>,
    /// Highest price of the dataset in nRLC.
    pub dataset_max_nrlc: Option<u64>,
    /// Highest price of the workerpool in nRLC.
    pub workerpool_max_nrlc: Option<u64>,
    /// The params as they are put on chain.
    pub params: String,
}

impl IexecJson {
    /// Reads the file's text.
    pub fn parse(text: &str) -> Result<Self, DappError> {
        match json::parse("iexec.json", text)? {
            Value::Object(root) => {
                Section::new(&root, "").only(ROOT)?;
                Ok(Self { root })
            }
            other => Err(Section::wrong("iexec.json", "an object", &other)),
        }
    }

    /// The app.
    pub fn app(&self) -> Result<AppEntry, DappError> {
        let app = self.app_section()?.ok_or_else(|| DappError::Missing("app".into()))?;
        app.only(APP)?;
        if app.get("mrenclave").is_some_and(|value| value.as_str() != Some("")) {
            return Err(DappError::EnclaveOnly("app.mrenclave"));
        }
        let (kind, address) = match (app.get("params"), app.text("multiaddr")?, app.text("envvars")?) {
            (Some(params), None, None) => {
                let params = Section::of(params, "app.params")?;
                params.only(APP_PARAMS)?;
                let envvars =
                    params.text("envvars")?.ok_or_else(|| DappError::Missing("app.params.envvars".into()))?;
                (params.text("type")?.or(app.text("type")?), AppAddress::from_envvars(envvars)?)
            }
            (None, Some(multiaddr), None) => (app.text("type")?, AppAddress::parse(multiaddr)?),
            (None, None, Some(envvars)) => (app.text("type")?, AppAddress::from_envvars(envvars)?),
            (None, None, None) => return Err(DappError::Missing("app.params".into())),
            _ => {
                return Err(
                    app.field("params", "stands beside another way to say the image; keep one".into())
                );
            }
        };
        let kind = kind.ok_or_else(|| DappError::Missing("app.params.type".into()))?;
        if kind != "DOCKER" {
            return Err(DappError::AppType(kind.to_owned()));
        }
        let name = app.text("name")?.or(Section::new(&self.root, "").text("name")?);
        let checksum = app.text("checksum")?.map(str::trim).filter(|text| !text.is_empty());
        let checksum: Option<ImageDigest> = checksum.map(str::parse).transpose()?;
        super::checksum(&address.image, checksum)?;
        Ok(AppEntry {
            name: name
                .filter(|name| !name.is_empty())
                .ok_or_else(|| DappError::Missing("app.name".into()))?
                .to_owned(),
            owner: address_of(app, "owner")?,
            price_nrlc: app.number("price")?,
            kind: kind.to_owned(),
            address,
            checksum: checksum.filter(|digest| !digest.is_zero()),
        })
    }

    /// The order.
    pub fn order(&self) -> Result<BuyOrder, DappError> {
        let root = Section::new(&self.root, "");
        let order = root.get("order").map(|order| Section::of(order, "order")).transpose()?;
        if let Some(order) = order {
            order.only(ORDER)?;
        }
        let within = |key| order.and_then(|order| order.get(key));
        let buy = match (within("buy"), within("requestorder"), root.get("work")) {
            (Some(buy), None, None) => Section::of(buy, "order.buy")?,
            (None, Some(buy), None) => Section::of(buy, "order.requestorder")?,
            (None, None, Some(work)) => {
                let params = params_text(Some(work), self.is_classic()?, "work")?;
                return Ok(BuyOrder { params, ..BuyOrder::default() });
            }
            (None, None, None) => return Err(DappError::Missing("order.buy".into())),
            _ => return Err(root.field("order", "says in two ways what is ordered; keep one".into())),
        };
        buy.only(BUY)?;
        Ok(BuyOrder {
            app: address_of(buy, "app")?,
            dataset: address_of(buy, "dataset")?,
            workerpool: address_of(buy, "workerpool")?.or(address_of(buy, "workerPool")?),
            beneficiary: address_of(buy, "beneficiary")?,
            callback: address_of(buy, "callback")?,
            category: buy.number("category")?,
            trust: buy.number("trust")?,
            volume: buy.number("volume")?,
            tag: tag(buy)?,
            app_max_nrlc: buy.number("appmaxprice")?,
            dataset_max_nrlc: buy.number("datasetmaxprice")?,
            workerpool_max_nrlc: buy.number("workerpoolmaxprice")?,
            params: params_text(buy.get("params"), self.is_classic()?, &buy.path("params"))?,
        })
    }

    /// The order, or where the file has none, one that asks for nothing: the app runs with its image's own command.
    pub fn order_or_nothing(&self) -> Result<BuyOrder, DappError> {
        let order = self.root.get("order").and_then(Value::as_object);
        let ordered =
            order.is_some_and(|order| order.contains_key("buy") || order.contains_key("requestorder"));
        if ordered || self.root.contains_key("work") {
            return self.order();
        }
        let params = params_text(None, self.is_classic()?, "order.buy.params")?;
        Ok(BuyOrder { params, ..BuyOrder::default() })
    }

    fn app_section(&self) -> Result<Option<Section<'_>>, DappError> {
        Section::new(&self.root, "").get("app").map(|app| Section::of(app, "app")).transpose()
    }

    /// Whether the app is written in the classic form.
    fn is_classic(&self) -> Result<bool, DappError> {
        let app = self.app_section()?;
        Ok(app.is_some_and(|app| app.get("params").is_some() || app.get("envvars").is_some()))
    }
}

impl AppEntry {
    /// The image.
    pub fn image(&self) -> &ImageRef {
        &self.address.image
    }

    /// The multiaddr as it is put on chain, UTF-8.
    pub fn multiaddr(&self) -> String {
        self.address.multiaddr()
    }

    /// The checksum as it is put on chain, zero when none is known.
    pub fn checksum_bytes(&self) -> [u8; 32] {
        self.checksum.map_or([0; 32], |digest| digest.0)
    }
}

fn address_of(section: Section<'_>, key: &str) -> Result<Option<Address>, DappError> {
    Ok(section.parsed::<Address>(key, ADDRESS)?.filter(|address| !address.is_zero()))
}

/// A tag is 32 bytes in hexadecimal, or names of its bits as the field's tools take them.
fn tag(buy: Section<'_>) -> Result<Option<B256>, DappError> {
    let names: Vec<&str> = match buy.get("tag") {
        None => return Ok(None),
        Some(Value::String(text)) if text.starts_with("0x") => {
            return buy.parsed("tag", "32 bytes in hexadecimal");
        }
        Some(Value::String(text)) => text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect(),
        Some(Value::Array(list)) => {
            let names: Option<_> = list.iter().map(Value::as_str).collect();
            names.ok_or_else(|| buy.field("tag", "is a list of other things than names".into()))?
        }
        Some(other) => return Err(Section::wrong(&buy.path("tag"), "a string or a list of names", other)),
    };
    let mut bits = [0u8; 32];
    let [.., high, low] = &mut bits;
    for name in names {
        match name {
            "tee" => *low |= 1,
            "scone" => *low |= 2,
            "gramine" => *low |= 4,
            "tdx" => *low |= 8,
            "gpu" => *high |= 1,
            other => {
                return Err(
                    buy.field("tag", format!("names `{other}`; known are tee, scone, gramine, tdx, gpu"))
                );
            }
        }
    }
    Ok(Some(B256::new(bits)))
}

/// The params as they are put on chain, after they have been checked for the contract that they will be read by.
///
/// A text goes on chain word for word; an object as compact JSON, its keys in their order. Where the app is written in
/// the classic form but the params have neither `cmdline` nor `dirinuri`, an empty `cmdline` is added, for the
/// chain keeps of a plain classic app its image alone, and the params must say which contract is meant.
fn params_text(params: Option<&Value>, classic_app: bool, place: &str) -> Result<String, DappError> {
    let (value, text) = match params {
        None => (Value::Object(Map::new()), None),
        Some(Value::Object(map)) => (Value::Object(map.clone()), None),
        Some(Value::String(text)) if text.trim().is_empty() => (Value::Object(Map::new()), None),
        Some(Value::String(text)) if text.trim_start().starts_with('{') || classic_app => {
            (json::parse("the order's params", text)?, Some(text))
        }
        Some(Value::String(text)) => return Ok(text.clone()),
        Some(other) => return Err(Section::wrong(place, "an object or a string", other)),
    };
    let Value::Object(mut map) = value else {
        return Err(Section::wrong(place, "an object", &value));
    };
    let has = |keys: &[&str]| keys.iter().any(|key| map.contains_key(*key));
    let is_classic = has(&["cmdline", "dirinuri"]);
    if is_classic || (classic_app && !has(&live::KEYS)) {
        if !is_classic {
            map.insert("cmdline".into(), Value::String(String::new()));
        }
        let whole = Value::Object(map);
        ClassicParams::read(&whole)?;
        return match text {
            Some(text) if classic::claims_params(text) => Ok(text.clone()),
            _ => Ok(whole.to_string()),
        };
    }
    Section::new(&map, place).only(&live::KEYS)?;
    match text {
        Some(text) => Ok(text.clone()),
        None if map.is_empty() => Ok(String::new()),
        None => Ok(Value::Object(map).to_string()),
    }
}
