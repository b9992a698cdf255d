//! `poco tx`, beside a daemon that holds the wallet and without one.

use crate::chain_support::Bench;
use crate::ground::until;
use alloy::primitives::Address;
use alloy::providers::Provider;
use assert_cmd::Command;
use poco::chain::Gas;
use poco::pool::Offer;
use poco::solo::{PoolPlan, Solo};
use serde_json::Value;
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// A pool whose `initialize` waits for a block that does not come.
struct Stuck {
    bench: Bench,
    workdir: tempfile::TempDir,
    wallet: Address,
}

struct Said {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Stuck {
    async fn start() -> (Self, Solo, CancellationToken) {
        let bench = Bench::start(1).await;
        let _: Value = bench.provider().raw_request("evm_setAutomine".into(), (false,)).await.unwrap();
        let _: Value = bench.provider().raw_request("evm_setIntervalMining".into(), (0,)).await.unwrap();
        let workdir = tempfile::tempdir().unwrap();
        let key = bench.devnet.accounts().scheduler.clone();
        let stuck = Self { wallet: key.address(), bench, workdir };
        let stop = CancellationToken::new();
        let endpoint = stuck.bench.devnet.endpoint().clone();
        let mut solo = Solo::new(endpoint, stuck.bench.devnet.hub(), Gas::default(), stop.clone());
        let plan = PoolPlan {
            workerpool: stuck.bench.devnet.workerpool(),
            key,
            listen: ([127, 0, 0, 1], 0).into(),
            public_url: None,
            max_result_bytes: 1 << 20,
            workers: Vec::new(),
            offer: Offer::default(),
            start_block: Some(stuck.bench.start),
            workdir: stuck.workdir.path().to_owned(),
        };
        solo.start_pool(plan).await.unwrap();
        until("the pool has sent it", || async {
            let listed = stuck.list().await;
            listed.iter().any(|row| row["state"] == "sent").then_some(())
        })
        .await;
        (stuck, solo, stop)
    }

    async fn says(&self, words: &str) -> Said {
        let url = self.bench.devnet.ws().unwrap();
        let hub = self.bench.devnet.hub();
        let key: String = self.bench.devnet.accounts().scheduler.to_bytes().to_string();
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        let folder = self.workdir.path().to_owned();
        tokio::task::spawn_blocking(move || poco(&folder, &words, &[url.as_str(), &hub.to_string(), &key]))
            .await
            .unwrap()
    }

    async fn list(&self) -> Vec<Value> {
        let said = self.says("tx list --json").await;
        assert_eq!(said.code, 0, "{}", said.stderr);
        said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn poco(folder: &Path, words: &[String], [url, hub, key]: &[&str; 3]) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_poco"))
        .env_clear()
        .env("NO_COLOR", "1")
        .env("POCO_WORKDIR", folder)
        .env("POCO_RPC_URL", url)
        .env("POCO_HUB", hub)
        .env("POCO_KEY", key)
        .current_dir(folder)
        .args(words)
        .output()
        .unwrap();
    Said {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_does_what_a_person_wishes() {
    let (stuck, solo, stop) = Stuck::start().await;
    let first = stuck.list().await.remove(0);
    assert_eq!(first["action"], "initialize");
    assert_eq!(first["wallet"].as_str().unwrap().parse(), Ok(stuck.wallet));
    let nonce = first["nonce"].as_u64().unwrap();

    let bumped = stuck.says(&format!("tx bump {nonce}")).await;
    assert_eq!(bumped.code, 0, "{}", bumped.stderr);
    assert!(bumped.stderr.contains("was sent again with a higher fee; process "), "{}", bumped.stderr);
    let rows = stuck.list().await;
    assert_eq!(rows[0]["hash"].as_str(), Some(bumped.stdout.trim()));
    assert_eq!(rows[0]["nonce"], first["nonce"]);
    let fee = |row: &Value| row["maxFeeWei"].as_str().unwrap().parse::<u128>().unwrap();
    assert!(fee(&rows[0]) * 8 >= fee(&rows[1]) * 9);

    let cancelled = stuck.says(&format!("tx cancel {}", bumped.stdout.trim())).await;
    assert_eq!(cancelled.code, 0, "{}", cancelled.stderr);
    stuck.bench.mine(1).await;
    until("the cancellation is mined", || async {
        let rows = stuck.list().await;
        rows.iter().any(|row| row["action"] == "cancel" && row["state"] == "mined").then_some(())
    })
    .await;

    let late = stuck.says(&format!("tx cancel {}", cancelled.stdout.trim())).await;
    assert_eq!(late.code, 1, "{}", late.stderr);
    assert!(late.stderr.contains("error[P-SO-004]"), "{}", late.stderr);
    let unknown = stuck.says(&format!("tx bump 0x{}", "11".repeat(32))).await;
    assert_eq!(unknown.code, 1);
    assert!(unknown.stderr.contains("error[P-SO-002]"), "{}", unknown.stderr);
    stop.cancel();
    solo.wait().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_daemon_the_command_does_it_itself() {
    let (stuck, solo, stop) = Stuck::start().await;
    let nonce = stuck.list().await[0]["nonce"].as_u64().unwrap();
    stop.cancel();
    solo.wait().await.unwrap();

    let capped = stuck.says(&format!("tx bump {nonce} --max-fee-gwei 0")).await;
    assert_eq!(capped.code, 3, "{}", capped.stderr);
    assert!(capped.stderr.contains("error[P-CH-021]"), "{}", capped.stderr);

    let waiting = stuck.says(&format!("tx bump {nonce} --timeout 1s")).await;
    assert_eq!(waiting.code, 0, "{}", waiting.stderr);
    assert!(waiting.stderr.contains("not mined yet"), "{}", waiting.stderr);

    let cancel = format!("tx cancel {nonce}");
    let cancelling = stuck.says(&cancel);
    let mining = async {
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            if stuck.list().await.iter().any(|row| row["action"] == "cancel" && row["state"] == "sent") {
                stuck.bench.mine(1).await;
                std::future::pending::<()>().await;
            }
        }
    };
    let cancelled = tokio::select! {
        said = cancelling => said,
        () = mining => unreachable!(),
    };
    assert_eq!(cancelled.code, 0, "{}", cancelled.stderr);
    assert!(cancelled.stderr.contains("in the place of initialize"), "{}", cancelled.stderr);
    assert!(cancelled.stderr.contains("it is mined"), "{}", cancelled.stderr);
    let table = stuck.says("tx list").await;
    assert!(table.stdout.contains(cancelled.stdout.trim()), "{}", table.stdout);
    assert!(stuck.says("tx list --open").await.stderr.contains("no open transaction"));
}
