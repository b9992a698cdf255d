//! A way out for dapps that leads to listed domains and nowhere else.
//!
//! ```text
//!  dapp ──▶ 127.0.0.1:3128, in a network that has nothing but loopback ─┐ (the socket lives there,
//!                                                                       │  the program that accepts here)
//!  asked for: CONNECT host:port, http://host/… ─▶ listed? ─▶ looked up once ─▶ open internet? ─▶ that very address
//!                                                   └ 403, told with the run's end ┘
//! ```
//!
//! The container has no interface but loopback, so that nothing is to be closed by a firewall: an internal network of the
//! engine's would lead to whatever listens on this host. What it reaches instead is one socket that was opened inside of its
//! network's namespace ([`listen_in`]) and is served from here, where names are looked up. What goes through a tunnel is
//! not looked at, and nothing of it is logged.
//!
//! The socket must be there before the dapp's first instruction, or whether a dapp finds it would be a matter of luck. So a
//! container of ours is started first, which does nothing but keep a network ([`pause`]), and the dapp's joins it.
//! To wrap the dapp's own program in one that waits would do as well, but the dapp would see it.
//!
//! A [`Proxy`] belongs to one run and ends with it. A container whose proxy ended before it did has seen a network that
//! was not there; it is not taken up again.

mod answer;
mod connection;
mod desk;
mod domain;
mod meter;
mod namespace;
pub(super) mod pause;
mod proxy;

pub use domain::{BadDomain, Domain};
pub(super) use namespace::listen_in;
pub(super) use proxy::Proxy;

use crate::dapp::EnvVar;
use std::net::{Ipv4Addr, SocketAddrV4};

/// Where the proxy listens for every dapp of every worker: what a dapp sees must not differ between them.
const LISTEN: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 3128);

/// The variables by which programs find a proxy. Some read them in capitals and some in small letters.
pub(super) const VARIABLES: [&str; 6] =
    ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];

/// What a dapp that has a proxy is told of it.
pub(super) fn variables() -> impl Iterator<Item = EnvVar> {
    VARIABLES.into_iter().map(|name| {
        let value = match name {
            "NO_PROXY" | "no_proxy" => "localhost,127.0.0.1,::1".to_owned(),
            _ => format!("http://{LISTEN}"),
        };
        EnvVar { name: name.to_owned(), value }
    })
}
