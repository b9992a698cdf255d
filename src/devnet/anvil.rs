//! The anvil process: found on the PATH first, else where `scripts/setup.sh` puts it; killed with its owner.

use super::DevnetError;
use super::accounts::MNEMONIC;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use url::Url;

/// Where `scripts/setup.sh` puts the pinned one, below the project's folder.
const TOOLS: &str = "contracts/tools/node_modules/.bin/anvil";
/// Of how many of the newest blocks it keeps the state: more than any reorganisation takes back.
const STATES: &str = "512";
/// How long anvil may take to listen.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running anvil.
pub struct Anvil {
    _process: Child,
    address: String,
}

impl Anvil {
    /// Starts anvil on `port` (0 for any free one) with `accounts` funded accounts. Transactions are mined at once, and a block
    /// comes every `block_seconds` even when there are none, so that deadlines pass.
    pub async fn start(port: u16, accounts: usize, block_seconds: u64) -> Result<Self, DevnetError> {
        let mut process = Command::new(find()?)
            .args(["--port", &port.to_string(), "--accounts", &accounts.to_string()])
            .args(["--mnemonic", MNEMONIC, "--chain-id", "31337", "--balance", "10000"])
            .args(["--block-time", &block_seconds.to_string(), "--mixed-mining"])
            // Else it puts the state of every older block on the disk, and leaves it there when it is killed.
            .args(["--prune-history", STATES])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| DevnetError::AnvilFailed(error.to_string()))?;
        let stdout = process.stdout.take().ok_or_else(|| DevnetError::AnvilFailed("no stdout".into()))?;
        let mut lines = BufReader::new(stdout).lines();
        let address = tokio::time::timeout(PATIENCE, listening(&mut lines))
            .await
            .map_err(|_| DevnetError::AnvilFailed("it did not listen in time".into()))??;
        // Anvil stops when nobody reads what it prints.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { _process: process, address })
    }

    /// Its HTTP endpoint.
    pub fn http(&self) -> Result<Url, DevnetError> {
        self.url("http")
    }

    /// Its WebSocket endpoint.
    pub fn ws(&self) -> Result<Url, DevnetError> {
        self.url("ws")
    }

    fn url(&self, scheme: &str) -> Result<Url, DevnetError> {
        let text = format!("{scheme}://{}", self.address);
        Url::parse(&text).map_err(|error| DevnetError::AnvilFailed(format!("it listens on {text}: {error}")))
    }
}

async fn listening(lines: &mut Lines<BufReader<ChildStdout>>) -> Result<String, DevnetError> {
    let mut said = String::new();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(address) = line.trim().strip_prefix("Listening on ") {
            return Ok(address.to_owned());
        }
        said = line;
    }
    Err(DevnetError::AnvilFailed(format!("it ended; its last words: {said}")))
}

fn find() -> Result<PathBuf, DevnetError> {
    let on_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|paths| std::env::split_paths(&paths).collect::<Vec<_>>())
        .map(|folder| folder.join("anvil"))
        .find(|file| file.is_file());
    if let Some(found) = on_path {
        return Ok(found);
    }
    // In a checkout, and beside a program that was built in one.
    let starts = [std::env::current_dir(), std::env::current_exe()];
    let beside = starts.iter().flatten().flat_map(|start| start.ancestors());
    let beside = beside.map(|folder| folder.join(TOOLS)).find(|file| file.is_file());
    beside.ok_or_else(|| DevnetError::NoAnvil { looked: Path::new(TOOLS).to_owned() })
}
