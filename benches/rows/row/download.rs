//! A URL becomes a file with a known hash.

use super::Row;
use crate::data;
use crate::pairs::{ROUNDS, Side, Table, Unit};
use crate::tools::{anew, shell};
use poco::dapp::{Folder, Input, InputName, Unpack, WorkArea};
use poco::inputs::{Limits, Settings, Supply, Trust};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;

pub const ROW: Row = Row {
    name: "download",
    what: "1 GiB over loopback to disk with its sha-256 checked, through the worker's own door; the server is the same for all.",
    run,
};

fn run() -> Vec<Table> {
    let file = data::letters(1024);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let base = runtime.block_on(serve(file.clone()));
    let sum: [u8; 32] = {
        let mut hash = Sha256::new();
        std::io::copy(&mut std::fs::File::open(&file).expect("data"), &mut hash).expect("data");
        hash.finalize().into()
    };
    let place = data::folder().join("downloaded");
    let peer = |line: &str| {
        let (place, line) = (place.clone(), line.replace("URL", &format!("{base}/file")));
        move || anew(&place, || shell(&place, &line))
    };
    // In a task of its own, as a worker's are.
    let ours = |sha256| {
        let (url, to) = (format!("{base}/file"), place.clone());
        anew(&place, || {
            runtime.block_on(runtime.spawn(download(url, sha256, to))).expect("it is there");
        })
    };
    let hashed = vec![
        Side::new("poco, sha-256 checked", || ours(Some(sum))),
        Side::new("curl, then openssl dgst", peer("curl -s -o file URL && openssl dgst -sha256 file")),
        Side::new("aria2c, then openssl dgst", peer("aria2c -q -o file URL && openssl dgst -sha256 file")),
        Side::new("wget, then openssl dgst", peer("wget -q -O file URL && openssl dgst -sha256 file")),
        Side::new("curl alone", peer("curl -s -o file URL")),
    ];
    let bare = vec![
        Side::new("poco, nothing promised", || ours(None)),
        Side::new("curl", peer("curl -s -o file URL")),
    ];
    vec![
        Table::measure("1 GiB with a promised sha-256", Unit::Milliseconds, ROUNDS, hashed),
        Table::measure("1 GiB without", Unit::Milliseconds, ROUNDS, bare),
    ]
}

/// Serves one file to whoever asks, on a loopback port.
async fn serve(file: std::path::PathBuf) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let send = move || {
        let file = file.clone();
        async move {
            let length = tokio::fs::metadata(&file).await.map_or(0, |found| found.len());
            let file = tokio::fs::File::open(&file).await.expect("data");
            let stream = tokio_util::io::ReaderStream::with_capacity(file, 1 << 20);
            ([("content-length", length.to_string())], axum::body::Body::from_stream(stream))
        }
    };
    let app = axum::Router::new().route("/file", axum::routing::get(send));
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

async fn download(url: String, sha256: Option<[u8; 32]>, place: PathBuf) {
    let settings = Settings {
        limits: Limits::default(),
        trust: Trust::loopback(),
        cache_bytes: 0,
        ..Settings::default()
    };
    let supply = Supply::open(&settings, place.join("cache")).expect("a client");
    let input = Input {
        url: url.parse().expect("a URL"),
        folder: Folder::Shared,
        name: InputName::FromUrl,
        unpack: Unpack::Nothing,
        sha256,
    };
    supply
        .gather(&[input], &WorkArea::new(place.join("area")), &CancellationToken::new())
        .await
        .expect("it is there");
}
