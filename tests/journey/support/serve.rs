//! Servers that answer as tests want them to.

use super::repository;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::json;
use std::path::PathBuf;
use tokio::net::TcpListener;

/// Serves the files of `target/fixtures/NAME/serve`; gives the server's URL without a slash at its end.
pub(crate) async fn serve_folder(fixture: &str) -> String {
    let folder = repository().join("target/fixtures").join(fixture).join("serve");
    serve(Router::new().route("/{file}", get(file)).with_state(folder)).await
}

/// Serves nothing: every path is 404.
pub(crate) async fn serve_nothing() -> String {
    serve(Router::new()).await
}

/// A registry without a single image; gives host and port. An engine takes one on this machine without TLS.
pub(crate) async fn serve_empty_registry() -> String {
    let unknown = || async {
        // Without the detail, which every real registry gives, an engine takes the answer for a failure of the registry.
        let error = json!({ "code": "MANIFEST_UNKNOWN", "message": "manifest unknown", "detail": { "Tag": "1.0.0" } });
        let body = json!({ "errors": [error] }).to_string();
        (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "application/json")], body)
    };
    let routes = Router::new().route("/v2/", get(|| async { "{}" })).fallback(unknown);
    serve(routes).await.replace("http://", "")
}

/// A local address at which nobody listens.
pub(crate) async fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().to_string()
}

async fn serve(routes: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}")
}

async fn file(State(folder): State<PathBuf>, Path(name): Path<String>) -> impl IntoResponse {
    assert!(!name.contains('/'), "one segment of a path");
    tokio::fs::read(folder.join(name)).await.map_err(|_| StatusCode::NOT_FOUND)
}
