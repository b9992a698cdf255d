//! Endpoints that freeze, fail, lag, refuse or lie: what is read through them is the truth, and nothing waits for the worst of them.

mod chain_support;

use alloy::primitives::U256;
use alloy::providers::Provider;
use chain_support::proxy::{Mode, Proxy};
use chain_support::{Bench, PATIENCE, POLL};
use futures_util::future::try_join_all;
use poco::chain::{Action, Chain, ChainError, Endpoint, EvmChain, Follower, Scope, Task};
use poco::poco::{Fault, TaskId, TaskStatus};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use url::Url;

/// A block of a slow chain; calls by themselves are given up after longer than this.
const BLOCK: Duration = Duration::from_secs(4);
/// So many views at once are more than go into one question.
const TASKS: u64 = 300;

async fn proxy(bench: &Bench, mode: Mode) -> Proxy {
    Proxy::start(http(&bench.devnet.ws().unwrap()), mode).await
}

/// Anvil answers HTTP and WebSocket on one port.
fn http(ws: &Url) -> Url {
    Url::parse(&ws.as_str().replacen("ws://", "http://", 1)).unwrap()
}

async fn within<T>(patience: Duration, what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(patience, future).await.unwrap_or_else(|_| panic!("too late: {what}"))
}

/// Calls until `served` says that it was this endpoint that answered.
async fn calls_reach(chain: &EvmChain, proxy: &Proxy) {
    let before = proxy.served();
    let calling = async {
        while proxy.served() == before {
            chain.score(Default::default()).await.unwrap();
            tokio::time::sleep(POLL).await;
        }
    };
    within(PATIENCE, "a call reaches it", calling).await;
}

async fn fails_over(mode: Mode) {
    let bench = Bench::start(1).await;
    let (first, second) = (proxy(&bench, Mode::Well).await, proxy(&bench, Mode::Well).await);
    let chain = bench.chain(&[first.url.clone(), second.url.clone()]).await;
    calls_reach(&chain, &first).await;

    first.is(mode);
    let before = second.served();
    within(BLOCK, "an answer of the other one", chain.score(Default::default())).await.unwrap();
    assert!(second.served() > before);
    let head = chain.head().number;
    within(PATIENCE, "a new head", chain.head_after(head)).await.unwrap();

    first.is(Mode::Well);
    calls_reach(&chain, &first).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_endpoint_is_left_within_a_block_and_taken_again_when_it_is_well() {
    fails_over(Mode::Frozen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_down_is_left_within_a_block_and_taken_again_when_it_is_well() {
    fails_over(Mode::Down).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_freezes_at_the_start_holds_up_nothing() {
    let bench = Bench::start(1).await;
    let frozen = proxy(&bench, Mode::Frozen).await;
    let urls = [frozen.url.clone(), bench.devnet.ws().unwrap()];
    let chain = within(BLOCK, "opening", bench.chain(&urls)).await;
    assert_eq!(chain.config().hub, bench.devnet.hub());
    frozen.is(Mode::Well);
    calls_reach(&chain, &frozen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_lagging_endpoint_the_head_is_that_of_the_best_and_so_is_the_state() {
    let bench = Bench::start(4).await;
    bench.mine(20).await;
    let lagging = proxy(&bench, Mode::Behind(10)).await;
    let chain = bench.chain(&[lagging.url.clone(), bench.devnet.ws().unwrap()]).await;
    for index in 0..4 {
        bench.initialize(&chain, index).await;
        let task = chain.task(TaskId::new(bench.deal, U256::from(index))).await.unwrap();
        assert_eq!(task.status, TaskStatus::Active);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_endpoint_does_not_know_yet_is_asked_again_and_not_believed() {
    let bench = Bench::start(1).await;
    bench.mine(20).await;
    let split = proxy(&bench, Mode::Well).await;
    let chain = bench.chain(std::slice::from_ref(&split.url)).await;
    let direct = bench.chain(&[bench.devnet.ws().unwrap()]).await;
    bench.initialize(&direct, 0).await;
    within(PATIENCE, "the head", chain.head_after(direct.head().number - 1)).await.unwrap();

    split.is(Mode::Split(15));
    let recovers = async {
        while split.refused() < 2 {
            tokio::time::sleep(POLL).await;
        }
        split.is(Mode::Well);
    };
    let (task, ()) = tokio::join!(chain.task(TaskId::new(bench.deal, U256::ZERO)), recovers);
    assert_eq!(
        task.unwrap().status,
        TaskStatus::Active,
        "an older state would say that it is not initialised"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_refuses_wide_ranges_is_read_in_narrow_ones() {
    let bench = Bench::start(3).await;
    let direct = bench.chain(&[bench.devnet.ws().unwrap()]).await;
    for index in 0..3 {
        bench.initialize(&direct, index).await;
        bench.mine(400).await;
    }
    let narrow = proxy(&bench, Mode::Limit(100)).await;
    let chain = bench.chain(std::slice::from_ref(&narrow.url)).await;
    let truth = bench.truth().await;
    let stop = CancellationToken::new();
    let mut stretches = Follower::new(Arc::new(chain), Scope::Everything, bench.start).spawn(stop.clone());
    let mut heard = Vec::new();
    let hearing = async {
        while heard.len() < truth.len() {
            heard.extend(stretches.recv().await.unwrap().unwrap().events);
        }
    };
    within(PATIENCE, "all events", hearing).await;
    stop.cancel();
    assert_eq!(heard, truth);
    assert!((1..40).contains(&narrow.refused()), "{} refusals", narrow.refused());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_of_another_chain_is_fatal_at_the_start_and_later() {
    let bench = Bench::start(1).await;
    let ws = bench.devnet.ws().unwrap();
    let other = proxy(&bench, Mode::Chain(1)).await;
    for urls in [[ws.clone(), other.url.clone()], [other.url.clone(), ws.clone()]] {
        let refused = Endpoint::open_all(&urls, POLL).await.err().unwrap();
        assert_eq!(refused.code(), "P-CH-013", "{refused}");
    }

    other.is(Mode::Frozen);
    let chain = bench.chain(&[ws, other.url.clone()]).await;
    let stop = CancellationToken::new();
    let mut stretches = Follower::new(Arc::new(chain), Scope::Everything, bench.start).spawn(stop);
    stretches.recv().await.unwrap().unwrap();
    other.is(Mode::Chain(1));
    let ending = async {
        loop {
            if let Err(error) = stretches.recv().await.expect("it must say why it ends") {
                return error;
            }
        }
    };
    let error = within(PATIENCE, "the follower ends", ending).await;
    assert!(matches!(error, ChainError::OtherChain { chain_id: 1, .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_that_breaks_is_opened_again() {
    let bench = Bench::start(1).await;
    let tunnel = chain_support::tunnel::Tunnel::start(&bench.devnet.ws().unwrap()).await;
    let chain = bench.chain(std::slice::from_ref(&tunnel.url)).await;
    for _ in 0..2 {
        tunnel.cut();
        let head = bench.devnet.endpoint().head().number + 1;
        within(PATIENCE, "heads after the break", chain.head_after(head)).await.unwrap();
        within(PATIENCE, "a call after the break", chain.score(Default::default())).await.unwrap();
    }
}

/// The answers to a few hundred views at once, some of which the contracts refuse.
async fn many_views(bench: &Bench, chain: &EvmChain) -> (Vec<Task>, Vec<String>) {
    let ids = (0..TASKS).map(|index| TaskId::new(bench.deal, U256::from(index)));
    let tasks = try_join_all(ids.map(|id| chain.task(id)));
    let (tasks, app, category, account, gas) = tokio::join!(
        tasks,
        chain.app(bench.devnet.hub()),
        chain.category(U256::from(999)),
        chain.account(bench.devnet.accounts().requester.address()),
        chain.gas_balance(bench.devnet.accounts().scheduler.address()),
    );
    let others = vec![
        app.unwrap_err().code().into(),
        category.unwrap_err().to_string(),
        format!("{:?}", account.unwrap()),
        gas.unwrap().to_string(),
    ];
    (tasks.unwrap(), others)
}

#[tokio::test(flavor = "multi_thread")]
async fn many_views_at_once_are_few_questions_and_answered_as_one_by_one() {
    let bench = Bench::start(TASKS).await;
    let admin = bench.chain(&[bench.devnet.ws().unwrap()]).await;
    let indexes = (0..TASKS).step_by(3).collect();
    let action = Action::Initialize { deal: bench.deal, indexes };
    admin.act(bench.devnet.accounts().admin.address(), action).await.unwrap();

    let proxy = Proxy::start(bench.devnet.http().unwrap(), Mode::Well).await;
    let together = bench.chain(std::slice::from_ref(&proxy.url)).await;
    let asked = || async {
        let before = proxy.served();
        let answers = many_views(&bench, &together).await;
        (proxy.served() - before, answers)
    };
    let (few, answers) = asked().await;
    assert!(few < TASKS / 10, "{few} questions");
    assert!(answers.0.iter().any(|task| task.status == TaskStatus::Active));
    assert!(answers.0.iter().any(|task| task.status == TaskStatus::Unset));

    proxy.is(Mode::Small(10_000));
    let (more, in_parts) = asked().await;
    assert!(few < more && more < TASKS / 2, "{more} questions after {} were too large", proxy.refused());
    assert!(in_parts == answers);

    // A chain that has no Multicall3: the one that had it loses it, another one never knew it.
    let multicall3 = "0xcA11bde05977b3631167028862bE2a173976CA11";
    let _: serde_json::Value =
        bench.provider().raw_request("anvil_setCode".into(), (multicall3, "0x")).await.unwrap();
    proxy.is(Mode::Well);
    let by_itself = bench.chain(std::slice::from_ref(&proxy.url)).await;
    let before = proxy.served();
    assert!(many_views(&bench, &by_itself).await == answers);
    assert!(proxy.served() - before >= TASKS);
    assert!(asked().await.1 == answers);
}
