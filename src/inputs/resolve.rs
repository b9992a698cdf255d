//! Names become addresses once, and the addresses that were looked at are the ones connected to.
//!
//! A name that answered well when it was checked and otherwise when it was connected to would make any check
//! worthless, so the check sits where the client asks for addresses and nowhere else. A host that is written as
//! an address never gets here: the client does not ask for it, and each hop is checked for it.

use super::address::{Barred, Trust};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

/// The system's resolver, less the addresses that may not be connected to.
pub(super) struct Guarded(pub(super) Arc<Trust>);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let trust = self.0.clone();
        Box::pin(async move {
            let host = name.as_str();
            let mut open: Vec<SocketAddr> = Vec::new();
            let mut barred = None;
            for found in tokio::net::lookup_host((host, 0)).await? {
                match trust.check(host, found.ip()) {
                    Ok(()) => open.push(found),
                    Err(why) => barred = barred.or(Some(why)),
                }
            }
            match barred {
                Some(why) if open.is_empty() => Err(why.into()),
                _ => Ok(Box::new(open.into_iter()) as Addrs),
            }
        })
    }
}

/// The refusal inside of a client's error, if that is what it was.
pub(super) fn barred<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Barred> {
    std::iter::successors(Some(error), |error| Error::source(*error)).find_map(|error| error.downcast_ref())
}
