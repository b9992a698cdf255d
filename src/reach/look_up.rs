//! Names become addresses once, and only those that may be connected to are answered.

use super::{Barred, Trust};
use std::net::SocketAddr;

/// Why no address of a host may be connected to.
#[derive(Debug, thiserror::Error)]
pub enum NotReached {
    /// It has addresses, and none is of the open internet.
    #[error(transparent)]
    Barred(#[from] Barred),
    /// It has none.
    #[error(transparent)]
    Unknown(#[from] std::io::Error),
}

impl Trust {
    /// The addresses of `host`, by the system's resolver, that may be connected to; never none of them. A host may be an
    /// address, without brackets.
    ///
    /// # Errors
    /// [`NotReached`].
    pub async fn look_up(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, NotReached> {
        let mut open = Vec::new();
        let mut barred = None;
        for found in tokio::net::lookup_host((host, port)).await? {
            match self.check(host, found.ip()) {
                Ok(()) => open.push(found),
                Err(why) => barred = barred.or(Some(why)),
            }
        }
        match barred {
            Some(why) if open.is_empty() => Err(why.into()),
            None if open.is_empty() => Err(std::io::Error::from(std::io::ErrorKind::NotFound).into()),
            _ => Ok(open),
        }
    }
}
