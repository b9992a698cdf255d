//! Dapps that end badly or prove nothing: each its own code, and nothing is contributed.

use crate::support::{Town, classic, shell};
use poco::container::Limits;
use poco::dapp::BuyOrder;
use poco::devnet::DevnetOptions;
use poco::pool::Offer;
use serde_json::json;

const MIB: u64 = 1 << 20;
/// The devnet's short category, after those of the live network.
const SHORT: u64 = 5;

/// A town with one worker at work, whose containers have 64 MB of memory and may leave 8 MB.
async fn one_worker(options: DevnetOptions) -> Town {
    let mut town = Town::open(DevnetOptions { workers: 1, ..options }, Offer::default()).await;
    let mut plan = town.plan(0).await;
    plan.container_limits = Limits { memory_bytes: 64 * MIB, output_bytes: 8 * MIB, ..Limits::default() };
    town.hire(plan).await;
    town
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dapp_that_ends_badly_is_not_contributed() {
    let town = one_worker(DevnetOptions::default()).await;
    let app = town.probe().await;
    let worker = town.worker(0);
    let fails = "echo 42 > /iexec/consensus.iexec; echo no such scene >&2; exit 1";
    let cases = [
        (shell(fails), "P-CO-020", "no such scene"),
        (shell("tail /dev/zero"), "P-CO-022", "memory"),
        (shell("dd if=/dev/zero of=/iexec/big bs=1M count=64; sleep 60"), "P-CO-023", ""),
        (classic(json!({ "cmdline": "/no/such/program" })), "P-CO-008", "/no/such/program"),
    ];
    for (order, code, words) in cases {
        let deal = town.buy(app, order).await;
        let reason = town.given_up(worker, deal.task(), code).await;
        assert!(reason.contains(words), "{code}: {reason}");
    }
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dapp_that_overruns_its_time_is_killed() {
    let town =
        one_worker(DevnetOptions { short_category_seconds: Some(3), ..DevnetOptions::default() }).await;
    let app = town.probe().await;
    let hangs = shell("echo 42 > /iexec/consensus.iexec; sleep 600");
    let deal = town.buy(app, BuyOrder { category: Some(SHORT), ..hangs }).await;
    let reason = town.given_up(town.worker(0), deal.task(), "P-CO-021").await;
    assert!(reason.contains("3 s"), "{reason}");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_proves_nothing_is_not_contributed() {
    let town = one_worker(DevnetOptions::default()).await;
    let app = town.probe().await;
    let cases = [
        ("touch /iexec/consensus.iexec", "P-RE-003"),
        ("echo 42 > /iexec/answer; ln -s answer /iexec/consensus.iexec", "P-RE-004"),
        ("mkdir /iexec/consensus.iexec", "P-RE-004"),
        ("true", "P-RE-008"),
    ];
    for (script, code) in cases {
        let deal = town.buy(app, shell(script)).await;
        town.given_up(town.worker(0), deal.task(), code).await;
    }
    town.close().await;
}
