//! An endpoint in front of the chain's own that counts what it is asked.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use url::Url;

#[derive(Clone)]
pub struct Relay {
    behind: Url,
    client: reqwest::Client,
    counts: Arc<Mutex<BTreeMap<String, u64>>>,
    pub url: Url,
}

impl Relay {
    pub async fn start(behind: Url) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address")).parse().expect("a URL");
        let relay = Self { behind, client: reqwest::Client::new(), counts: Arc::default(), url };
        let routes = Router::new().route("/", post(pass)).with_state(relay.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        relay
    }

    /// What was asked since the last time, by method.
    pub fn take(&self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.counts.lock().expect("nobody panics here"))
    }
}

async fn pass(State(relay): State<Relay>, body: Bytes) -> Bytes {
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let calls = match &asked {
        Value::Array(calls) => calls.as_slice(),
        call => std::slice::from_ref(call),
    };
    for call in calls {
        let method = call["method"].as_str().unwrap_or("?").to_owned();
        *relay.counts.lock().expect("nobody panics here").entry(method).or_default() += 1;
    }
    let request =
        relay.client.post(relay.behind.clone()).header("content-type", "application/json").body(body);
    let answer = request.send().await.expect("the chain answers");
    answer.bytes().await.expect("the chain answers")
}
