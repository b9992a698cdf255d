//! Where inputs may come from, and what they may cost: `[inputs]`.

use crate::inputs::{Settings, Trust, Trusted};
use bytesize::ByteSize;
use clap::Args;
use serde::Deserialize;
use std::time::Duration;
use url::Url;

/// Inputs: `[inputs]`.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct InputsSection {
    /// Hosts, addresses and ranges outside of the open internet that inputs may come from, comma-separated
    #[arg(
        long,
        env = "POCO_ALLOW_HOSTS",
        value_name = "HOSTS",
        value_delimiter = ',',
        help_heading = "Inputs"
    )]
    pub allow_hosts: Option<Vec<Trusted>>,
    /// Gateways to IPFS, asked in order for what ipfs:// names, comma-separated; what they send is verified
    #[arg(
        long,
        env = "POCO_IPFS_GATEWAYS",
        value_name = "URLS",
        value_delimiter = ',',
        help_heading = "Inputs"
    )]
    pub ipfs_gateways: Option<Vec<Url>>,
    /// The largest input [default: 2 GiB]
    #[arg(long, env = "POCO_MAX_INPUT", value_name = "SIZE", help_heading = "Inputs")]
    pub max_input: Option<ByteSize>,
    /// What the inputs of one task may come to [default: 4 GiB]
    #[arg(long, env = "POCO_MAX_INPUTS", value_name = "SIZE", help_heading = "Inputs")]
    pub max_inputs: Option<ByteSize>,
    /// What one archive may unpack to [default: 8 GiB]
    #[arg(long, env = "POCO_MAX_UNPACKED", value_name = "SIZE", help_heading = "Inputs")]
    pub max_unpacked: Option<ByteSize>,
    /// How much is kept of inputs that have a checksum [default: 10 GiB]
    #[arg(long, env = "POCO_INPUT_CACHE", value_name = "SIZE", help_heading = "Inputs")]
    pub input_cache: Option<ByteSize>,
    /// The longest that one input may take [default: 30m]
    #[arg(long, env = "POCO_DOWNLOAD_TIME", value_name = "TIME", value_parser = humantime::parse_duration, help_heading = "Inputs")]
    #[serde(default, with = "humantime_serde")]
    pub download_time: Option<Duration>,
}

impl InputsSection {
    /// What holds. On a devnet this host itself is trusted too: there the requesters are the operator.
    pub fn settings(&self, on_devnet: bool) -> Settings {
        let mut settings = Settings::default();
        let limits = &mut settings.limits;
        if let Some(size) = self.max_input {
            limits.max_file_bytes = size.as_u64();
        }
        if let Some(size) = self.max_inputs {
            limits.max_total_bytes = size.as_u64();
        }
        if let Some(size) = self.max_unpacked {
            limits.max_unpacked_bytes = size.as_u64();
        }
        if let Some(time) = self.download_time {
            limits.total_timeout = time;
        }
        settings.ipfs_gateways = self.ipfs_gateways.clone().unwrap_or_default();
        if let Some(size) = self.input_cache {
            settings.cache_bytes = size.as_u64();
        }
        if on_devnet {
            settings.trust = Trust::loopback();
        }
        settings.trust.0.extend(self.allow_hosts.iter().flatten().cloned());
        settings
    }

    pub(super) fn or(self, file: Self) -> Self {
        Self {
            allow_hosts: self.allow_hosts.or(file.allow_hosts),
            ipfs_gateways: self.ipfs_gateways.or(file.ipfs_gateways),
            max_input: self.max_input.or(file.max_input),
            max_inputs: self.max_inputs.or(file.max_inputs),
            max_unpacked: self.max_unpacked.or(file.max_unpacked),
            input_cache: self.input_cache.or(file.input_cache),
            download_time: self.download_time.or(file.download_time),
        }
    }
}
