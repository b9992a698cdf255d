//! Amounts of RLC, exact to the smallest unit of the escrow: 1 RLC = 1 000 000 000 nRLC.
//!
//! Arithmetic is the contracts': 256 bits wide, floor division, and an error where they revert.

use super::error::PocoError;
use alloy::primitives::U256;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

/// Decimals of an RLC.
const DECIMALS: usize = 9;

/// An amount in nRLC, the escrow's unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nrlc(pub U256);

impl Nrlc {
    /// Nothing.
    pub const ZERO: Self = Self(U256::ZERO);
    /// One RLC.
    pub const ONE_RLC: Self = Self(U256::from_limbs([1_000_000_000, 0, 0, 0]));

    /// `nrlc` units.
    pub const fn new(nrlc: u64) -> Self {
        Self(U256::from_limbs([nrlc, 0, 0, 0]))
    }

    /// The sum, or an error where the contract reverts.
    pub fn plus(self, other: Self) -> Result<Self, PocoError> {
        self.0.checked_add(other.0).map(Self).ok_or(PocoError::Overflow { what: "a sum of amounts" })
    }

    /// The difference, or an error where the contract reverts.
    pub fn minus(self, other: Self) -> Result<Self, PocoError> {
        self.0.checked_sub(other.0).map(Self).ok_or(PocoError::Overflow { what: "a difference of amounts" })
    }

    /// The amount for `count` tasks.
    pub fn times(self, count: U256) -> Result<Self, PocoError> {
        self.0.checked_mul(count).map(Self).ok_or(PocoError::Overflow { what: "a product of amounts" })
    }

    /// `floor(self · numerator / denominator)`, the contract's `mulByFraction`; a zero denominator reverts too.
    pub fn fraction(self, numerator: U256, denominator: U256) -> Result<Self, PocoError> {
        let Self(product) = self.times(numerator)?;
        product
            .checked_div(denominator)
            .map(Self)
            .ok_or(PocoError::Overflow { what: "a fraction of an amount" })
    }

    /// `floor(self · percent / 100)`, the contract's `percentage`.
    pub fn percent(self, percent: U256) -> Result<Self, PocoError> {
        self.fraction(percent, U256::from(100))
    }
}

impl fmt::Display for Nrlc {
    /// In RLC, exact, without trailing zeros: `1.5 RLC`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = self.0.div_rem(Self::ONE_RLC.0);
        let decimals = format!("{:0>width$}", rest.to_string(), width = DECIMALS);
        match decimals.trim_end_matches('0') {
            "" => write!(f, "{whole} RLC"),
            decimals => write!(f, "{whole}.{decimals} RLC"),
        }
    }
}

impl FromStr for Nrlc {
    type Err = PocoError;

    /// Reads `1.5 RLC`, `100 nRLC`, or a bare number of nRLC. The unit's case does not matter.
    fn from_str(text: &str) -> Result<Self, PocoError> {
        let wrong = |reason| PocoError::Amount { text: text.to_owned(), reason };
        let trimmed = text.trim();
        let unit_at = trimmed.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(unit_at);
        let number = number.trim_end();
        let decimals = match unit.to_ascii_lowercase().as_str() {
            "" | "nrlc" => 0,
            "rlc" => DECIMALS,
            _ => return Err(wrong("the unit is RLC or nRLC")),
        };
        let (whole, rest) = number.split_once('.').unwrap_or((number, ""));
        let digits_only = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits_only(whole) || !digits_only(rest) || number.ends_with('.') {
            return Err(wrong("a plain decimal number is expected"));
        }
        if rest.len() > decimals {
            return Err(wrong("the smallest unit is 1 nRLC"));
        }
        let digits = format!("{whole}{rest:0<decimals$}");
        U256::from_str_radix(&digits, 10).map(Self).map_err(|_| wrong("it does not fit 256 bits"))
    }
}

impl Serialize for Nrlc {
    /// As iExec's tools do: a decimal string of nRLC.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Nrlc {
    /// A number of nRLC, a decimal string of nRLC, or a string with a unit.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Nrlc;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an amount such as 100, \"100 nRLC\" or \"1.5 RLC\"")
            }

            fn visit_u64<E: de::Error>(self, nrlc: u64) -> Result<Nrlc, E> {
                Ok(Nrlc::new(nrlc))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Nrlc, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_a_person_writes() {
        for (text, nrlc) in [
            ("1.5 RLC", 1_500_000_000),
            ("100 nRLC", 100),
            ("7", 7),
            ("0.000000001rlc", 1),
            (" 2 Rlc ", 2_000_000_000),
            ("0", 0),
        ] {
            assert_eq!(text.parse(), Ok(Nrlc::new(nrlc)), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_exact() {
        for text in [
            "",
            "RLC",
            "1.0000000001 RLC",
            "0.5 nRLC",
            "0.5",
            "-1",
            "1e9",
            "1. RLC",
            ".5 RLC",
            "1 ETH",
            "1,5 RLC",
            "+1",
        ] {
            assert!(text.parse::<Nrlc>().is_err(), "{text}");
        }
        assert!(format!("{} RLC", U256::MAX).parse::<Nrlc>().is_err());
    }

    #[test]
    fn prints_without_trailing_zeros() {
        assert_eq!(Nrlc::ZERO.to_string(), "0 RLC");
        assert_eq!(Nrlc::new(1).to_string(), "0.000000001 RLC");
        assert_eq!(Nrlc::new(1_500_000_000).to_string(), "1.5 RLC");
        assert_eq!(Nrlc::new(20_000_000_000).to_string(), "20 RLC");
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(limbs: [u64; 4]) {
            let amount = Nrlc(U256::from_limbs(limbs));
            prop_assert_eq!(amount.to_string().parse(), Ok(amount));
            let json = serde_json::to_string(&amount).unwrap();
            prop_assert_eq!(serde_json::from_str::<Nrlc>(&json).unwrap(), amount);
        }
    }
}
