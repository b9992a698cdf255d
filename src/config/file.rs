//! The TOML file, and the same sections from the command line and the environment.

use super::{
    ChainSection, ConfigError, ContainerSection, ImagesSection, InputsSection, PoolSection, WorkerSection,
};
use clap::Args;
use serde::Deserialize;
use std::path::Path;

/// All settings: six sections, all of them optional, no other keys.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConfigFile {
    /// Where the chain is.
    #[command(flatten)]
    pub chain: ChainSection,
    /// The workerpool.
    #[command(flatten)]
    pub pool: PoolSection,
    /// The workers.
    #[command(flatten)]
    pub worker: WorkerSection,
    /// Where inputs may come from, and what they may cost.
    #[command(flatten)]
    pub inputs: InputsSection,
    /// What a container may use.
    #[command(flatten)]
    pub container: ContainerSection,
    /// Which images may run.
    #[command(flatten)]
    pub images: ImagesSection,
}

impl ConfigFile {
    /// Reads the file; none gives all defaults.
    pub fn read(path: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = path else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Unreadable { path: path.to_owned(), reason: error.to_string() })?;
        let mut file: Self = toml::from_str(&text)
            .map_err(|error| ConfigError::Invalid { path: path.to_owned(), reason: error.to_string() })?;
        file.images.count_lines(&text);
        Ok(file)
    }

    /// What was given on the command line and in the environment, filled up from this file.
    pub fn fill(self, given: Self) -> Self {
        Self {
            chain: given.chain.or(self.chain),
            pool: given.pool.or(self.pool),
            worker: given.worker.or(self.worker),
            inputs: given.inputs.or(self.inputs),
            container: given.container.or(self.container),
            images: given.images.or(self.images),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn read(text: &str) -> Result<ConfigFile, ConfigError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        ConfigFile::read(Some(file.path()))
    }

    #[test]
    fn units_stand_in_the_value() {
        let file = read(
            "[chain]\nrpc-url = \"ws://localhost:1\"\npoll-interval = \"250ms\"\n[container]\nmemory = \"512 MiB\"\n\
             [worker]\nmin-price = \"0.5 RLC\"\n",
        )
        .unwrap();
        assert_eq!(file.chain.poll_interval, Some(Duration::from_millis(250)));
        assert_eq!(file.container.limits().memory_bytes, 512 << 20);
        assert_eq!(file.worker.terms().min_price_nrlc.to_string(), "500000000");
    }

    #[test]
    fn endpoints_are_one_or_a_list() {
        let urls = |text: &str| {
            read(&format!("[chain]\nrpc-url = {text}\n")).map(|file| file.chain.rpc_url.unwrap())
        };
        assert_eq!(urls("\"ws://one\"").unwrap().len(), 1);
        assert_eq!(urls("[\"ws://one\", \"https://two\"]").unwrap()[1].as_str(), "https://two/");
        assert!(urls("7").unwrap_err().to_string().contains("list of URLs"));
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let error = read("[worker]\nslot = 2\n").unwrap_err().to_string();
        assert!(error.contains("slot"), "{error}");
        assert!(error.contains("`slots`"), "{error}");
    }

    #[test]
    fn a_flag_wins_over_the_file() {
        let file = read("[pool]\ntrust = 3\n[worker]\nslots = 2\n").unwrap();
        let pool = PoolSection { trust: Some(9), ..PoolSection::default() };
        let filled = file.fill(ConfigFile { pool, ..ConfigFile::default() });
        assert_eq!((filled.pool.trust, filled.worker.slots), (Some(9), Some(2)));
    }
}
