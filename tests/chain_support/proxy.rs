//! A JSON-RPC endpoint in front of a real one that can be made to fail in all the ways endpoints do.

use alloy::primitives::{Bytes, keccak256};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use url::Url;

/// How the endpoint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As the one behind it.
    Well,
    /// Takes calls and answers none.
    Frozen,
    /// Answers 503.
    Down,
    /// Knows so many of the newest blocks not yet.
    Behind(u64),
    /// Tells of the newest blocks, but its state is so many blocks older: two machines behind one name.
    Split(u64),
    /// Serves the logs of so many blocks at once.
    Limit(u64),
    /// Says that it has taken transactions, and passes none on.
    Forget,
    /// Passes transactions on, and its answer is lost on the way.
    Swallow,
    /// Refuses transactions for what they are.
    RefuseSend,
    /// Runs no more than so many bytes of a question.
    Small(usize),
    /// Is of another chain.
    Chain(u64),
}

#[derive(Clone)]
pub struct Proxy {
    behind: Url,
    mode: Arc<Mutex<Mode>>,
    served: Arc<AtomicU64>,
    refused: Arc<AtomicU64>,
    asked: Arc<Mutex<BTreeMap<String, u64>>>,
    client: reqwest::Client,
    pub url: Url,
}

impl Proxy {
    pub async fn start(behind: Url, mode: Mode) -> Self {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let proxy = Self {
            behind,
            mode: Arc::new(Mutex::new(mode)),
            served: Arc::default(),
            refused: Arc::default(),
            asked: Arc::default(),
            client: reqwest::Client::new(),
            url,
        };
        let routes = Router::new().route("/", post(answer)).with_state(proxy.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        proxy
    }

    pub fn is(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }

    /// How many views it answered.
    pub fn served(&self) -> u64 {
        self.served.load(Ordering::SeqCst)
    }

    /// How often it was asked this.
    pub fn asked(&self, method: &str) -> u64 {
        self.asked.lock().unwrap().get(method).copied().unwrap_or_default()
    }

    /// How many calls it refused because of its mode.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::SeqCst)
    }

    async fn behind(&self, method: &str, params: Value) -> Value {
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        self.client.post(self.behind.clone()).json(&call).send().await.unwrap().json().await.unwrap()
    }

    async fn newest(&self) -> u64 {
        number(&self.behind("eth_blockNumber", json!([])).await["result"]).unwrap()
    }
}

fn number(value: &Value) -> Option<u64> {
    u64::from_str_radix(value.as_str()?.strip_prefix("0x")?, 16).ok()
}

async fn answer(State(proxy): State<Proxy>, Json(call): Json<Value>) -> Response {
    let mode = *proxy.mode.lock().unwrap();
    let (method, mut params) = (call["method"].as_str().unwrap().to_owned(), call["params"].clone());
    *proxy.asked.lock().unwrap().entry(method.clone()).or_default() += 1;
    let refuse = |code: i64, message: &str| {
        proxy.refused.fetch_add(1, Ordering::SeqCst);
        json!({ "error": { "code": code, "message": message } })
    };
    let mut said = match (mode, method.as_str()) {
        (Mode::Frozen, _) => std::future::pending().await,
        (Mode::Down, _) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        (Mode::Swallow, "eth_sendRawTransaction") => {
            proxy.behind(&method, params).await;
            proxy.refused.fetch_add(1, Ordering::SeqCst);
            return StatusCode::BAD_GATEWAY.into_response();
        }
        (Mode::RefuseSend, "eth_sendRawTransaction") => refuse(-32000, "invalid sender"),
        (Mode::Chain(id), "eth_chainId") => json!({ "result": format!("{id:#x}") }),
        (Mode::Forget, "eth_sendRawTransaction") => {
            let raw: Bytes = params[0].as_str().unwrap().parse().unwrap();
            json!({ "result": keccak256(raw) })
        }
        (Mode::Behind(blocks), "eth_getBlockByNumber") => {
            let known = proxy.newest().await - blocks;
            match number(&params[0]) {
                Some(asked) if asked > known => json!({ "result": null }),
                Some(_) => proxy.behind(&method, params).await,
                None => proxy.behind(&method, json!([format!("{known:#x}"), params[1]])).await,
            }
        }
        (Mode::Behind(blocks) | Mode::Split(blocks), "eth_call") => {
            let known = proxy.newest().await - blocks;
            if number(&params[1]).is_some_and(|asked| asked > known) {
                refuse(-32000, "header not found")
            } else {
                if number(&params[1]).is_none() {
                    params[1] = json!(format!("{known:#x}"));
                }
                proxy.behind(&method, params).await
            }
        }
        (Mode::Small(bytes), "eth_call") if params[0].to_string().len() > 2 * bytes => {
            refuse(-32000, "out of gas")
        }
        (Mode::Limit(blocks), "eth_getLogs") => {
            match (number(&params[0]["fromBlock"]), number(&params[0]["toBlock"])) {
                (Some(from), Some(to)) if to - from >= blocks => refuse(-32602, "the range is too wide"),
                _ => proxy.behind(&method, params).await,
            }
        }
        _ => proxy.behind(&method, params).await,
    };
    if method == "eth_call" && said.get("result").is_some() {
        proxy.served.fetch_add(1, Ordering::SeqCst);
    }
    said["jsonrpc"] = json!("2.0");
    said["id"] = call["id"].clone();
    Json(said).into_response()
}
