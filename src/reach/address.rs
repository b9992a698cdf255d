//! What is part of the open internet, and what else the operator trusts. A form of IPv6 that carries an IPv4 address is
//! judged by what it carries.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use url::Host;

/// What an address is that is no part of the open internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reserved {
    /// This host itself.
    #[error("this host's own")]
    Loopback,
    /// No address at all.
    #[error("unspecified")]
    Unspecified,
    /// RFC 1918, or RFC 4193.
    #[error("private")]
    Private,
    /// A provider's own network (RFC 6598).
    #[error("a provider's own")]
    Shared,
    /// The local link, where clouds keep their metadata; or a metadata address elsewhere.
    #[error("link-local or a cloud's metadata")]
    LinkLocal,
    /// A group of hosts.
    #[error("multicast")]
    Multicast,
    /// Kept for documentation, benchmarks, protocols or the future (RFC 6890).
    #[error("reserved")]
    Special,
}

const V4: [(Ipv4Net, Reserved); 15] = [
    (v4(0, 0, 0, 0, 8), Reserved::Unspecified),
    (v4(10, 0, 0, 0, 8), Reserved::Private),
    (v4(100, 64, 0, 0, 10), Reserved::Shared),
    (v4(127, 0, 0, 0, 8), Reserved::Loopback),
    // A public address that answers with a virtual machine's metadata in one large cloud.
    (v4(168, 63, 129, 16, 32), Reserved::LinkLocal),
    (v4(169, 254, 0, 0, 16), Reserved::LinkLocal),
    (v4(172, 16, 0, 0, 12), Reserved::Private),
    (v4(192, 0, 0, 0, 24), Reserved::Special),
    (v4(192, 0, 2, 0, 24), Reserved::Special),
    (v4(192, 88, 99, 0, 24), Reserved::Special),
    (v4(192, 168, 0, 0, 16), Reserved::Private),
    (v4(198, 18, 0, 0, 15), Reserved::Special),
    (v4(198, 51, 100, 0, 24), Reserved::Special),
    (v4(203, 0, 113, 0, 24), Reserved::Special),
    (v4(224, 0, 0, 0, 4), Reserved::Multicast),
];

/// The first match counts; what matches none and lies outside of `2000::/3` is reserved too.
const V6: [(Ipv6Net, Reserved); 9] = [
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 128), Reserved::Unspecified),
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), Reserved::Loopback),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), Reserved::Private),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), Reserved::LinkLocal),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), Reserved::Multicast),
    // Teredo, benchmarks, and other assignments to protocols.
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), Reserved::Special),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), Reserved::Special),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), Reserved::Special),
    (v6([0x3ffe, 0, 0, 0, 0, 0, 0, 0], 16), Reserved::Special),
];

const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);
const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6(groups: [u16; 8], bits: u8) -> Ipv6Net {
    let [a, b, c, d, e, f, g, h] = groups;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), bits)
}

/// What keeps `address` from being a part of the open internet; none when nothing does.
pub fn reserved(address: IpAddr) -> Option<Reserved> {
    match carried(address) {
        IpAddr::V4(address) if address >= Ipv4Addr::new(240, 0, 0, 0) => Some(Reserved::Special),
        IpAddr::V4(address) => V4.iter().find(|(net, _)| net.contains(&address)).map(|(_, what)| *what),
        IpAddr::V6(address) => match V6.iter().find(|(net, _)| net.contains(&address)) {
            Some((_, what)) => Some(*what),
            None if GLOBAL_V6.contains(&address) => None,
            None => Some(Reserved::Special),
        },
    }
}

/// The IPv4 address that a mapped, NAT64 (RFC 6052) or 6to4 (RFC 3056) address leads to; any other as it is.
fn carried(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    match v6.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)).into(),
        _ => address,
    }
}

/// A host or a range of addresses that the operator trusts: `nas.local`, `192.168.1.7`, `10.0.0.0/8`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trusted {
    /// This host, whatever it resolves to.
    Name(String),
    /// These addresses, whatever they are called.
    Range(IpNet),
}

impl Trusted {
    /// A host as it stands in a URL, where an address of IPv6 is in brackets.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub fn host(text: &str) -> Result<Self, String> {
        text.trim_start_matches('[').trim_end_matches(']').parse()
    }
}

impl FromStr for Trusted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(range) = text.parse() {
            return Ok(Self::Range(range));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Range(address.into()));
        }
        match Host::parse(text) {
            Ok(Host::Domain(name)) => Ok(Self::Name(plain(&name))),
            _ => Err(format!("`{text}` is no host, no address and no range such as 10.0.0.0/8")),
        }
    }
}

impl<'de> serde::Deserialize<'de> for Trusted {
    fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        String::deserialize(source)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Trusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Range(range) => range.fmt(f),
        }
    }
}

/// What may be connected to besides the open internet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust(pub Vec<Trusted>);

impl Trust {
    /// This host itself, as a devnet needs it.
    pub fn loopback() -> Self {
        Self(vec![
            Trusted::Range(Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8).into()),
            Trusted::Range(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128).into()),
        ])
    }

    /// Whether `host`, found at `address`, may be connected to.
    ///
    /// # Errors
    /// [`Barred`].
    pub fn check(&self, host: &str, address: IpAddr) -> Result<(), Barred> {
        let Some(what) = reserved(address) else { return Ok(()) };
        let host = plain(host);
        let trusted = self.0.iter().any(|trusted| match trusted {
            Trusted::Name(name) => *name == host,
            Trusted::Range(range) => range.contains(&address) || range.contains(&carried(address)),
        });
        if trusted { Ok(()) } else { Err(Barred { host, address, what }) }
    }
}

/// An address that is not connected to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{host} is at {address}, an address that is {what}")]
pub struct Barred {
    /// The host as asked for; an address when it was given as one.
    pub host: String,
    /// Where it is.
    pub address: IpAddr,
    /// Why it is not connected to.
    pub what: Reserved,
}

/// A name in lower case, without the dot that only says that nothing follows.
fn plain(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn barred(text: &str) -> Option<Reserved> {
        reserved(text.parse().unwrap())
    }

    #[test]
    fn what_is_not_the_open_internet_is_told_by_what_it_is() {
        for (address, what) in [
            ("0.0.0.0", Reserved::Unspecified),
            ("0.1.2.3", Reserved::Unspecified),
            ("10.255.0.1", Reserved::Private),
            ("100.64.0.1", Reserved::Shared),
            ("100.100.100.200", Reserved::Shared),
            ("127.9.9.9", Reserved::Loopback),
            ("168.63.129.16", Reserved::LinkLocal),
            ("169.254.169.254", Reserved::LinkLocal),
            ("172.31.255.255", Reserved::Private),
            ("192.0.0.192", Reserved::Special),
            ("192.0.2.1", Reserved::Special),
            ("192.168.0.1", Reserved::Private),
            ("198.19.255.255", Reserved::Special),
            ("224.0.0.1", Reserved::Multicast),
            ("240.0.0.1", Reserved::Special),
            ("255.255.255.255", Reserved::Special),
            ("::", Reserved::Unspecified),
            ("::1", Reserved::Loopback),
            ("::127.0.0.1", Reserved::Special),
            ("::8.8.8.8", Reserved::Special),
            ("::ffff:127.0.0.1", Reserved::Loopback),
            ("::ffff:0:127.0.0.1", Reserved::Special),
            ("64:ff9b::10.0.0.1", Reserved::Private),
            ("64:ff9b:1::a00:1", Reserved::Special),
            ("100::1", Reserved::Special),
            ("2001::7f00:1", Reserved::Special),
            ("2001:db8::1", Reserved::Special),
            ("2002:7f00:1::", Reserved::Loopback),
            ("2002:a9fe:a9fe::1", Reserved::LinkLocal),
            ("3fff::1", Reserved::Special),
            ("5f00::1", Reserved::Special),
            ("fc00::1", Reserved::Private),
            ("fd00:ec2::254", Reserved::Private),
            ("fe80::1", Reserved::LinkLocal),
            ("fec0::1", Reserved::Special),
            ("ff02::1", Reserved::Multicast),
        ] {
            assert_eq!(barred(address), Some(what), "{address}");
        }
    }

    #[test]
    fn the_open_internet_is_open() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "100.63.255.255",
            "100.128.0.0",
            "172.32.0.0",
            "192.167.255.255",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
            "2001:4860:4860::8888",
            "2606:4700::1111",
        ] {
            assert_eq!(barred(address), None, "{address}");
        }
    }

    #[test]
    fn the_operator_allows_by_name_and_by_range() {
        let trust = Trust(["NAS.local.", "10.1.0.0/16", "::1"].map(|text| text.parse().unwrap()).to_vec());
        let check = |host: &str, address: &str| trust.check(host, address.parse().unwrap()).is_ok();
        assert!(check("nas.LOCAL", "192.168.1.1"));
        assert!(!check("nas.local.evil.org", "192.168.1.1"));
        assert!(check("any", "10.1.255.1") && check("any", "::ffff:10.1.0.1") && check("any", "::1"));
        assert!(!check("any", "10.2.0.1") && !check("any", "127.0.0.1"));
        assert!(Trust::loopback().check("any", Ipv4Addr::LOCALHOST.into()).is_ok());
        for text in ["", "10.0.0.0/33", "a b", "http://x/"] {
            assert!(text.parse::<Trusted>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_carried_address_is_judged_as_itself(bits: u32) {
            let bare = Ipv4Addr::from(bits);
            prop_assert_eq!(reserved(bare.to_ipv6_mapped().into()), reserved(bare.into()));
        }
    }
}
