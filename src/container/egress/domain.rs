//! Which hosts and ports a dapp may ask for, as the operator lists them.

use std::fmt;
use std::str::FromStr;
use url::Host;

/// The ports of an entry that names none.
const WEB: [u16; 2] = [80, 443];

/// An entry of the list: `example.org`, `*.example.org`, `*`, `192.0.2.7`, each also with a port, `example.org:8443`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    hosts: Hosts,
    /// 80 and 443 if none.
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Hosts {
    /// Every name; no address.
    All,
    /// Every name that ends so, with the dot.
    Below(String),
    /// This one.
    One(Host),
}

/// An entry that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no domain such as example.org, *.example.org or example.org:8443")]
pub struct BadDomain(String);

impl Domain {
    /// Whether a dapp may ask for it.
    pub(super) fn lets(&self, asked: &Asked) -> bool {
        let host = match (&self.hosts, &asked.host) {
            (Hosts::All, Host::Domain(_)) => true,
            (Hosts::Below(end), Host::Domain(name)) => name.len() > end.len() && name.ends_with(end.as_str()),
            (Hosts::One(host), asked) => host == asked,
            _ => false,
        };
        host && self.port.map_or(WEB.contains(&asked.port), |port| port == asked.port)
    }
}

impl FromStr for Domain {
    type Err = BadDomain;

    fn from_str(text: &str) -> Result<Self, BadDomain> {
        let bad = || BadDomain(text.to_owned());
        // An address of IPv6 has colons of its own, so its port, if any, stands behind a bracket.
        let bare = text.parse().is_ok_and(|address: std::net::IpAddr| address.is_ipv6());
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !bare && !port.ends_with(']') => {
                (host, Some(port.parse().map_err(|_| bad())?))
            }
            _ => (text, None),
        };
        let hosts = match host.strip_prefix("*.") {
            _ if host == "*" => Hosts::All,
            _ if bare => Hosts::One(parse(&format!("[{host}]")).ok_or_else(bad)?),
            None => Hosts::One(parse(host).ok_or_else(bad)?),
            Some(end) => match parse(end) {
                Some(Host::Domain(end)) => Hosts::Below(format!(".{end}")),
                _ => return Err(bad()),
            },
        };
        Ok(Self { hosts, port })
    }
}

impl<'de> serde::Deserialize<'de> for Domain {
    fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        String::deserialize(source)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What a dapp asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) host: Host,
    pub(super) port: u16,
}

impl Asked {
    /// A host as it stands in a request, where it may be an address in any notation.
    pub(super) fn new(host: &str, port: u16) -> Option<Self> {
        Some(Self { host: parse(host)?, port })
    }

    /// The host as a resolver takes it.
    pub(super) fn name(&self) -> String {
        match &self.host {
            Host::Domain(name) => name.clone(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// In small letters and without the dot that only says that nothing follows. What some resolvers take for an address
/// (`127.1`, `0x7f000001`) is one here too.
fn parse(host: &str) -> Option<Host> {
    if host.contains('*') {
        return None;
    }
    match Host::parse(host.strip_suffix('.').unwrap_or(host)).ok()? {
        Host::Domain(name) if name.is_empty() || name.len() > 253 => None,
        host => Some(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lets(entry: &str, host: &str, port: u16) -> bool {
        entry.parse::<Domain>().unwrap().lets(&Asked::new(host, port).unwrap())
    }

    #[test]
    fn a_name_lets_itself_through_at_the_ports_of_the_web() {
        for host in ["example.org", "EXAMPLE.org", "example.org."] {
            assert!(lets("Example.ORG.", host, 443) && lets("example.org", host, 80), "{host}");
        }
        for (host, port) in [
            ("example.org", 22),
            ("example.org", 0),
            ("a.example.org", 443),
            ("example.org.evil.net", 443),
            ("badexample.org", 443),
            ("org", 443),
        ] {
            assert!(!lets("example.org", host, port), "{host}:{port}");
        }
        assert!(lets("bücher.example", "xn--bcher-kva.example", 443));
        assert!(
            lets("example.org:8443", "example.org", 8443) && !lets("example.org:8443", "example.org", 443)
        );
    }

    #[test]
    fn a_star_stands_for_names_below_and_for_no_address() {
        assert!(lets("*.example.org", "a.example.org", 443) && lets("*.example.org", "a.b.example.org", 80));
        for host in ["example.org", ".example.org", "aexample.org", "example.org.evil.net"] {
            assert!(Asked::new(host, 443).is_none_or(|_| !lets("*.example.org", host, 443)), "{host}");
        }
        assert!(lets("*", "example.org", 443) && lets("*:8080", "a", 8080));
        for address in ["192.0.2.1", "[2001:db8::1]", "127.1", "0x7f000001", "2130706433", "017700000001"] {
            assert!(!lets("*", address, 443), "{address}");
        }
    }

    #[test]
    fn an_address_is_let_through_when_it_is_listed_itself() {
        assert!(lets("192.0.2.1", "192.0.2.1", 443) && !lets("192.0.2.1", "192.0.2.2", 443));
        assert!(lets("127.0.0.1:99", "127.1", 99));
        for entry in ["2001:db8::1", "[2001:db8::1]"] {
            assert!(lets(entry, "[2001:db8:0::1]", 443), "{entry}");
        }
        assert!(lets("[2001:db8::1]:99", "[2001:db8::1]", 99));
    }

    #[test]
    fn what_is_no_domain_is_refused() {
        for bad in [
            "",
            "*",
            "a b",
            "*.",
            "*.*",
            "a.*.b",
            "**.a",
            "http://a",
            "a/b",
            "a:",
            "a:b",
            "a:65536",
            "*.1.2.3.4",
            ".",
        ] {
            assert!(bad == "*" || bad.parse::<Domain>().is_err(), "{bad}");
        }
        assert!(Asked::new(&"a.".repeat(200), 80).is_none());
    }
}
