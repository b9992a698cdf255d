//! All endpoints of one chain as one transport: a call goes to the best of them, and on to the next when that one fails
//! or hesitates.
//!
//! ```text
//! call ─▶ best line ──answer──▶ done
//!            ├─failure────────▶ next line
//!            └─no answer yet──▶ next line as well; the first answer wins, who was overtaken is no longer the best
//! ```
//!
//! An answer that says no is an answer, except that an endpoint which only says that it is asked too much is passed over.
//! A transaction may so reach several endpoints; they know it by its hash. It is refused only when each that it was given to
//! said so: as long as one of them has not answered, it may have taken it.

use super::prompt::Prompt;
use super::tally::Tally;
use super::what_failed;
use crate::chain::{ChainError, Head};
use alloy::primitives::B256;
use alloy::rpc::json_rpc::{RequestPacket, ResponsePacket};
use alloy::transports::{BoxTransport, TransportError, TransportErrorKind, TransportFut};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use tower_service::Service;
use url::Url;

/// No answer after this long is a failure of the endpoint.
pub(in crate::chain) const PATIENCE: Duration = Duration::from_secs(5);
/// An endpoint that hesitates this long is not waited for alone; shorter than a block of the chains that PoCo is on.
const HESITATION: Duration = Duration::from_secs(1);
/// "Too much": EIP-1474's limit exceeded, and HTTP's and WebSocket's own codes for it, which some providers give.
const TOO_MUCH: [i64; 3] = [-32005, 429, 1008];

/// The call that gives an endpoint a transaction.
const SEND: &str = "eth_sendRawTransaction";

/// One URL. It has no `Debug`, which would show what may be secret.
pub(super) struct Line {
    pub(super) url: Url,
    /// What may be told of the URL.
    pub(super) label: String,
    open: Mutex<Option<Open>>,
}

/// An open connection.
#[derive(Clone)]
struct Open {
    transport: BoxTransport,
    prompt: Option<Prompt>,
}

/// The URLs of one chain and what they told.
pub(super) struct Lines {
    lines: Vec<Line>,
    tally: Mutex<Tally>,
    heads: watch::Sender<Head>,
    chain_id: OnceLock<(u64, usize)>,
    stranger: OnceLock<(u64, usize)>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lines {
    pub(super) fn new(urls: &[Url], stubborn: Duration) -> (Arc<Self>, watch::Receiver<Head>) {
        let (heads, listen) = watch::channel(Head {
            number: 0,
            hash: B256::ZERO,
            parent: B256::ZERO,
            timestamp: 0,
            bloom: None,
        });
        let line = |url: &Url| Line { url: url.clone(), label: without_secrets(url), open: Mutex::default() };
        let lines = Self {
            lines: urls.iter().map(line).collect(),
            tally: Mutex::new(Tally::new(urls.len(), stubborn)),
            heads,
            chain_id: OnceLock::new(),
            stranger: OnceLock::new(),
        };
        (Arc::new(lines), listen)
    }

    pub(super) fn count(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn get(&self, line: usize) -> Option<&Line> {
        self.lines.get(line)
    }

    /// The chain, once an endpoint has told.
    pub(super) fn chain_id(&self) -> Option<u64> {
        self.chain_id.get().map(|(id, _)| *id)
    }

    /// An endpoint told its chain; the first one that does sets it for all.
    pub(super) fn met(&self, line: usize, id: u64) -> Result<(), ChainError> {
        let (known, _) = *self.chain_id.get_or_init(|| (id, line));
        if known != id {
            let _ = self.stranger.set((id, line));
        }
        self.verdict()
    }

    /// An error once any endpoint has told another chain than the others.
    pub(super) fn verdict(&self) -> Result<(), ChainError> {
        let (Some((id, line)), Some((known, other))) = (self.stranger.get(), self.chain_id.get()) else {
            return Ok(());
        };
        let label = |line: &usize| self.get(*line).map(|line| line.label.clone()).unwrap_or_default();
        Err(ChainError::OtherChain { url: label(line), chain_id: *id, known: *known, by: label(other) })
    }

    /// The line is open.
    pub(super) fn connected(&self, line: usize, transport: BoxTransport, prompt: Option<Prompt>) {
        if let Some(line) = self.get(line) {
            *locked(&line.open) = Some(Open { transport, prompt });
        }
    }

    /// The line is closed.
    pub(super) fn closed(&self, line: usize) {
        if let Some(line) = self.get(line) {
            *locked(&line.open) = None;
        }
        self.failed(line, "it cannot be reached");
    }

    /// The line told its head; listeners wake for what is new only.
    pub(super) fn told(&self, line: usize, head: Head) {
        let mut tally = locked(&self.tally);
        tally.told(line, head, Instant::now());
        if let Some(best) = tally.best() {
            self.heads.send_if_modified(|known| std::mem::replace(known, best) != best);
        }
    }

    fn failed(&self, line: usize, why: &str) {
        if locked(&self.tally).failed(line)
            && let Some(line) = self.get(line)
        {
            tracing::warn!(endpoint = line.label, why, "an endpoint failed");
        }
    }

    async fn ask(&self, packet: RequestPacket) -> Result<ResponsePacket, TransportError> {
        if let Err(error) = self.verdict() {
            return Err(TransportErrorKind::custom(error));
        }
        let order = locked(&self.tally).order();
        let mut queue = order.into_iter();
        let mut asked = FuturesUnordered::new();
        let mut waiting = Vec::new();
        let sends = matches!(&packet, RequestPacket::Single(call) if call.method() == SEND);
        let mut unsure = None;
        let mut last = Err(TransportErrorKind::custom_str("no endpoint is left to ask"));
        loop {
            match queue.next() {
                Some(line) => {
                    waiting.push(line);
                    let asking = self.ask_one(line, packet.clone());
                    let open = self.get(line).is_some_and(Line::is_open);
                    asked.push(async move { (line, open, asking.await) });
                }
                None if asked.is_empty() => return unsure.map_or(last, Err),
                None => {}
            }
            let answer = if queue.len() == 0 {
                asked.next().await
            } else {
                match tokio::time::timeout(HESITATION, asked.next()).await {
                    Ok(answer) => answer,
                    Err(_) => continue,
                }
            };
            let Some((line, open, answer)) = answer else { continue };
            waiting.retain(|other| *other != line);
            match answer {
                Ok(answer)
                    if sends
                        && answer.is_error()
                        && !too_much(&answer)
                        && (unsure.is_some() || !waiting.is_empty()) =>
                {
                    last = Ok(answer);
                    queue = Vec::new().into_iter();
                }
                Ok(answer) if !too_much(&answer) => {
                    waiting.iter().for_each(|overtaken| self.failed(*overtaken, "another one was faster"));
                    return Ok(answer);
                }
                Ok(answer) => last = Ok(answer),
                Err(error) if sends && open => {
                    self.failed(line, &error.to_string());
                    unsure = Some(error);
                }
                Err(error) => {
                    self.failed(line, &error.to_string());
                    // What an endpoint said is worth more than that another one said nothing.
                    last = last.or(Err(error));
                }
            }
        }
    }

    async fn ask_one(&self, line: usize, packet: RequestPacket) -> Result<ResponsePacket, TransportError> {
        let line = self.get(line).ok_or_else(TransportErrorKind::backend_gone)?;
        let open = locked(&line.open).clone();
        let Some(Open { mut transport, prompt }) = open else {
            return Err(line.says("it is not connected"));
        };
        let answer = tokio::time::timeout(PATIENCE, transport.call(packet)).await;
        prompt.iter().for_each(Prompt::acknowledge);
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(line.says(&what_failed(&error))),
            Err(_) => Err(line.says("no answer")),
        }
    }
}

impl Line {
    fn is_open(&self) -> bool {
        locked(&self.open).is_some()
    }

    /// An error of this line that tells nothing of the URL but its host.
    fn says(&self, what: &str) -> TransportError {
        TransportErrorKind::custom_str(&format!("{}: {}", self.label, self.scrubbed(what)))
    }

    /// A text of a library without the parts of the URL that may be secret.
    pub(super) fn scrubbed(&self, text: &str) -> String {
        let url = &self.url;
        let whole = [url.as_str(), url.as_str().trim_end_matches('/')];
        let parts = [url.path(), url.query().unwrap_or(""), url.username(), url.password().unwrap_or("")];
        let text = whole.iter().fold(text.to_owned(), |text, whole| text.replace(whole, &self.label));
        parts.iter().filter(|part| part.len() > 1).fold(text, |text, part| text.replace(part, "…"))
    }
}

/// API keys live in paths, queries and user names; none of them belongs in a log.
pub(super) fn without_secrets(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or("?"))
}

fn too_much(answer: &ResponsePacket) -> bool {
    answer.first_error_code().is_some_and(|code| TOO_MUCH.contains(&code))
}

/// The transport through all lines.
#[derive(Clone)]
pub(super) struct Failover(pub(super) Arc<Lines>);

impl Service<RequestPacket> for Failover {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, packet: RequestPacket) -> Self::Future {
        let lines = self.0.clone();
        Box::pin(async move { lines.ask(packet).await })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_url_but_its_host_is_told() {
        let url = Url::parse("https://user:hunter2@rpc.example:8443/v3/abcdef?key=0123").unwrap();
        let line = Line { label: without_secrets(&url), url: url.clone(), open: Mutex::default() };
        assert_eq!(line.label, "https://rpc.example:8443");
        let told =
            line.scrubbed(&format!("error sending request for url ({url}) at /v3/abcdef with key=0123"));
        for secret in ["hunter2", "abcdef", "0123"] {
            assert!(!told.contains(secret), "{told}");
        }
    }
}
