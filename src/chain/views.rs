//! Views of contracts. What is asked while nothing else is to be done goes in one question where the chain has Multicall3.
//!
//! ```text
//! view ─┐                                one ─▶ eth_call ──────────────────────────────────┐
//! view ─┼─▶ [taker: all that waits] ─────┤                                                 ├─▶ answers
//! view ─┘                                several ─▶ aggregate3 ─┬─ a view failed: eth_call ─┤
//!                                            └──── too much ◀───┴──────────────────────────┘
//!                                                  in halves
//! ```
//!
//! A view is asked at a block that is not older than the head when it came. Nothing is kept here, and nothing decided: both ways
//! give the same bytes, and what went wrong is told in the words that the endpoint has for that view alone.

use super::ChainError;
use super::abi::Multicall3;
use super::endpoint::{Endpoint, PATIENCE, rpc, what_failed};
use alloy::primitives::{Address, Bytes, address};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use alloy::sol_types::SolCall;
use futures_util::future::join_all;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::task::TaskTracker;

/// Where Multicall3 is on every chain that has it.
pub(crate) const MULTICALL3: Address = address!("cA11bde05977b3631167028862bE2a173976CA11");
/// How many views go into one question: what a node runs for one is bounded, and from here on little is gained.
const MOST: usize = 250;
/// How many questions of several views are under way at once…
const UNDER_WAY: usize = 4;
/// …and how many of one view each, where the chain has no Multicall3.
const ALONE: usize = 32;

/// One view, and who waits for it.
struct View {
    name: &'static str,
    to: Address,
    data: Bytes,
    at: u64,
    reply: oneshot::Sender<Result<Bytes, ChainError>>,
}

impl View {
    fn answer(self, answer: Result<Bytes, ChainError>) {
        // Whoever asked may have gone.
        let _ = self.reply.send(answer);
    }
}

/// Asks for views; cheap to clone. The taker ends with the last clone.
#[derive(Clone)]
pub(super) struct Views {
    endpoint: Endpoint,
    many: Option<mpsc::Sender<View>>,
    room: Arc<Semaphore>,
}

impl Views {
    /// Looks whether the chain has Multicall3.
    pub(super) async fn open(endpoint: &Endpoint) -> Result<Self, ChainError> {
        let code = rpc("eth_getCode", endpoint.provider().get_code_at(MULTICALL3)).await?;
        let many = (!code.is_empty()).then(|| {
            let (ask, asked) = mpsc::channel(MOST);
            tokio::spawn(take(endpoint.clone(), asked));
            ask
        });
        Ok(Self { endpoint: endpoint.clone(), many, room: Arc::new(Semaphore::new(ALONE)) })
    }

    /// Whether several views may go in one question.
    pub(super) fn are_many(&self) -> bool {
        self.many.is_some()
    }

    /// What `name` of the contract `to` says, at the newest block known.
    pub(super) async fn ask(
        &self,
        name: &'static str,
        to: Address,
        data: Bytes,
    ) -> Result<Bytes, ChainError> {
        let stopped = || ChainError::Stopped("reader of views");
        let Some(many) = &self.many else {
            let _room = self.room.acquire().await.map_err(|_| stopped())?;
            return one(&self.endpoint, (name, to, &data), self.endpoint.head().number).await;
        };
        let at = self.endpoint.head().number;
        let (reply, answer) = oneshot::channel();
        many.send(View { name, to, data, at, reply }).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

/// Takes what waits, as much at once as there is.
async fn take(endpoint: Endpoint, mut asked: mpsc::Receiver<View>) {
    let (answering, room) = (TaskTracker::new(), Arc::new(Semaphore::new(UNDER_WAY)));
    loop {
        let Ok(permit) = room.clone().acquire_owned().await else { return };
        let mut views = Vec::new();
        let Some(first) = asked.recv().await else { break };
        views.push(first);
        // Whoever asks for several at once has asked for all of them by then.
        tokio::task::yield_now().await;
        while views.len() < MOST
            && let Ok(next) = asked.try_recv()
        {
            views.push(next);
        }
        let endpoint = endpoint.clone();
        answering.spawn(async move {
            answer(&endpoint, views).await;
            drop(permit);
        });
    }
    answering.close();
    answering.wait().await;
}

/// Answers all of them; whether the endpoint said anything of use.
async fn answer(endpoint: &Endpoint, mut views: Vec<View>) -> bool {
    if views.len() < 2 {
        let Some(view) = views.pop() else { return true };
        return alone(endpoint, view).await;
    }
    match together(endpoint, &views).await {
        Ok(Some(answers)) => {
            let answered = views.into_iter().zip(answers).map(async |(view, answer)| match answer.success {
                true => view.answer(Ok(answer.returnData)),
                false => drop(alone(endpoint, view).await),
            });
            join_all(answered).await;
            true
        }
        // It took too much, or the endpoint does not know the block: half of it tells which.
        Ok(None) => {
            let rest = views.split_off(views.len() / 2);
            let answered = Box::pin(answer(endpoint, views)).await;
            match answered {
                true => Box::pin(answer(endpoint, rest)).await,
                false => give_up(rest, "it did not answer a smaller question"),
            }
        }
        Err(reason) => give_up(views, &reason),
    }
}

fn give_up(views: Vec<View>, reason: &str) -> bool {
    for view in views {
        let call = view.name;
        view.answer(Err(ChainError::Unavailable { call, reason: reason.into() }));
    }
    false
}

/// What Multicall3 says; none when the endpoint refuses the question, an error when nothing is heard of it.
async fn together(endpoint: &Endpoint, views: &[View]) -> Result<Option<Vec<Multicall3::Result>>, String> {
    let calls = views.iter().map(|view| Multicall3::Call3 {
        target: view.to,
        allowFailure: true,
        callData: view.data.clone(),
    });
    let call = Multicall3::aggregate3Call { calls: calls.collect() };
    let request = TransactionRequest::default().to(MULTICALL3).input(call.abi_encode().into());
    let at = views.iter().map(|view| view.at).max().unwrap_or_default();
    match tokio::time::timeout(PATIENCE, endpoint.provider().call(request).block(at.into())).await {
        Ok(Ok(said)) => {
            let answers = Multicall3::aggregate3Call::abi_decode_returns(&said).ok();
            Ok(answers.filter(|answers| answers.len() == views.len()))
        }
        Ok(Err(error)) if error.is_error_resp() => Ok(None),
        Ok(Err(error)) => Err(what_failed(&error)),
        Err(_) => Err("no answer".into()),
    }
}

async fn alone(endpoint: &Endpoint, view: View) -> bool {
    let answer = one(endpoint, (view.name, view.to, &view.data), view.at).await;
    let heard = !matches!(answer, Err(ChainError::Unavailable { .. }));
    view.answer(answer);
    heard
}

/// One view by itself.
async fn one(
    endpoint: &Endpoint,
    (name, to, data): (&'static str, Address, &Bytes),
    at: u64,
) -> Result<Bytes, ChainError> {
    let request = TransactionRequest::default().to(to).input(data.clone().into());
    let asking = async {
        match endpoint.provider().call(request).block(at.into()).await {
            Err(error) => match error.as_error_resp() {
                Some(said) if said.message.contains("revert") => Ok(Err(said.message.to_string())),
                _ => Err(error),
            },
            answer => answer.map(Ok),
        }
    };
    rpc(name, asking).await?.map_err(|reason| ChainError::Refused { action: name, reason })
}
