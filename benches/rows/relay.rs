//! A WebSocket in front of the chain's own that counts what is asked.

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use socket2::SockRef;
use std::collections::BTreeMap;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{accept_async, client_async};
use url::Url;

#[derive(Clone)]
pub struct Relay {
    behind: Url,
    counts: Arc<Mutex<BTreeMap<String, u64>>>,
    pub url: Url,
}

impl Relay {
    /// Listens on a port of its own; `behind` is the chain's WebSocket.
    pub async fn start(behind: Url) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("ws://{}", listener.local_addr().expect("an address")).parse().expect("a URL");
        let relay = Self { behind, counts: Arc::default(), url };
        let passing = relay.clone();
        tokio::spawn(async move {
            while let Ok((asker, _)) = listener.accept().await {
                tokio::spawn(passing.clone().pass(asker));
            }
        });
        relay
    }

    /// What was asked since the last time, by method.
    pub fn take(&self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.counts.lock().expect("nobody panics here"))
    }

    async fn pass(self, asker: TcpStream) {
        let address = self.behind.socket_addrs(|| None).expect("an address")[0];
        let chain = TcpStream::connect(address).await.expect("the chain listens");
        for stream in [&asker, &chain] {
            stream.set_nodelay(true).expect("a socket");
        }
        // The chain holds back what is small until what came before is acknowledged.
        let chain_socket = chain.as_fd().try_clone_to_owned().expect("a socket");
        let (mut to_asker, mut from_asker) = accept_async(asker).await.expect("a handshake").split();
        let (chain, _) = client_async(self.behind.as_str(), chain).await.expect("a handshake");
        let (mut to_chain, mut from_chain) = chain.split();
        let asking = async {
            while let Some(Ok(message)) = from_asker.next().await {
                self.count(&message);
                if to_chain.send(message).await.is_err() {
                    return;
                }
            }
        };
        let answering = async {
            while let Some(Ok(message)) = from_chain.next().await {
                SockRef::from(&chain_socket).set_tcp_quickack(true).expect("a socket");
                if to_asker.send(message).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = asking => {}
            () = answering => {}
        }
    }

    fn count(&self, message: &Message) {
        let Ok(text) = message.to_text() else { return };
        let asked: Value = serde_json::from_str(text).unwrap_or_default();
        let calls = match &asked {
            Value::Array(calls) => calls.as_slice(),
            call => std::slice::from_ref(call),
        };
        for method in calls.iter().filter_map(|call| call["method"].as_str()) {
            *self.counts.lock().expect("nobody panics here").entry(method.to_owned()).or_default() += 1;
        }
    }
}
