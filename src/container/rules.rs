//! What the operator says of the sandbox once, for every run of an engine.

use super::policy::Party;
use super::{ContainerError, Domain};
use crate::reach::Trust;
use alloy::primitives::Address;
use serde::Deserialize;
use std::fmt;
use std::str::FromStr;

/// The operator's rules for every run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// What the engine runs containers with, by the name that the engine knows it by; the engine's own default if none.
    pub runtime: Option<String>,
    /// Which processors a container may run on.
    pub cores: Cores,
    /// What a container may reach.
    pub network: Network,
    /// Whose containers may reach it; everybody's if empty.
    pub network_apps: Vec<Address>,
    /// What they may ask the proxy for, where that is what they reach.
    pub domains: Vec<Domain>,
    /// Where these may lie besides the open internet.
    pub trust: Trust,
}

impl Rules {
    /// The same rules, where domains may also lie on what is trusted.
    pub fn trusting(self, trust: Trust) -> Self {
        Self { trust, ..self }
    }

    /// Holds the rules against each other.
    pub(super) fn check(&self) -> Result<(), ContainerError> {
        match (self.network == Network::Proxy) == self.domains.is_empty() {
            true => Err(ContainerError::DomainsOrProxy),
            false => Ok(()),
        }
    }

    /// What the containers of an app may reach. What belongs to no app reaches what all may.
    pub fn network_of(&self, app: Party) -> Network {
        let named = self.network_apps.is_empty()
            || matches!(app, Party::Is(address) if self.network_apps.contains(&address));
        if named { self.network } else { Network::None }
    }
}

/// What a container may reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// Nothing but itself.
    #[default]
    None,
    /// Whatever the engine's own bridge leads to: the internet, and also this host's services and its network.
    Bridge,
    /// A proxy that lets listed domains through, and nothing else.
    Proxy,
}

/// Which processors a container may run on, and by that, how many it sees.
///
/// A quota of processor time does not change what a program sees, and there are programs whose output depends on it:
/// encoders that cut a picture into as many parts as there are processors. So a container sees as many as it may use,
/// and not how large this host is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cores {
    /// As many as it may use, those of this host that the fewest runs are on.
    #[default]
    Auto,
    /// As many as it may use, of these.
    Among(Vec<usize>),
    /// All that this host has.
    All,
}

/// A list of processors that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither auto, all nor a list of processors such as 0,2-5")]
pub struct BadCores(String);

/// More processors than any host has.
const MOST: usize = 8192;

impl FromStr for Cores {
    type Err = BadCores;

    fn from_str(text: &str) -> Result<Self, BadCores> {
        match text {
            "auto" => return Ok(Self::Auto),
            "all" => return Ok(Self::All),
            _ => {}
        }
        let bad = || BadCores(text.to_owned());
        let mut among = Vec::new();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let number = |text: &str| text.trim().parse::<usize>().ok().filter(|core| *core < MOST);
            let (first, last) = (number(first).ok_or_else(bad)?, number(last).ok_or_else(bad)?);
            if first > last {
                return Err(bad());
            }
            among.extend(first..=last);
        }
        among.sort_unstable();
        among.dedup();
        Ok(Self::Among(among))
    }
}

impl fmt::Display for Cores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::All => f.write_str("all"),
            Self::Among(cores) => f.write_str(&list(cores)),
        }
    }
}

/// Numbers with commas between them, as an engine wants a set of processors.
pub(super) fn list(cores: &[usize]) -> String {
    cores.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_is_closed_unless_it_is_opened_and_then_for_those_who_are_named() {
        let (one, other) = (Party::Is(Address::repeat_byte(1)), Party::Is(Address::repeat_byte(2)));
        assert_eq!(Rules::default().network_of(one), Network::None);
        let all = Rules { network: Network::Bridge, ..Rules::default() };
        assert_eq!((all.network_of(one), all.network_of(Party::Unknown)), (Network::Bridge, Network::Bridge));
        let named = Rules { network_apps: vec![Address::repeat_byte(1)], ..all };
        assert_eq!(named.network_of(one), Network::Bridge);
        assert_eq!(
            (named.network_of(other), named.network_of(Party::Unknown)),
            (Network::None, Network::None)
        );
    }

    #[test]
    fn domains_and_the_proxy_go_together() {
        Rules::default().check().unwrap();
        let domains = vec!["example.org".parse().unwrap()];
        let (alone, none) =
            (Rules { domains, ..Rules::default() }, Rules { network: Network::Proxy, ..Rules::default() });
        assert!(alone.check().is_err() && none.check().is_err());
        Rules { network: Network::Proxy, ..alone }.check().unwrap();
    }

    #[test]
    fn processors_are_listed_as_the_kernel_lists_them() {
        assert_eq!("auto".parse(), Ok(Cores::Auto));
        assert_eq!("all".parse(), Ok(Cores::All));
        assert_eq!("5,0,2-3,3".parse(), Ok(Cores::Among(vec![0, 2, 3, 5])));
        assert_eq!("0,2-3".parse::<Cores>().unwrap().to_string(), "0,2,3");
        for bad in ["", "none", "3-1", "-1", "0,,1", "0-99999999999", "1e3"] {
            assert!(bad.parse::<Cores>().is_err(), "{bad}");
        }
    }
}
