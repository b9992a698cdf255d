//! What an operator says of inputs.

use super::{Limits, Trust};
use url::Url;

/// What an operator says of inputs. The default is a worker on the open internet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What a task's inputs may cost.
    pub limits: Limits,
    /// Where they may come from besides the open internet.
    pub trust: Trust,
    /// Gateways of IPFS that are asked, in order, for what `ipfs://` names. They are not trusted with the bytes.
    pub ipfs_gateways: Vec<Url>,
    /// How much is kept of inputs with a checksum, for the next task that names them.
    pub cache_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            trust: Trust::default(),
            ipfs_gateways: Vec::new(),
            cache_bytes: 10 << 30,
        }
    }
}
