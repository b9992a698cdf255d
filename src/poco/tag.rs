//! Tags: what an order demands of the machine that runs it, as bits of a 32-byte word (bit 0 is the lowest).
//!
//! The names and bits are those of iExec's tools. Unknown bits are kept, never dropped: they are part of the
//! order's hash.

use super::error::PocoError;
use alloy::primitives::{B256, U256};
use serde::{Deserialize, Deserializer, Serialize, de};
use std::{fmt, str::FromStr};

/// A set of demands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Tag(pub B256);

/// The frameworks of trusted execution that a valid tag can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TeeFramework {
    /// Tag 0x3.
    Scone,
    /// Tag 0x5.
    Gramine,
    /// Tag 0x9.
    Tdx,
}

/// How a deal's tag counts the dataset order's tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DatasetTag {
    /// As it stands (PoCo up to 6.1).
    Whole,
    /// Without its framework bits 1 to 3, `tag & ~0x0e` (PoCo 6.2).
    #[default]
    WithoutFramework,
}

const fn low(bits: u16) -> Tag {
    let mut word = [0; 32];
    let [high, low] = bits.to_be_bytes();
    word[30] = high;
    word[31] = low;
    Tag(B256::new(word))
}

impl Tag {
    /// No demand.
    pub const NONE: Self = low(0);
    /// Trusted execution.
    pub const TEE: Self = low(0x1);
    /// The Scone framework's bit.
    pub const SCONE: Self = low(0x2);
    /// The Gramine framework's bit.
    pub const GRAMINE: Self = low(0x4);
    /// The TDX framework's bit.
    pub const TDX: Self = low(0x8);
    /// A GPU.
    pub const GPU: Self = low(0x100);

    const FRAMEWORKS: Self = low(0x0e);
    const NAMES: [(&'static str, Self); 5] = [
        ("tee", Self::TEE),
        ("scone", Self::SCONE),
        ("gramine", Self::GRAMINE),
        ("tdx", Self::TDX),
        ("gpu", Self::GPU),
    ];

    /// What either asks for.
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is asked for here and not by `other`.
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all that `other` asks for is asked for here.
    pub fn contains(self, other: Self) -> bool {
        other.without(self) == Self::NONE
    }

    /// Whether trusted execution is asked for (bit 0, the only one that the contracts look at).
    pub fn is_tee(self) -> bool {
        self.contains(Self::TEE)
    }

    /// The framework asked for, `None` without one. Bits 0 to 3 must be 0, 0x3, 0x5 or 0x9; any other mix of
    /// them asks for a machine that no worker can be.
    pub fn framework(self) -> Result<Option<TeeFramework>, PocoError> {
        match self.0[31] & 0x0f {
            0x0 => Ok(None),
            0x3 => Ok(Some(TeeFramework::Scone)),
            0x5 => Ok(Some(TeeFramework::Gramine)),
            0x9 => Ok(Some(TeeFramework::Tdx)),
            _ => Err(PocoError::Tag {
                text: self.to_string(),
                reason: "trusted execution needs exactly one of scone, gramine and tdx",
            }),
        }
    }

    /// The tag of a deal, as `matchOrders` computes it.
    pub fn of_deal(app: Self, dataset: Self, request: Self, rule: DatasetTag) -> Self {
        let dataset = match rule {
            DatasetTag::Whole => dataset,
            DatasetTag::WithoutFramework => dataset.without(Self::FRAMEWORKS),
        };
        app.union(dataset).union(request)
    }

    /// The bit of a name that iExec's tools know.
    pub fn named(name: &str) -> Result<Self, PocoError> {
        Self::NAMES
            .into_iter()
            .find_map(|(known, tag)| (known == name).then_some(tag))
            .ok_or_else(|| PocoError::Tag { text: name.to_owned(), reason: "no tag has this name" })
    }

    /// The names of the bits that are set; bits without a name are left out.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(_, tag)| self.contains(*tag)).map(|(name, _)| name)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for Tag {
    type Err = PocoError;

    /// Reads `0x` and 1 to 64 hex digits; a short one is filled with zeros on the left.
    fn from_str(text: &str) -> Result<Self, PocoError> {
        let wrong = |reason| PocoError::Tag { text: text.to_owned(), reason };
        let digits = text.strip_prefix("0x").ok_or_else(|| wrong("it must start with 0x"))?;
        if digits.is_empty() || digits.len() > 64 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong("1 to 64 hex digits are expected"));
        }
        let word = U256::from_str_radix(digits, 16).map_err(|_| wrong("it does not fit 32 bytes"))?;
        Ok(Self(word.into()))
    }
}

impl<'de> Deserialize<'de> for Tag {
    /// Hex, or a list of names as in the orders of iexec.json.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Hex(String),
            Names(Vec<String>),
        }

        match Form::deserialize(deserializer)? {
            Form::Hex(text) => text.parse().map_err(de::Error::custom),
            Form::Names(names) => names.iter().try_fold(Self::NONE, |tag, name| {
                Self::named(name).map(|bit| tag.union(bit)).map_err(de::Error::custom)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hex_and_names_read_alike() {
        let names: Tag = serde_json::from_str(r#"["tee","scone","gpu"]"#).unwrap();
        let hex: Tag = serde_json::from_str(r#""0x103""#).unwrap();
        assert_eq!(names, hex);
        assert_eq!(hex.to_string(), format!("0x{:0>64}", "103"));
        assert_eq!(hex.names().collect::<Vec<_>>(), ["tee", "scone", "gpu"]);
        for wrong in ["\"\"", "\"0x\"", "\"3\"", "\"0xg\"", "[\"sgx\"]", "3"] {
            assert!(serde_json::from_str::<Tag>(wrong).is_err(), "{wrong}");
        }
        assert!(format!("0x{}", "0".repeat(65)).parse::<Tag>().is_err());
    }

    #[test]
    fn only_one_framework_is_valid() {
        let frameworks: Vec<_> = (0..16).map(|bits| low(bits).framework().ok().flatten()).collect();
        for (bits, framework) in frameworks.into_iter().enumerate() {
            let expected = match bits {
                3 => Some(TeeFramework::Scone),
                5 => Some(TeeFramework::Gramine),
                9 => Some(TeeFramework::Tdx),
                _ => None,
            };
            assert_eq!(framework, expected, "{bits:#x}");
        }
        assert_eq!(Tag::GPU.framework(), Ok(None));
        assert!(Tag::TEE.framework().is_err() && Tag::SCONE.framework().is_err());
    }

    #[test]
    fn the_datasets_framework_counts_up_to_6_1_only() {
        let dataset = low(0x10f);
        assert_eq!(Tag::of_deal(Tag::NONE, dataset, Tag::NONE, DatasetTag::Whole), dataset);
        assert_eq!(Tag::of_deal(Tag::NONE, dataset, Tag::NONE, DatasetTag::WithoutFramework), low(0x101));
    }

    proptest! {
        #[test]
        fn a_union_contains_both(a: [u8; 32], b: [u8; 32]) {
            let (a, b) = (Tag(a.into()), Tag(b.into()));
            prop_assert!(a.union(b).contains(a) && a.union(b).contains(b));
            prop_assert_eq!(a.without(b).union(b), a.union(b));
            prop_assert_eq!(a.to_string().parse(), Ok(a));
        }
    }
}
