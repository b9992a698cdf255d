//! Requests that cannot be served: each ends in its own code, told to the pool, and nothing is contributed.

use crate::support::{App, Town, classic, closed_port, serve_empty_registry, serve_nothing, shell};
use poco::dapp::BuyOrder;
use serde_json::{Value, json};

/// A town with one worker at work.
async fn one_worker() -> Town {
    let mut town = Town::with_workers(1).await;
    let plan = town.plan(0).await;
    town.hire(plan).await;
    town
}

/// Buys what cannot be served and sees it given up with this code, for a reason that holds these words.
async fn refused(town: &Town, app: App, order: BuyOrder, code: &str, words: &str) {
    let params = order.params.clone();
    let deal = town.buy(app, order).await;
    let reason = town.given_up(town.worker(0), deal.task(), code).await;
    assert!(reason.contains(words), "{params}: {reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_params_are_refused_before_anything_is_fetched() {
    let town = one_worker().await;
    let app = town.probe().await;
    let cases: [(Value, &str, &str); 6] = [
        (json!({ "cmdline": 5 }), "P-DA-004", "params.cmdline"),
        (json!({ "cmdline": "true", "dirinuri": "ftp://a.example/b" }), "P-DA-017", "ftp"),
        (json!({ "cmdline": "true", "dirinuri": "no url" }), "P-DA-016", "no url"),
        (json!({ "cmdline": "true", "envvars": "A=1,BROKEN" }), "P-DA-006", "BROKEN"),
        (json!({ "cmdline": "echo 'open" }), "P-DA-014", "never closed"),
        (json!({ "cmdline": "true", "iexec_args": "true" }), "P-DA-013", "iexec_args"),
    ];
    for (params, code, words) in cases {
        refused(&town, app, classic(params), code, words).await;
    }
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_multiaddr_on_chain_is_refused() {
    let town = one_worker().await;
    let app = town.deploy_image("XWDOCKERIMAGE=poco/probe:1.0.0,BROKEN").await;
    refused(&town, app, shell("true"), "P-DA-006", "BROKEN").await;
    let app = town.deploy_image("GREETING=hello").await;
    refused(&town, app, shell("true"), "P-DA-009", "XWDOCKERIMAGE").await;
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_that_cannot_be_had_ends_the_task() {
    let town = one_worker().await;
    let app = town.probe().await;
    let nobody = format!("http://{}/data.zip", closed_port().await);
    let order = classic(json!({ "cmdline": "true", "dirinuri": nobody }));
    refused(&town, app, order, "P-IN-004", &nobody).await;
    let absent = format!("{}/data.zip", serve_nothing().await);
    let order = classic(json!({ "cmdline": "true", "dirinuri": [absent.as_str()] }));
    refused(&town, app, order, "P-IN-005", "404").await;
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_cannot_be_had_ends_the_task() {
    let town = one_worker().await;
    let app = town.deploy_image(&format!("{}/nobody/nothing:1.0.0", serve_empty_registry().await)).await;
    refused(&town, app, shell("true"), "P-CO-003", "nobody/nothing:1.0.0").await;
    let app = town.deploy_image(&format!("{}/nobody/nothing:1.0.0", closed_port().await)).await;
    refused(&town, app, shell("true"), "P-CO-004", "nobody/nothing:1.0.0").await;
    town.close().await;
}
