//! The pool's HTTP interface.
//!
//! | call | who | what |
//! |---|---|---|
//! | `POST /v1/tasks/{task}/authorization` | a worker, signed | the scheduler's leave to contribute |
//! | `PUT /v1/tasks/{task}/result` | who revealed, signed | the archive; answers with its place |
//! | `PUT /v1/tasks/{task}/callback` | who revealed, signed | the callback's bytes |
//! | `POST /v1/tasks/{task}/report` | a worker, signed | why it does not do the task |
//! | `GET /v1/order?category=N` | anyone | the pool's own signed workerpool order |
//! | `GET /v1/tasks/{task}` | anyone | how the task stands here |
//! | `GET /results/{task}.zip` | anyone | the archive |
//! | `GET /health` | anyone | 200 while the pool runs |

use super::PoolError;
use super::auth::{self, Speaker};
use super::daemon::Shared;
use super::supply;
use crate::chain::Chain;
use crate::observe;
use crate::poco::messages::{AuthorizationRequest, Purpose, Report};
use crate::poco::{Authorization, Class, ContributionStatus, Fault, TaskId, TaskStatus, WorkerpoolOrder};
use alloy::primitives::{Address, B256, keccak256};
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_util::io::ReaderStream;
use tokio_util::sync::CancellationToken;

/// The largest JSON message taken; archives have a limit of their own.
const MAX_MESSAGE_BYTES: usize = 16 << 10;
/// How many workers may wait for the doorkeeper.
const QUEUE: usize = 256;
/// A worker may know the block of its reveal before this pool does: so long it is waited for. One who is refused instead
/// sees a broken connection, for it is sending its archive by then.
const REVEAL_WAIT: Duration = Duration::from_secs(5);

type Answer = Result<Authorization, PoolError>;

struct Asking {
    task: TaskId,
    worker: Address,
    reply: oneshot::Sender<Answer>,
}

#[derive(Clone)]
struct App {
    shared: Arc<Shared>,
    door: mpsc::Sender<Asking>,
}

/// Serves until told to stop.
pub(super) async fn serve(
    shared: Arc<Shared>,
    listener: TcpListener,
    stop: CancellationToken,
) -> Result<(), PoolError> {
    let (door, asked) = mpsc::channel(QUEUE);
    let keeping = keep_door(shared.clone(), asked);
    let app = App { shared, door };
    let routes = Router::new()
        .route("/health", get(|| async { "ok" }))
        .route("/v1/order", get(order))
        .route("/v1/tasks/{task}", get(show))
        .route("/v1/tasks/{task}/authorization", post(authorize))
        .route("/v1/tasks/{task}/report", post(report))
        .layer(DefaultBodyLimit::max(MAX_MESSAGE_BYTES))
        .route("/v1/tasks/{task}/result", put(result))
        .route("/v1/tasks/{task}/callback", put(callback))
        .route("/results/{file}", get(fetch))
        .with_state(app);
    let serving = axum::serve(listener, routes).with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        () = keeping => Ok(()),
        served = serving => served.map_err(PoolError::Store),
    }
}

/// Decides about one worker at a time, so that two who ask at once are not both taken for the last place.
async fn keep_door(shared: Arc<Shared>, mut asked: mpsc::Receiver<Asking>) {
    while let Some(Asking { task, worker, reply }) = asked.recv().await {
        let answer = admit(&shared, task, worker).await;
        observe::worker_asked(task, worker, answer.as_ref().err().map(|error| error as &dyn Fault));
        // The worker may have hung up; it asks again and gets the same answer.
        let _ = reply.send(answer);
    }
}

async fn admit(shared: &Shared, task: TaskId, worker: Address) -> Answer {
    let listed = &shared.settings.workers;
    if !listed.is_empty() && !listed.contains(&worker) {
        return Err(PoolError::NotListed(worker));
    }
    let head = shared.chain.head();
    shared.adopt(task, head.number).await?;
    shared.refresh(task).await;
    let entry = shared.book().get(task).cloned().ok_or(PoolError::NotOurs(task))?;
    let closed = |why: String| Err(PoolError::Closed { task, why });
    if entry.task.status != TaskStatus::Active {
        return closed(format!("it is {:?}", entry.task.status));
    }
    if head.timestamp >= entry.task.contribution_deadline {
        return closed("its contribution deadline has passed".into());
    }
    if entry.contributions.iter().any(|(other, _)| *other == worker) {
        return closed("this worker has contributed already".into());
    }
    let authorized = shared.ledger.authorized(task).await?;
    // Whoever was let in and lost the answer gets it again: the signature is the same.
    if !authorized.iter().any(|(other, _)| *other == worker) {
        let account = shared.chain.account(worker).await?;
        let wanted = entry.deal.worker_stake_nrlc;
        if account.stake_nrlc < wanted {
            return Err(PoolError::NoStake { worker, free: account.stake_nrlc, wanted });
        }
        let mut scores = HashMap::new();
        let contributors = entry.contributions.iter().map(|(other, _)| *other);
        for known in contributors.chain(authorized.iter().map(|(other, _)| *other)) {
            scores.insert(known, shared.chain.score(known).await?);
        }
        if !supply::more_wanted(&entry, &authorized, &scores, head.timestamp) {
            return Err(PoolError::Enough(task));
        }
        shared.ledger.authorize(task, worker, head.timestamp).await?;
    }
    Authorization::sign(task, worker, Address::ZERO, &shared.key)
        .map_err(|error| PoolError::Signing(error.to_string()))
}

async fn authorize(
    State(app): State<App>,
    Path(task): Path<TaskId>,
    Json(asked): Json<AuthorizationRequest>,
) -> Result<Json<Authorization>, PoolError> {
    let gate = app.shared.gate;
    gate.check(task, asked.worker, Purpose::Authorize, B256::ZERO, &asked.signature)?;
    let (reply, answer) = oneshot::channel();
    let gone = || PoolError::Closed { task, why: "the pool is stopping".into() };
    app.door.send(Asking { task, worker: asked.worker, reply }).await.map_err(|_| gone())?;
    Ok(Json(answer.await.map_err(|_| gone())??))
}

async fn report(
    State(app): State<App>,
    Path(task): Path<TaskId>,
    Json(report): Json<Report>,
) -> Result<StatusCode, PoolError> {
    let content = Report::content(&report.code, &report.reason);
    app.shared.gate.check(task, report.worker, Purpose::Report, content, &report.signature)?;
    let head = app.shared.chain.head();
    app.shared.adopt(task, head.number).await?;
    let authorized = app.shared.ledger.authorized(task).await?;
    let let_in = authorized.iter().any(|(worker, _)| *worker == report.worker);
    if app.shared.book().get_mut(task).is_some_and(|entry| entry.reported(report.clone(), let_in)) {
        observe::worker_reported(task, &report);
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn result(
    State(app): State<App>,
    Path(task): Path<TaskId>,
    headers: HeaderMap,
    body: Body,
) -> Result<String, PoolError> {
    let place = app.shared.keep.archive(task);
    if receive(&app, task, Purpose::Result, &headers, body, &place).await? {
        observe::result_received(task);
    }
    Ok(app.shared.location(task))
}

async fn callback(
    State(app): State<App>,
    Path(task): Path<TaskId>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, PoolError> {
    let place = app.shared.keep.callback(task);
    receive(&app, task, Purpose::Callback, &headers, body, &place).await?;
    Ok(StatusCode::OK)
}

/// Takes a file from a worker that has revealed; false when there was one already, which stays. The chain has its digest by
/// then, so a callback's bytes are checked against what was proved before they are kept.
async fn receive(
    app: &App,
    task: TaskId,
    purpose: Purpose,
    headers: &HeaderMap,
    body: Body,
    place: &std::path::Path,
) -> Result<bool, PoolError> {
    let Speaker { worker, signature, content } = auth::speaker(headers)?;
    app.shared.gate.check(task, worker, purpose, content, &signature)?;
    let head = app.shared.chain.head();
    app.shared.adopt(task, head.number).await?;
    let seen = tokio::time::timeout(REVEAL_WAIT, revealed(&*app.shared.chain, task, worker)).await;
    seen.unwrap_or(Err(PoolError::NotRevealed(worker)))?;
    let (sha256, received) = app.shared.keep.receive(place, body).await?;
    if purpose == Purpose::Callback {
        let proved = keccak256(received.read()?);
        let digest = app.shared.chain.task(task).await?.digest;
        if proved != content || digest.is_none_or(|digest| digest.0 != proved) {
            return Err(PoolError::BadResult("the callback's bytes are not what was proved".into()));
        }
    } else if sha256 != content {
        return Err(PoolError::BadResult("it is not what its sender signed".into()));
    }
    let kept = received.keep()?;
    app.shared.received.notify_one();
    Ok(kept)
}

/// Waits for the reveal of a worker that has contributed; any other has none to wait for.
async fn revealed(chain: &dyn Chain, task: TaskId, worker: Address) -> Result<(), PoolError> {
    loop {
        let head = chain.head();
        match chain.contribution(task, worker).await?.status {
            ContributionStatus::Proved => return Ok(()),
            ContributionStatus::Contributed => chain.head_after(head.number).await?,
            _ => return Err(PoolError::NotRevealed(worker)),
        };
    }
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    category: u64,
}

async fn order(
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<WorkerpoolOrder>, PoolError> {
    let order = app.shared.order(wanted.category);
    order.map(Json).map_err(|error| PoolError::Signing(error.to_string()))
}

async fn show(State(app): State<App>, Path(task): Path<TaskId>) -> Result<Response, PoolError> {
    let head = app.shared.chain.head();
    app.shared.adopt(task, head.number).await?;
    let authorized = app.shared.ledger.authorized(task).await?;
    let entry = app.shared.book().get(task).cloned().ok_or(PoolError::NotOurs(task))?;
    let reports: Vec<_> = entry
        .reports
        .values()
        .map(|report| json!({ "worker": report.worker, "code": report.code, "reason": report.reason }))
        .collect();
    let result = app.shared.keep.has(task).then(|| app.shared.location(task));
    Ok(Json(json!({
        "task": task,
        "deal": entry.task.deal,
        "index": entry.task.index,
        "status": entry.task.status,
        "authorized": authorized.iter().map(|(worker, _)| worker).collect::<Vec<_>>(),
        "reports": reports,
        "result": result,
    }))
    .into_response())
}

async fn fetch(State(app): State<App>, Path(file): Path<String>) -> Result<Response, PoolError> {
    // Only a task's id ever becomes a path.
    let task: TaskId = file
        .strip_suffix(".zip")
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| PoolError::BadResult(format!("`{file}` is no result's name")))?;
    let Ok(archive) = tokio::fs::File::open(app.shared.keep.archive(task)).await else {
        return Ok((StatusCode::NOT_FOUND, "no result of this task is kept here\n").into_response());
    };
    let length = archive.metadata().await?.len();
    let headers =
        [(header::CONTENT_TYPE, "application/zip".to_owned()), (header::CONTENT_LENGTH, length.to_string())];
    Ok((headers, Body::from_stream(ReaderStream::new(archive))).into_response())
}

impl IntoResponse for PoolError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::NotSigned(_) => StatusCode::UNAUTHORIZED,
            Self::NotListed(_) | Self::NotRevealed(_) | Self::NoStake { .. } => StatusCode::FORBIDDEN,
            Self::NotOurs(_) => StatusCode::NOT_FOUND,
            Self::BadResult(_) => StatusCode::UNPROCESSABLE_ENTITY,
            other if other.class() == Class::GiveUp => StatusCode::CONFLICT,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, Json(self.denial())).into_response()
    }
}
