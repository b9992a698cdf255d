//! What the machine is called.

use super::Variation;
use crate::determinism::finding::Cause;

pub(super) const HOSTNAME: Variation =
    Variation::swing("hostname", Cause::HostName, "calls the machine `another-host`", |arrangement, _| {
        arrangement.spec.bend.hostname = Some("another-host".into());
        Ok(())
    });

pub(super) const DOMAIN: Variation = Variation::swing(
    "domain",
    Cause::HostName,
    "gives the machine the NIS domain `elsewhere.example`",
    |arrangement, _| {
        arrangement.spec.bend.domain = Some("elsewhere.example".into());
        Ok(())
    },
);
