//! A sample dapp of the repository: its image, its iexec.json, and its inputs over HTTP.

use super::DemoError;
use crate::dapp::{AppEntry, BuyOrder, IexecJson};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path as UrlPath, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio_util::io::ReaderStream;
use tokio_util::sync::CancellationToken;

/// What stands for the input server's address in a fixture's iexec.json.
const PLACEHOLDER: &str = "http://localhost:8000";

/// A sample dapp, ready to be deployed and ordered.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// The app.
    pub app: AppEntry,
    /// The order, its inputs at an address that answers.
    pub order: BuyOrder,
}

impl Fixture {
    /// Builds the fixture's image and inputs and serves the inputs until `stop`.
    pub async fn prepare(name: &str, stop: CancellationToken) -> Result<Self, DemoError> {
        let root = repository()?;
        build(&root, name).await?;
        let own = root.join("fixtures").join(name).join("iexec.json");
        // The repository's own iexec.json is that of the fixture which has none in its folder.
        let file = if own.is_file() { own } else { root.join("iexec.json") };
        let text = std::fs::read_to_string(&file)
            .map_err(|source| DemoError::File { path: file.clone(), source })?;
        let inputs = serve(root.join("target/fixtures").join(name).join("serve"), stop).await?;
        let json = IexecJson::parse(&text.replace(PLACEHOLDER, &inputs))?;
        Ok(Self { app: json.app()?, order: json.order()? })
    }
}

/// Serves the files of `folder` on a free local port until `stop`; gives the server's URL without a slash at its end.
pub async fn serve(folder: PathBuf, stop: CancellationToken) -> Result<String, DemoError> {
    let failed = |source| DemoError::File { path: folder.clone(), source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let routes = Router::new().route("/{file}", get(file)).with_state(folder.clone());
    let serving = axum::serve(listener, routes).with_graceful_shutdown(stop.cancelled_owned());
    tokio::spawn(serving.into_future());
    Ok(format!("http://{address}"))
}

async fn file(State(folder): State<PathBuf>, UrlPath(name): UrlPath<String>) -> Response {
    // One segment of a path, so nothing outside of the folder.
    let named = Path::new(&name).file_name().map(|name| folder.join(name));
    match named {
        Some(path) => match tokio::fs::File::open(path).await {
            Ok(file) => Body::from_stream(ReaderStream::new(file)).into_response(),
            Err(_) => StatusCode::NOT_FOUND.into_response(),
        },
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn build(root: &Path, name: &str) -> Result<(), DemoError> {
    let failed = |reason: String| DemoError::Fixture { name: name.to_owned(), reason };
    let output = Command::new(root.join("fixtures/build.sh"))
        .arg(name)
        .stdin(Stdio::null())
        .output()
        .await
        .map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

fn repository() -> Result<PathBuf, DemoError> {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let found = here.ancestors().find(|folder| folder.join("fixtures/build.sh").is_file());
    found.map(Path::to_owned).ok_or_else(|| DemoError::NoFixtures(here.clone()))
}
