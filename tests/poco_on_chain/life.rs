//! Random lives of tasks: after each call the hub and the model agree on every view, event and unit of money.

use super::coverage::Coverage;
use super::ground::{Ground, More, Slot, WORKERS};
use super::model::{Effect, Model, Money, no_contribution, pay};
use super::moves::{Leave, Move};
use super::scenario::{Bend, Scenario, Step, When, scenario};
use super::{runner, runtime};
use alloy::primitives::{Address, B256, Bytes, I256, LogData, U256, keccak256};
use alloy::rpc::types::Log;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall, SolEvent};
use futures_util::future::{join_all, try_join_all};
use poco::chain::abi::Hub;
use poco::poco::deadlines::{Deadlines, Ratios};
use poco::poco::escrow::{Delta, Parties};
use poco::poco::matching::{Consumed, Match};
use poco::poco::moves::TaskFacts;
use poco::poco::rewards;
use poco::poco::seal::enclave_digest;
use poco::poco::tag::DatasetTag;
use poco::poco::{
    AppOrder, Authorization, Consensus, DatasetOrder, DealId, Nrlc, Order, RequestOrder, ResultDigest,
    ResultHash, Tag, TaskId, TaskStatus, WorkerpoolOrder, result_hash, result_seal, signature,
};
use std::collections::BTreeMap;

/// What an account has at first: enough for any deal here.
const RICHES: u64 = 1_000_000_000_000_000;
/// Something that has no code, so that the call succeeds.
const CALLBACK: Address = Address::repeat_byte(0xcb);

#[test]
fn a_task_lives_on_chain_as_predicted() {
    let (mut runner, seed) = runner(120);
    let runtime = runtime();
    let ground = runtime.block_on(Ground::new());
    let seen = Coverage::default();
    let outcome = runner.run(&scenario(), |scenario| {
        runtime.block_on(live(&ground, &scenario, &seen));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{seed}: {error}"));
    seen.require(
        &[
            "contribute done",
            "contribute refused",
            "contributeAndFinalize done",
            "contributeAndFinalize refused",
            "reveal done",
            "reveal refused",
            "finalize done",
            "finalize refused",
            "reopen done",
            "reopen refused",
            "claim done",
            "claim refused",
            "initialize refused",
            "consensus by several",
            "a silent winner",
            "a loser",
            "a second round",
            "a gift of the kitty",
        ],
        &seed,
    );
}

async fn live(ground: &Ground, scenario: &Scenario, seen: &Coverage) {
    let mut model = begin(ground, scenario).await;
    for step in &scenario.steps {
        let over = matches!(model.facts.status, TaskStatus::Completed | TaskStatus::Failed);
        if over && step.pick >= 40 {
            break;
        }
        let at = time(ground, &model, step.when);
        let tried = choose(ground, &model, step, at);
        try_move(ground, &mut model, &tried, at, seen).await;
    }
    end(ground, &mut model, seen).await;
}

/// Makes a call on the hub and in the model, and compares what comes of it.
async fn try_move(ground: &Ground, model: &mut Model, tried: &Move, at: u64, seen: &Coverage) {
    let before = model.clone();
    let predicted = model.make(tried, at);
    let data = tried.data(model.deal, model.task, model.index);
    let mined = ground.send(tried.sender(), ground.config.hub, data, at).await;
    match predicted {
        Ok(effect) => {
            assert!(mined.accepted, "the hub refused {tried:?} at {at} of {before:?}");
            seen.note(format!("{} done", tried.name()));
            note(&before, model, tried, seen);
            compare_events(&mined.logs, &effect, &model.parties);
            compare_views(ground, model).await;
        }
        Err(why) => {
            assert!(!mined.accepted, "the hub took {tried:?} at {at}, but: {why}; {before:?}");
            seen.note(format!("{} refused", tried.name()));
        }
    }
}

/// The events of the escrow add up to the predicted changes; all others are the predicted ones, in order.
fn compare_events(logs: &[Log], effect: &Effect, parties: &Parties) {
    let mut changes: BTreeMap<Address, Delta> = BTreeMap::new();
    let mut others: Vec<LogData> = Vec::new();
    for log in logs {
        let mut change = |account: Address, stake: I256, locked: I256| {
            let change = changes.entry(account).or_default();
            change.stake += stake;
            change.locked += locked;
        };
        if let Ok(event) = More::Lock::decode_log(&log.inner) {
            let amount = I256::try_from(event.amount).unwrap();
            change(event.owner, -amount, amount);
        } else if let Ok(event) = More::Unlock::decode_log(&log.inner) {
            let amount = I256::try_from(event.amount).unwrap();
            change(event.owner, amount, -amount);
        } else if let Ok(event) = Hub::Reward::decode_log(&log.inner) {
            change(event.owner, I256::try_from(event.amount).unwrap(), I256::ZERO);
        } else if let Ok(event) = Hub::Seize::decode_log(&log.inner) {
            change(event.owner, I256::ZERO, -I256::try_from(event.amount).unwrap());
        } else if More::Transfer::decode_log(&log.inner).is_err() {
            others.push(log.inner.data.clone());
        }
    }
    assert_eq!(others, effect.events);
    let mut predicted = effect.deltas.by_address(parties).unwrap();
    let nothing = |_: &Address, delta: &mut Delta| *delta != Delta::default();
    predicted.retain(nothing);
    changes.retain(nothing);
    assert_eq!(changes, predicted, "what the events of the escrow say");
}

async fn compare_views(ground: &Ground, model: &Model) {
    let hub = &ground.hub;
    let workers: Vec<Address> = ground.workers().iter().map(PrivateKeySigner::address).collect();
    let task = hub.viewTask(model.task.0);
    let contributions: Vec<_> =
        workers.iter().map(|worker| hub.viewContribution(model.task.0, *worker)).collect();
    let scores: Vec<_> = workers.iter().map(|worker| hub.viewScore(*worker)).collect();
    let (task, contributions, scores, money) = tokio::join!(
        task.call(),
        try_join_all(contributions.iter().map(|call| async move { call.call().await })),
        try_join_all(scores.iter().map(|call| async move { call.call().await })),
        read_money(ground, model.money.keys().copied().collect()),
    );
    assert_eq!(task.unwrap(), model.view());
    for (worker, contribution) in workers.iter().zip(contributions.unwrap()) {
        assert_eq!(contribution, model.contributions[worker], "the contribution of {worker}");
    }
    for (worker, score) in workers.iter().zip(scores.unwrap()) {
        assert_eq!(score, model.scores[worker], "the score of {worker}");
    }
    assert_eq!(money, model.money);
}

async fn read_money(ground: &Ground, accounts: Vec<Address>) -> Money {
    let calls: Vec<_> = accounts.iter().map(|account| ground.hub.viewAccount(*account)).collect();
    let views = try_join_all(calls.iter().map(|call| async move { call.call().await })).await.unwrap();
    accounts.into_iter().zip(views.into_iter().map(|view| (view.stake, view.locked))).collect()
}

/// Sets the world of a scenario up, strikes its deal and initialises its task.
async fn begin(ground: &Ground, scenario: &Scenario) -> Model {
    let percent = |ratio: u64| U256::from(ratio);
    ground.set_policy(scenario.pool, percent(scenario.stake_ratio), percent(scenario.reward_ratio)).await;
    let [requester, sponsor, app_owner, dataset_owner] = scenario.parts.map(|part| &ground.people[part]);
    let (pool, pool_owner) = ground.pools[scenario.pool];
    let scheduler = &ground.people[pool_owner];
    let payer = if scenario.sponsored { sponsor } else { requester };
    set_money(ground, scenario, &[payer.address(), scheduler.address()]).await;

    let salt = B256::random();
    let volume = U256::from(scenario.volume);
    let tag = if scenario.tee { Tag::TEE } else { Tag::NONE };
    let [app_price, dataset_price, pool_price] = scenario.prices.map(Nrlc::new);
    let mut app = AppOrder {
        app: ground.apps[scenario.parts[2]],
        appprice: app_price,
        volume,
        tag,
        salt,
        ..AppOrder::default()
    };
    let mut dataset = DatasetOrder::default();
    if scenario.dataset {
        dataset = DatasetOrder {
            dataset: ground.datasets[scenario.parts[3]],
            datasetprice: dataset_price,
            volume,
            salt,
            ..dataset
        };
        dataset.sign(&ground.domain, dataset_owner).unwrap();
    }
    let mut workerpool = WorkerpoolOrder {
        workerpool: pool,
        workerpoolprice: pool_price,
        volume,
        tag,
        category: U256::from(scenario.category),
        trust: U256::MAX,
        salt,
        ..WorkerpoolOrder::default()
    };
    let mut request = RequestOrder {
        app: app.app,
        appmaxprice: app_price,
        dataset: dataset.dataset,
        datasetmaxprice: dataset_price,
        workerpool: pool,
        workerpoolmaxprice: pool_price,
        requester: requester.address(),
        volume,
        category: workerpool.category,
        trust: U256::from(scenario.trust),
        callback: if scenario.callback { CALLBACK } else { Address::ZERO },
        params: "{}".into(),
        salt,
        ..RequestOrder::default()
    };
    app.sign(&ground.domain, app_owner).unwrap();
    workerpool.sign(&ground.domain, scheduler).unwrap();
    request.sign(&ground.domain, requester).unwrap();

    let offer = Match { app: &app, dataset: &dataset, workerpool: &workerpool, request: &request };
    assert_eq!(offer.check(U256::from(5), DatasetTag::default(), |_, _| false), Ok(()));
    assert_eq!(offer.volume(&Consumed::default()), Ok(volume));
    let terms = offer.terms(percent(scenario.stake_ratio), percent(scenario.reward_ratio)).unwrap();
    let parties = Parties {
        payer: payer.address(),
        app_owner: app_owner.address(),
        dataset_owner: if scenario.dataset { dataset_owner.address() } else { Address::ZERO },
        scheduler: scheduler.address(),
        kitty: ground.config.kitty,
    };
    let mut everybody: Vec<Address> = ground.people.iter().map(PrivateKeySigner::address).collect();
    everybody.extend([parties.kitty, Address::ZERO]);
    let mut money = read_money(ground, everybody).await;

    let mut data = Hub::matchOrdersCall {
        app: (&app).into(),
        dataset: (&dataset).into(),
        workerpool: (&workerpool).into(),
        request: (&request).into(),
    }
    .abi_encode();
    if scenario.sponsored {
        let signature = Hub::matchOrdersCall::SIGNATURE.replacen("matchOrders", "sponsorMatchOrders", 1);
        data[..4].copy_from_slice(&keccak256(signature)[..4]);
    }
    let struck_at = ground.after(1);
    let mined = ground.send(payer.address(), ground.config.hub, data, struck_at).await;
    assert!(mined.accepted, "no deal of {scenario:?}");
    let deal = DealId::new(request.hash(&ground.domain), U256::ZERO);
    let locks = rewards::lock_deal(&terms, volume).unwrap();
    pay(&mut money, &locks, &parties);
    let view = ground.hub.viewDeal(deal.0).call().await.unwrap();
    let consensus = Consensus::new(request.trust);
    assert_eq!((view.workerStake, view.trust), (terms.worker_stake.0, consensus.trust()));
    assert_eq!(view.startTime, U256::from(struck_at));

    let task = TaskId::new(deal, U256::from(scenario.index));
    let first = Move::Initialize { by: requester.address() };
    let data = first.data(deal, task, scenario.index);
    assert!(ground.send(requester.address(), ground.config.hub, data, ground.after(1)).await.accepted);
    let category = ground.hub.viewCategory(workerpool.category).call().await.unwrap();
    let timeref = u64::try_from(category.workClockTimeRef).unwrap();
    let deadlines = Deadlines::new(struck_at, timeref, Ratios::POCO);
    let workers: Vec<Address> = ground.workers().iter().map(PrivateKeySigner::address).collect();
    let model = Model {
        deal,
        task,
        index: scenario.index,
        timeref,
        terms,
        parties,
        tag: offer.tag(DatasetTag::default()),
        callback: request.callback,
        consensus,
        facts: TaskFacts {
            status: TaskStatus::Active,
            contribution_deadline: deadlines.contribution,
            reveal_deadline: 0,
            final_deadline: deadlines.finalize,
            contributors: 0,
            winners: 0,
            revealed: 0,
        },
        agreed: ResultHash(B256::ZERO),
        digest: ResultDigest(B256::ZERO),
        results: Bytes::new(),
        results_callback: Bytes::new(),
        contributors: Vec::new(),
        contributions: workers.iter().map(|worker| (*worker, no_contribution())).collect(),
        scores: workers.iter().copied().zip(scenario.scores).collect(),
        money,
    };
    compare_views(ground, &model).await;
    model
}

/// Scores, and money for those who need it.
async fn set_money(ground: &Ground, scenario: &Scenario, rich: &[Address]) {
    let scores = (0..WORKERS).map(|n| (Slot::Score, ground.workers()[n].address(), scenario.scores[n]));
    let free = ground.people.iter().map(|person| {
        let worker = ground.workers().iter().position(|worker| worker.address() == person.address());
        let poor = worker.is_some_and(|n| !scenario.rich[n]) && !rich.contains(&person.address());
        // A poor worker can often pay for nothing, and sometimes for a cheap stake.
        (Slot::Free, person.address(), U256::from(if poor { 5 } else { RICHES }))
    });
    let kitty = [(Slot::Locked, ground.config.kitty, U256::from(scenario.kitty))];
    let all: Vec<_> = scores.chain(free).chain(kitty).collect();
    join_all(all.into_iter().map(|(slot, account, value)| ground.set(slot, account, value))).await;
}

fn time(ground: &Ground, model: &Model, when: When) -> u64 {
    let off = |deadline: u64, seconds: i64| deadline.saturating_add_signed(seconds).max(ground.after(1));
    match when {
        When::Soon(seconds) => ground.after(seconds),
        When::Contribution(seconds) => off(model.facts.contribution_deadline, seconds),
        When::Reveal(seconds) => off(model.facts.reveal_deadline, seconds),
        When::Final(seconds) => off(model.facts.final_deadline, seconds),
    }
}

/// The bytes whose hash is a result.
fn result(which: u8) -> Vec<u8> {
    format!("result {which}").into_bytes()
}

/// A worker and a result that mostly fit: one that has not contributed, or one that has a result to reveal.
fn apt(ground: &Ground, model: &Model, step: &Step) -> (Address, u8) {
    let any = (ground.workers()[step.who].address(), step.result);
    if !matches!(step.bend, Bend::None | Bend::CompactSignature) || step.pick.is_multiple_of(8) {
        return any;
    }
    let hash = |which: u8| result_hash(model.task, ResultDigest(keccak256(result(which)))).0;
    let fits = |worker: &Address| {
        let own = &model.contributions[worker];
        match model.facts.status {
            TaskStatus::Revealing => own.status == 1 && own.resultHash == model.agreed.0,
            _ => own.status == 0,
        }
    };
    let fitting: Vec<Address> =
        ground.workers().iter().map(PrivateKeySigner::address).filter(|worker| fits(worker)).collect();
    let Some(worker) = fitting.get(step.who % fitting.len().max(1)).copied() else { return any };
    let agreed = (0..3).find(|which| hash(*which) == model.agreed.0);
    (worker, agreed.unwrap_or(step.result))
}

/// A move that mostly makes sense for the task's status.
fn choose(ground: &Ground, model: &Model, step: &Step, at: u64) -> Move {
    let scheduler = model.parties.scheduler;
    let stranger = ground.people[0].address();
    let by = if step.bend == Bend::SentByAStranger { stranger } else { scheduler };
    let (worker, which) = apt(ground, model, step);
    let digest = ResultDigest(keccak256(result(which)));
    let called = model.callback != Address::ZERO;
    let bytes = match (step.bend, called) {
        (Bend::WrongCallback, _) => b"something else".to_vec(),
        (_, true) => result(which),
        (_, false) => Vec::new(),
    };
    let agreed = if model.callback != Address::ZERO && step.bend != Bend::WrongCallback {
        (0..3).map(result).find(|bytes| keccak256(bytes) == model.digest.0).unwrap_or_default()
    } else {
        bytes.clone()
    };
    let contribute = |tagged: ResultDigest| {
        let hash = result_hash(model.task, tagged);
        let mut seal = result_seal(worker, model.task, tagged);
        if step.bend == Bend::WrongSeal {
            seal.0 = keccak256(seal.0);
        }
        Move::Contribute { leave: leave(ground, model, step, worker, (hash, seal)), hash, seal }
    };
    let results: Bytes = format!("where result {} lies", step.result).into_bytes().into();
    let alone = || {
        let sealed = (result_hash(model.task, digest), result_seal(worker, model.task, digest));
        let leave = leave(ground, model, step, worker, sealed);
        Move::ContributeAndFinalize {
            leave,
            digest,
            results: results.clone(),
            callback: bytes.clone().into(),
        }
    };
    let finalize = || Move::Finalize { by, results: results.clone(), callback: agreed.clone().into() };
    let late = model.facts.status == TaskStatus::Revealing && at >= model.facts.reveal_deadline;
    match (model.facts.status, step.pick) {
        (_, 0..3) => Move::Initialize { by },
        (_, 3..7) => Move::Claim { by },
        (_, 7..11) => contribute(digest),
        (_, 11..15) => Move::Reveal { worker, digest },
        (_, 15..18) => finalize(),
        (_, 18..20) => Move::Reopen { by },
        (_, 20..24) => alone(),
        (TaskStatus::Revealing, 24..62) if late => Move::Reopen { by },
        (TaskStatus::Revealing, _) if late => finalize(),
        (TaskStatus::Revealing, 24..80) => Move::Reveal { worker, digest },
        (TaskStatus::Revealing, _) => finalize(),
        (_, 24..34) if model.consensus.trust() == U256::from(1) => alone(),
        _ => contribute(digest),
    }
}

/// The leave of a worker, bent as the step says.
fn leave(
    ground: &Ground,
    model: &Model,
    step: &Step,
    worker: Address,
    (hash, seal): (ResultHash, poco::poco::ResultSeal),
) -> Leave {
    let key = |account: Address| ground.people.iter().find(|person| person.address() == account).unwrap();
    // Accounts of the devnet play the enclaves: they have no code and sign as an enclave does.
    let (enclave_key, other_key) = (&ground.people[1], &ground.people[0]);
    let wanted = model.tag.is_tee() != step.pick.is_multiple_of(7);
    let enclave = if wanted && step.bend != Bend::NoEnclave { enclave_key.address() } else { Address::ZERO };
    let enclave_by = if step.bend == Bend::EnclaveBySomebodyElse { other_key } else { enclave_key };
    let enclave_sign = signature::sign(enclave_digest(hash, seal), enclave_by).unwrap();

    let scheduler = key(model.parties.scheduler);
    let others = ground.workers().iter().map(PrivateKeySigner::address);
    let other_worker = others.into_iter().find(|other| *other != worker).unwrap();
    let other_task = TaskId::new(model.deal, U256::from(model.index + 1));
    let authorization = match step.bend {
        Bend::AnotherSigner => Authorization::sign(model.task, worker, enclave, other_key),
        Bend::AnotherWorkersLeave => Authorization::sign(model.task, other_worker, enclave, scheduler),
        Bend::AnotherTasksLeave => Authorization::sign(other_task, worker, enclave, scheduler),
        _ => Authorization::sign(model.task, worker, enclave, scheduler),
    };
    let mut authorization = authorization.unwrap().signature.to_vec();
    match step.bend {
        Bend::OddLength => authorization.push(0),
        Bend::BadV => authorization[64] -= 27,
        Bend::CompactSignature => {
            authorization = signature::compact(&authorization.try_into().unwrap()).unwrap().to_vec();
        }
        _ => {}
    }
    Leave { worker, enclave, enclave_sign, authorization: authorization.into() }
}

/// Settles or claims what a scenario left open, so that its end is compared too.
async fn end(ground: &Ground, model: &mut Model, seen: &Coverage) {
    let by = model.parties.scheduler;
    if model.facts.status == TaskStatus::Revealing && model.facts.revealed > 0 {
        let callback = match model.callback {
            Address::ZERO => Vec::new(),
            _ => (0..3).map(result).find(|bytes| keccak256(bytes) == model.digest.0).unwrap(),
        };
        let at = ground.after(1).max(model.facts.reveal_deadline);
        let last = Move::Finalize { by, results: b"at the end".into(), callback: callback.into() };
        try_move(ground, model, &last, at, seen).await;
    }
    if matches!(model.facts.status, TaskStatus::Active | TaskStatus::Revealing) {
        let at = ground.after(1).max(model.facts.final_deadline);
        try_move(ground, model, &Move::Claim { by }, at, seen).await;
        assert_eq!(model.facts.status, TaskStatus::Failed);
    }
}

fn note(before: &Model, after: &Model, tried: &Move, seen: &Coverage) {
    if after.facts.status == TaskStatus::Revealing && after.facts.winners > 1 {
        seen.note("consensus by several");
    }
    match tried {
        Move::Finalize { .. } => {
            if after.facts.revealed < after.facts.winners {
                seen.note("a silent winner");
            }
            if after.facts.winners < after.facts.contributors {
                seen.note("a loser");
            }
            if before.money[&before.parties.kitty].1 > after.money[&after.parties.kitty].1 {
                seen.note("a gift of the kitty");
            }
        }
        Move::Contribute { .. } if before.contributions.values().any(|own| own.status == 3) => {
            seen.note("a second round");
        }
        _ => {}
    }
}
