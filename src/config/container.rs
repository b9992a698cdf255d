//! The section `[container]`: what a container may use, see and reach.

use crate::container::{self, Cores, Domain, Network, Rules};
use alloy::primitives::Address;
use bytesize::ByteSize;
use clap::Args;
use serde::{Deserialize, Deserializer};

/// What a container may use: `[container]`.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ContainerSection {
    /// Memory of a container, swap included [default: 2 GiB]
    #[arg(long, env = "POCO_MEMORY", value_name = "SIZE", help_heading = "Container")]
    pub memory: Option<ByteSize>,
    /// Processors of a container [default: 1]
    #[arg(long, env = "POCO_CPUS", value_name = "N", help_heading = "Container")]
    pub cpus: Option<f64>,
    /// Processes of a container [default: 512]
    #[arg(long, env = "POCO_PIDS", value_name = "N", help_heading = "Container")]
    pub pids: Option<u32>,
    /// What a dapp may add to its folder [default: 2 GiB]
    #[arg(long, env = "POCO_OUTPUT", value_name = "SIZE", help_heading = "Container")]
    pub output: Option<ByteSize>,
    /// How much of stdout and of stderr is kept [default: 8 MiB]
    #[arg(long, env = "POCO_LOG_SIZE", value_name = "SIZE", help_heading = "Container")]
    pub log_size: Option<ByteSize>,
    /// Processors that containers may run on: auto (as many as --cpus says, the least busy ones), a list such as 0,2-5 to
    /// choose these from, or all, which shows every container how large this host is [default: auto]
    #[arg(long, env = "POCO_CORES", value_name = "CORES", help_heading = "Container")]
    #[serde(default, deserialize_with = "parsed")]
    pub cores: Option<Cores>,
    /// What the engine runs containers with: runsc, kata, crun or another that it knows [default: the engine's]
    #[arg(long, env = "POCO_RUNTIME", value_name = "NAME", help_heading = "Container")]
    pub runtime: Option<String>,
    /// What containers may reach: none; proxy, a proxy to --network-domains and nothing else; or bridge, which is the
    /// internet and also this host's services and its network [default: none]
    #[arg(long, env = "POCO_NETWORK", value_name = "NETWORK", help_heading = "Container")]
    pub network: Option<Network>,
    /// Apps whose containers may reach it, comma-separated [default: all]
    #[arg(
        long,
        env = "POCO_NETWORK_APPS",
        value_name = "ADDRESSES",
        value_delimiter = ',',
        help_heading = "Container"
    )]
    pub network_apps: Option<Vec<Address>>,
    /// Domains that the proxy lets through, comma-separated: example.org, *.example.org, * or example.org:8443, without a
    /// port at 80 and 443
    #[arg(
        long,
        env = "POCO_NETWORK_DOMAINS",
        value_name = "DOMAINS",
        value_delimiter = ',',
        help_heading = "Container"
    )]
    pub network_domains: Option<Vec<Domain>>,
    /// Try the sandbox before the first task, as poco doctor --isolation does, and run nothing where a rule fails
    #[arg(long, env = "POCO_ISOLATION_CHECK", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", help_heading = "Container")]
    pub isolation_check: Option<bool>,
    /// Rules that may fail that check, comma-separated, by the names that poco doctor shows
    #[arg(
        long,
        env = "POCO_ACCEPT_BROKEN",
        value_name = "RULES",
        value_delimiter = ',',
        help_heading = "Container"
    )]
    pub accept_broken: Option<Vec<String>>,
}

impl ContainerSection {
    /// The rules of the sandbox that are the operator's.
    pub fn rules(&self) -> Rules {
        Rules {
            runtime: self.runtime.clone(),
            cores: self.cores.clone().unwrap_or_default(),
            network: self.network.unwrap_or_default(),
            network_apps: self.network_apps.clone().unwrap_or_default(),
            domains: self.network_domains.clone().unwrap_or_default(),
            ..Rules::default()
        }
    }

    /// The limits; the wall clock is each task's category's.
    pub fn limits(&self) -> container::Limits {
        let mut limits = container::Limits::default();
        if let Some(memory) = self.memory {
            limits.memory_bytes = memory.as_u64();
        }
        if let Some(cpus) = self.cpus {
            limits.cpus = cpus;
        }
        if let Some(pids) = self.pids {
            limits.pids = pids;
        }
        if let Some(output) = self.output {
            limits.output_bytes = output.as_u64();
        }
        if let Some(log) = self.log_size {
            limits.log_bytes = log.as_u64();
        }
        limits
    }

    pub(super) fn or(self, file: Self) -> Self {
        Self {
            memory: self.memory.or(file.memory),
            cpus: self.cpus.or(file.cpus),
            pids: self.pids.or(file.pids),
            output: self.output.or(file.output),
            log_size: self.log_size.or(file.log_size),
            cores: self.cores.or(file.cores),
            runtime: self.runtime.or(file.runtime),
            network: self.network.or(file.network),
            network_apps: self.network_apps.or(file.network_apps),
            network_domains: self.network_domains.or(file.network_domains),
            isolation_check: self.isolation_check.or(file.isolation_check),
            accept_broken: self.accept_broken.or(file.accept_broken),
        }
    }
}

/// A value that is written in the file as it is on the command line.
fn parsed<'de, D, T>(source: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    String::deserialize(source)?.parse().map(Some).map_err(serde::de::Error::custom)
}
