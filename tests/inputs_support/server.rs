//! An HTTP server whose answers are scripted per path, and one that writes raw bytes.

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;

enum Script {
    File(Vec<u8>),
    Statuses(Vec<u16>),
    Redirect(String),
    /// A file of one version, and after how many bytes each answer breaks off.
    Ranged {
        body: Vec<u8>,
        version: (header::HeaderName, String),
        breaks: Vec<usize>,
    },
    Stall,
}

#[derive(Default)]
struct Inner {
    scripts: Mutex<HashMap<String, Script>>,
    hits: Mutex<HashMap<String, usize>>,
    agents: Mutex<Vec<String>>,
    ranges: Mutex<Vec<String>>,
    raw: Mutex<Option<SocketAddr>>,
}

pub(crate) struct Server {
    address: SocketAddr,
    inner: Arc<Inner>,
    seen: watch::Receiver<usize>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
        // All of 127.0.0.0/8 is this host, so that a test has more than one address to tell apart.
        let address = (Ipv4Addr::LOCALHOST, listener.local_addr().unwrap().port()).into();
        let inner = Arc::new(Inner::default());
        let (hit, seen) = watch::channel(0);
        let app = axum::Router::new().fallback(answer).with_state((inner.clone(), Arc::new(hit)));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, inner, seen }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn file(&self, path: &str, body: Vec<u8>) {
        self.script(path, Script::File(body));
    }

    /// Answers with these statuses, one a request, and with the last for ever.
    pub(crate) fn statuses(&self, path: &str, statuses: &[u16]) {
        self.script(path, Script::Statuses(statuses.to_vec()));
    }

    pub(crate) fn redirect(&self, path: &str, to: &str) {
        self.script(path, Script::Redirect(to.into()));
    }

    /// A file with an `ETag` whose answers break off after so many bytes each, and no more once these are used up.
    pub(crate) fn ranged(&self, path: &str, body: &[u8], tag: &str, breaks: &[usize]) {
        let version = (header::ETAG, tag.to_owned());
        self.script(path, Script::Ranged { body: body.to_vec(), version, breaks: breaks.to_vec() });
    }

    /// The ranges that were asked for; empty where the whole was.
    pub(crate) fn ranges(&self) -> Vec<String> {
        self.inner.ranges.lock().unwrap().clone()
    }

    /// Sends a part of an answer and then nothing.
    pub(crate) fn stall(&self, path: &str) {
        self.script(path, Script::Stall);
    }

    pub(crate) fn hits(&self, path: &str) -> usize {
        self.inner.hits.lock().unwrap().get(path).copied().unwrap_or(0)
    }

    pub(crate) fn agents(&self) -> Vec<String> {
        self.inner.agents.lock().unwrap().clone()
    }

    /// Waits until `path` has been asked for.
    pub(crate) async fn reached(&self, path: &str) {
        let mut seen = self.seen.clone();
        seen.wait_for(|_| self.hits(path) > 0).await.unwrap();
    }

    /// A second server that answers every request with these very bytes and hangs up.
    pub(crate) async fn raw(&self, _path: &str, head: &[u8], body: &[u8]) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        *self.inner.raw.lock().unwrap() = Some(listener.local_addr().unwrap());
        let answer = [head, body].concat();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(&answer).await;
            }
        });
    }

    pub(crate) fn raw_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.inner.raw.lock().unwrap().unwrap())
    }

    fn script(&self, path: &str, script: Script) {
        self.inner.scripts.lock().unwrap().insert(path.replace(' ', "%20"), script);
    }
}

type Shared = (Arc<Inner>, Arc<watch::Sender<usize>>);

async fn answer(State((inner, hit)): State<Shared>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if let Some(agent) = request.headers().get(header::USER_AGENT) {
        inner.agents.lock().unwrap().push(agent.to_str().unwrap().to_owned());
    }
    let turn = {
        let mut hits = inner.hits.lock().unwrap();
        let count = hits.entry(path.clone()).or_default();
        *count += 1;
        *count - 1
    };
    hit.send_modify(|count| *count += 1);
    let text =
        |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
    let (range, if_range) = (text(header::RANGE), text(header::IF_RANGE));
    inner.ranges.lock().unwrap().push(range.clone());
    match inner.scripts.lock().unwrap().get(&path) {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(Script::File(body)) => body.clone().into_response(),
        Some(Script::Statuses(statuses)) => {
            let status = statuses.get(turn).or(statuses.last()).copied().unwrap();
            StatusCode::from_u16(status).unwrap().into_response()
        }
        Some(Script::Redirect(to)) => (StatusCode::FOUND, [(header::LOCATION, to.clone())]).into_response(),
        Some(Script::Ranged { body, version: (name, version), breaks }) => {
            let from = range.strip_prefix("bytes=").and_then(|range| range.strip_suffix('-'));
            let from = from.filter(|_| if_range == *version).map_or(0, |from| from.parse().unwrap());
            let rest = body[from..].to_vec();
            let length = rest.len();
            let end = breaks.get(turn).map_or(length, |end| length.min(*end));
            let mut parts = vec![Ok(Bytes::from(rest[..end].to_vec()))];
            if end < length {
                parts.push(Err(std::io::Error::other("cut")));
            }
            // Time for what was sent to arrive before the connection is cut.
            let parts = futures_util::StreamExt::then(futures_util::stream::iter(parts), async |part| {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                part
            });
            let mut answer = Body::from_stream(Box::pin(parts)).into_response();
            let headers = answer.headers_mut();
            headers.insert(name.clone(), version.parse().unwrap());
            headers.insert(header::CONTENT_LENGTH, length.into());
            if from > 0 {
                let told = format!("bytes {from}-{}/{}", body.len() - 1, body.len());
                headers.insert(header::CONTENT_RANGE, told.parse().unwrap());
                *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
            }
            answer
        }
        Some(Script::Stall) => {
            let part =
                futures_util::stream::once(async { Ok::<_, std::io::Error>(Bytes::from_static(b"part")) });
            let silence = futures_util::stream::pending();
            Body::from_stream(futures_util::StreamExt::chain(part, silence)).into_response()
        }
    }
}
