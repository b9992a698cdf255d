//! The client's resolver: it is answered by [`Trust`], so that the addresses that were looked at are the ones connected to.
//!
//! A host that is written as an address never gets here: the client does not ask for it, and each hop is checked for it.

use super::{Barred, Trust};
use crate::reach::NotReached;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::error::Error;
use std::sync::Arc;

/// The system's resolver, less the addresses that may not be connected to.
pub(super) struct Guarded(pub(super) Arc<Trust>);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let trust = self.0.clone();
        Box::pin(async move {
            match trust.look_up(name.as_str(), 0).await {
                Ok(open) => Ok(Box::new(open.into_iter()) as Addrs),
                Err(NotReached::Barred(why)) => Err(why.into()),
                Err(NotReached::Unknown(source)) => Err(source.into()),
            }
        })
    }
}

/// The refusal inside of a client's error, if that is what it was.
pub(super) fn barred<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Barred> {
    std::iter::successors(Some(error), |error| Error::source(*error)).find_map(|error| error.downcast_ref())
}
