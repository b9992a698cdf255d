//! A socket in the network of a container.
//!
//! A socket belongs to the network in which it was opened, whoever holds it. So a thread enters the container's network,
//! opens one, and ends: a thread that went on would be in the wrong network for whatever it does next.

use super::LISTEN;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::fs::{self, File};
use std::io;
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;

/// Listens in the network of the container `id`, one of whose processes is `pid`. It blocks, though not for long.
///
/// # Errors
/// When this process may not enter it, or when `pid` is no process of that container on this host.
pub(in crate::container) fn listen_in(pid: i64, id: &str) -> io::Result<TcpListener> {
    let network = File::open(format!("/proc/{pid}/ns/net"))?;
    // An engine on another host, or in a container, has other numbers for its processes than this host has.
    if id.is_empty() || !fs::read_to_string(format!("/proc/{pid}/cgroup"))?.contains(id) {
        return Err(io::Error::new(io::ErrorKind::NotFound, "the engine's processes are not on this host"));
    }
    let (theirs, ours) = (network.metadata()?, fs::metadata("/proc/self/ns/net")?);
    if (theirs.dev(), theirs.ino()) == (ours.dev(), ours.ino()) {
        return Err(io::Error::other("the container has no network of its own"));
    }
    let opening = std::thread::Builder::new().name("listen".into()).spawn(move || {
        move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network))?;
        let listener = TcpListener::bind(LISTEN)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    })?;
    opening.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
