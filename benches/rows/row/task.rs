//! One task of a worker that waits for it.

use super::Row;
use super::container::IMAGE;
use crate::data;
use crate::pairs::{ROUNDS, Side, Table, Unit, in_milliseconds};
use crate::support::{App, Town, classic, shell as dapp};
use crate::tools::{anew, shell};
use poco::dapp::BuyOrder;
use poco::poco::TaskStatus;
use serde_json::json;
use std::time::Instant;
use tokio::runtime::Runtime;

pub const ROW: Row = Row {
    name: "task",
    what: "From the deal's transaction to the contribution on chain, of a worker and a pool that wait for it; the image is present.",
    run,
};

fn run() -> Vec<Table> {
    super::container::make_image();
    let runtime = Runtime::new().expect("a runtime");
    let mut town = runtime.block_on(Town::with_workers(1));
    let app = runtime.block_on(town.deploy_image(IMAGE));
    runtime.block_on(town.hire_everyone());
    let zip = data::zipped(&data::many(2_000, 50 << 10));
    let url = runtime.block_on(serve(zip));

    let folder = data::folder().join("by-hand");
    let docker = format!(
        "docker run --rm --network none -v $PWD:/iexec {IMAGE} sh -c 'echo 42 > /iexec/consensus.iexec'"
    );
    let digest = "openssl dgst -sha3-256 consensus.iexec";
    let bare = format!("{docker} && {digest}");
    let with_input = format!("curl -s -o in.zip {url} && unzip -q in.zip && {docker} && {digest}");

    let params = json!({ "cmdline": "sh -c 'echo 42 > /iexec/consensus.iexec'", "dirinuri": url });
    let alone = Table::measure(
        "no input",
        Unit::Milliseconds,
        3 * ROUNDS,
        vec![
            Side::new("poco, deal to contribution", || {
                runtime.block_on(one(&town, app, dapp("echo 42 > /iexec/consensus.iexec")))
            }),
            Side::new("docker run, openssl dgst", || anew(&folder, || shell(&folder, &bare))),
        ],
    );
    let loaded = Table::measure(
        "a zip of 100 MB with 2 000 files as input",
        Unit::Milliseconds,
        ROUNDS,
        vec![
            Side::new("poco, deal to contribution", || {
                runtime.block_on(one(&town, app, classic(params.clone())))
            }),
            Side::new("curl, unzip, docker run, openssl dgst", || {
                anew(&folder, || shell(&folder, &with_input))
            }),
        ],
    );
    runtime.block_on(town.close());
    vec![alone, loaded]
}

/// Buys one task and waits for its first contribution.
async fn one(town: &Town, app: App, order: BuyOrder) -> f64 {
    let start = Instant::now();
    let deal = town.buy(app, order).await;
    let done = |status| !matches!(status, TaskStatus::Unset);
    town.once(deal.task(), |view| done(view.status) && !view.contributors.is_empty()).await;
    let taken = in_milliseconds(start.elapsed());
    // The next round is to find a worker with nothing left to do.
    town.completed(deal.task()).await;
    taken
}

/// Serves one file under a name that ends as it does.
async fn serve(file: std::path::PathBuf) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let send = move || async move { tokio::fs::read(&file).await.expect("data") };
    let app = axum::Router::new().route("/in.zip", axum::routing::get(send.clone()));
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}/in.zip")
}
