//! One rule: all its conditions must hold.

use super::facts::{Facts, Party};
use super::{ImagePattern, WholeRegex};
use crate::container::trust::PublicKey;
use crate::dapp::ImageDigest;
use alloy::primitives::Address;
use std::fmt;

/// What a rule looks at; what is none holds for everything.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// The image's name.
    pub image: Option<ImagePattern>,
    /// The image's whole name, by a regular expression.
    pub regex: Option<WholeRegex>,
    /// A digest of the image.
    pub digest: Option<ImageDigest>,
    /// The app's address.
    pub app: Option<Address>,
    /// The requester's address.
    pub requester: Option<Address>,
    /// The dataset's address.
    pub dataset: Option<Address>,
}

/// A rule of the operator's, and where it stands.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The key of the configuration that it stands under.
    pub list: &'static str,
    /// Which one it is there, from 1.
    pub number: usize,
    /// Its line in the configuration file; none when it came from elsewhere.
    pub line: Option<usize>,
    /// What it looks at.
    pub conditions: Conditions,
}

/// A rule that asks for a proof.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// When it is asked for.
    pub rule: Rule,
    /// What is asked for.
    pub proof: Proof,
}

/// What an image must show.
#[derive(Clone, Debug)]
pub enum Proof {
    /// The app or the chain names it by its digest.
    Digest,
    /// One of these keys signed it.
    Signature(Vec<PublicKey>),
}

/// Whether a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Yes,
    No,
    /// That depends on this, which is not known.
    Depends(&'static str),
}

impl Rule {
    /// Whether it holds. `generous` is for rules that forbid or demand: every spelling of the name counts for them, and for
    /// one that allows only the spelling that decides.
    pub(super) fn holds(&self, facts: &Facts, generous: bool) -> Holds {
        let Conditions { image, regex, digest, app, requester, dataset } = &self.conditions;
        let known = |holds: Option<bool>| match holds {
            Some(true) => Holds::Yes,
            Some(false) => Holds::No,
            None => Holds::Depends("the image's digest"),
        };
        let all = [
            image.as_ref().map(|image| known(image.holds(&facts.name, &facts.digests, generous))),
            regex.as_ref().map(|regex| known(Some(regex.holds(&facts.name, generous)))),
            digest.map(|digest| known((!facts.digests.is_empty()).then(|| facts.digests.contains(&digest)))),
            app.map(|app| is(facts.app, app, "the app")),
            requester.map(|requester| is(facts.requester, requester, "the requester")),
            dataset.map(|dataset| is(facts.dataset, dataset, "the dataset")),
        ];
        all.into_iter().flatten().fold(Holds::Yes, |all, one| match (all, one) {
            (Holds::No, _) | (_, Holds::No) => Holds::No,
            (Holds::Yes, other) | (other, Holds::Yes) => other,
            (Holds::Depends(what), Holds::Depends(_)) => Holds::Depends(what),
        })
    }
}

fn is(party: Party, wanted: Address, what: &'static str) -> Holds {
    match party {
        Party::Unknown => Holds::Depends(what),
        Party::Is(address) if address == wanted => Holds::Yes,
        Party::Nobody | Party::Is(_) => Holds::No,
    }
}

/// Where it stands and what it says, e.g. ``deny-images 2 (line 14): image `ghcr.io/**` ``.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.list, self.number)?;
        if let Some(line) = self.line {
            write!(f, " (line {line})")?;
        }
        write!(f, ": {}", self.conditions)
    }
}

impl fmt::Display for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |value: &dyn fmt::Display| value.to_string();
        let all = [
            ("image", self.image.as_ref().map(|value| text(value))),
            ("regex", self.regex.as_ref().map(|value| text(value))),
            ("digest", self.digest.as_ref().map(|value| text(value))),
            ("app", self.app.as_ref().map(|value| text(value))),
            ("requester", self.requester.as_ref().map(|value| text(value))),
            ("dataset", self.dataset.as_ref().map(|value| text(value))),
        ];
        let given = all.into_iter().filter_map(|(name, value)| Some(format!("{name} `{}`", value?)));
        f.write_str(&given.collect::<Vec<_>>().join(", "))
    }
}
