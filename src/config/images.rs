//! `[images]`: which images may run, and how many of them are kept.
//!
//! Rules are read into [`policy`] as they stand in the file, so that a bad one is told with its place; only the keys' own
//! files are read later, by [`ImagesSection::policy`].

use super::ConfigError;
use crate::container::ImageRules;
use crate::container::policy::{Conditions, ImagePattern, Policy, Proof, Requirement, Rule, WholeRegex};
use crate::container::trust::PublicKey;
use alloy::primitives::Address;
use bytesize::ByteSize;
use clap::Args;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use toml::Spanned;

/// Which images may run: `[images]`.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ImagesSection {
    /// Images that may run, by name or glob, comma-separated [default: all]
    #[arg(
        long,
        env = "POCO_ALLOW_IMAGES",
        value_name = "IMAGES",
        value_delimiter = ',',
        help_heading = "Images"
    )]
    pub allow_images: Option<Vec<Entry<Listed>>>,
    /// Images that never run, by name or glob, comma-separated; they win over those that may
    #[arg(
        long,
        env = "POCO_DENY_IMAGES",
        value_name = "IMAGES",
        value_delimiter = ',',
        help_heading = "Images"
    )]
    pub deny_images: Option<Vec<Entry<Listed>>>,
    /// What images must show before they run. In the file only.
    #[arg(skip)]
    pub require: Option<Vec<Entry<Demand>>>,
    /// Disk for the images that were pulled; beyond it the longest unused goes [default: 20 GiB]
    #[arg(long, env = "POCO_IMAGE_BUDGET", value_name = "SIZE", help_heading = "Images")]
    pub image_budget: Option<ByteSize>,
}

/// A rule, and where it begins in the file.
#[derive(Clone, Debug)]
pub struct Entry<T> {
    offset: Option<usize>,
    line: Option<usize>,
    value: T,
}

/// A rule of `allow-images` or `deny-images`: a name or a glob, or a table of conditions.
#[derive(Clone, Debug)]
pub struct Listed(Conditions);

/// A rule of `require`: a table of conditions and what is asked for.
#[derive(Clone, Debug)]
pub struct Demand {
    conditions: Conditions,
    keys: Option<Vec<PathBuf>>,
}

impl ImagesSection {
    /// All that the operator says of images.
    ///
    /// # Errors
    /// As [`ImagesSection::policy`].
    pub fn rules(&self) -> Result<ImageRules, ConfigError> {
        let rules = ImageRules { policy: self.policy()?, ..ImageRules::default() };
        let budget_bytes = self.image_budget.map_or(rules.budget_bytes, |size| size.as_u64());
        Ok(ImageRules { budget_bytes, ..rules })
    }

    /// The rules, with the keys that they name.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`] and [`ConfigError::PublicKey`] for the keys' files.
    pub fn policy(&self) -> Result<Policy, ConfigError> {
        let rule =
            |list, number: usize, line, conditions| Rule { list, number: number + 1, line, conditions };
        let listed = |list, entries: &Option<Vec<Entry<Listed>>>| -> Vec<Rule> {
            let entries = entries.iter().flatten().enumerate();
            entries.map(|(at, entry)| rule(list, at, entry.line, entry.value.0.clone())).collect()
        };
        let mut require = Vec::new();
        for (at, Entry { line, value, .. }) in self.require.iter().flatten().enumerate() {
            let proof = match &value.keys {
                None => Proof::Digest,
                Some(paths) => Proof::Signature(paths.iter().map(read_key).collect::<Result<_, _>>()?),
            };
            require.push(Requirement { rule: rule("require", at, *line, value.conditions.clone()), proof });
        }
        let (allow, deny) =
            (listed("allow-images", &self.allow_images), listed("deny-images", &self.deny_images));
        Ok(Policy { deny, allow, require })
    }

    pub(super) fn or(self, file: Self) -> Self {
        Self {
            allow_images: self.allow_images.or(file.allow_images),
            deny_images: self.deny_images.or(file.deny_images),
            require: self.require.or(file.require),
            image_budget: self.image_budget.or(file.image_budget),
        }
    }

    /// Turns places in `text`, from which this was read, into lines.
    pub(super) fn count_lines(&mut self, text: &str) {
        for entry in self.allow_images.iter_mut().chain(&mut self.deny_images).flatten() {
            entry.count_lines(text);
        }
        for entry in self.require.iter_mut().flatten() {
            entry.count_lines(text);
        }
    }
}

impl<T> Entry<T> {
    fn count_lines(&mut self, text: &str) {
        let before = self.offset.and_then(|offset| text.get(..offset));
        self.line = before.map(|before| before.matches('\n').count() + 1);
    }
}

fn read_key(path: &PathBuf) -> Result<PublicKey, ConfigError> {
    let pem = std::fs::read_to_string(path)
        .map_err(|error| ConfigError::Unreadable { path: path.clone(), reason: error.to_string() })?;
    PublicKey::from_pem(&pem, path.display().to_string())
        .map_err(|reason| ConfigError::PublicKey { path: path.clone(), reason: reason.to_string() })
}

impl FromStr for Entry<Listed> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let image = ImagePattern::parse(text.trim()).map_err(|error| error.to_string())?;
        let conditions = Conditions { image: Some(image), ..Conditions::default() };
        Ok(Self { offset: None, line: None, value: Listed(conditions) })
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entry<T> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<T>::deserialize(source)?;
        Ok(Self { offset: Some(spanned.span().start), line: None, value: spanned.into_inner() })
    }
}

/// A rule as a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    image: Option<String>,
    regex: Option<String>,
    digest: Option<String>,
    app: Option<Address>,
    requester: Option<Address>,
    dataset: Option<Address>,
}

/// A demand as a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct DemandTable {
    image: Option<String>,
    regex: Option<String>,
    digest: Option<String>,
    app: Option<Address>,
    requester: Option<Address>,
    dataset: Option<Address>,
    proof: ProofName,
    keys: Option<Vec<PathBuf>>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum ProofName {
    Digest,
    Signature,
}

fn conditions<E: Error>(table: Table) -> Result<Conditions, E> {
    let Table { image, regex, digest, app, requester, dataset } = table;
    if image.is_none() && regex.is_none() && digest.is_none() && app.or(requester).or(dataset).is_none() {
        return Err(E::custom("a rule without a condition would hold for everything; `**` says so"));
    }
    Ok(Conditions {
        image: image.map(|text| ImagePattern::parse(&text)).transpose().map_err(E::custom)?,
        regex: regex.map(|text| WholeRegex::parse(&text)).transpose().map_err(E::custom)?,
        digest: digest.map(|text| text.parse()).transpose().map_err(E::custom)?,
        app,
        requester,
        dataset,
    })
}

impl<'de> Deserialize<'de> for Listed {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = Listed;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name or glob of images, or a table of conditions")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Listed, E> {
                text.parse::<Entry<Listed>>().map(|entry| entry.value).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Listed, A::Error> {
                conditions(Table::deserialize(MapAccessDeserializer::new(map))?).map(Listed)
            }
        }
        source.deserialize_any(Form)
    }
}

impl<'de> Deserialize<'de> for Demand {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let DemandTable { image, regex, digest, app, requester, dataset, proof, keys } =
            DemandTable::deserialize(source)?;
        let signed = proof == ProofName::Signature;
        if signed != keys.as_ref().is_some_and(|keys| !keys.is_empty()) {
            return Err(Error::custom(
                "`keys` names the PEM files of public keys for the proof \"signature\", and for no other",
            ));
        }
        let conditions = conditions(Table { image, regex, digest, app, requester, dataset })?;
        Ok(Self { conditions, keys })
    }
}
