//! One task of a worker that waits for it.

use super::Row;
use super::container::{self, IMAGE};
use crate::data;
use crate::pairs::{ROUNDS, Side, Table, Unit, in_milliseconds};
use crate::support::{App, Town, classic, shell as dapp};
use crate::tools::{anew, shell};
use poco::chain::{Chain, ChainError, Follower, Happening, Scope, Stretch};
use poco::container::policy::Wanted;
use poco::container::{DockerEngine, Engine};
use poco::dapp::{BuyOrder, ImageRef};
use serde_json::json;
use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::Receiver;
use tokio_util::sync::CancellationToken;

pub const ROW: Row = Row {
    name: "task",
    what: "From the block with the deal to the block with the contribution, of a worker and a pool that wait for it; the image is present. Our own share is what it takes beyond the container alone.",
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
    let engine = runtime.block_on(DockerEngine::connect()).expect("a Docker engine");
    let image =
        runtime.block_on(engine.image(&Wanted::new(ImageRef::new(IMAGE)))).expect("the image was made");
    let stop = CancellationToken::new();
    let now = town.chain.head().number;
    let follower = Follower::new(Arc::new(town.chain.clone()), Scope::Everything, now);
    let news = RefCell::new(runtime.block_on(async { follower.spawn(stop.clone()) }));
    let one = |order| runtime.block_on(one(&town, app, order, &mut news.borrow_mut()));
    let alone = Table::measure(
        "no input",
        Unit::Milliseconds,
        3 * ROUNDS,
        vec![
            Side::new("poco, deal to contribution", || one(dapp("echo 42 > /iexec/consensus.iexec"))),
            Side::new("docker run, openssl dgst", || anew(&folder, || shell(&folder, &bare))),
            Side::timed("our container alone", || runtime.block_on(container::one(&engine, &image))),
        ],
    );
    let loaded = Table::measure(
        "a zip of 100 MB with 2 000 files as input",
        Unit::Milliseconds,
        ROUNDS,
        vec![
            Side::new("poco, deal to contribution", || one(classic(params.clone()))),
            Side::new("curl, unzip, docker run, openssl dgst", || {
                anew(&folder, || shell(&folder, &with_input))
            }),
        ],
    );
    stop.cancel();
    runtime.block_on(town.close());
    vec![alone, loaded]
}

/// Buys one task: from hearing of its deal to hearing of its contribution.
async fn one(
    town: &Town,
    app: App,
    order: BuyOrder,
    news: &mut Receiver<Result<Stretch, ChainError>>,
) -> f64 {
    let contributed = async {
        let mut struck = Instant::now();
        loop {
            let stretch = news.recv().await.expect("it follows").expect("the chain answers");
            for event in stretch.events {
                match event.what {
                    Happening::Notice { .. } => struck = Instant::now(),
                    Happening::Contributed { .. } => return in_milliseconds(struck.elapsed()),
                    _ => {}
                }
            }
        }
    };
    let (deal, taken) = tokio::join!(town.buy(app, order), contributed);
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
