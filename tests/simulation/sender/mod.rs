//! The real sender of transactions, with the real journal on a ledger in memory, against a network that is made up from a
//! seed: fees, drops, reorganisations, lost and doubled answers, lag, another hand on the same wallet, and kills between
//! any two things that it does.

mod node;
mod plan;
mod wire;

use self::node::{HUB, Shared, Tx, What};
use self::plan::Plan;
use self::wire::Wire;
use crate::life::{Life, Story};
use crate::plan::Death;
use crate::{again, everywhere, none_broke, number, runtime};
use alloy::primitives::{Address, B256, Bytes};
use alloy::providers::{Provider, RootProvider};
use alloy::rpc::client::RpcClient;
use alloy::signers::local::PrivateKeySigner;
use async_trait::async_trait;
use futures_util::stream::{FuturesUnordered, StreamExt};
use poco::chain::{Attempt, ChainError, Gas, Head, Journal, Mark, Sender, Timing};
use poco::ledger::Ledger;
use poco::solo::Kept;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How many seeds are tried when nobody says how many.
const SEEDS: u64 = 2_000;
/// How long after the last fault everything may still be under way.
const SETTLING: Duration = Duration::from_secs(1_800);
/// Deeper than this no block is thrown out.
const DEPTH: u64 = 24;
/// More transactions than this for a handful of intents are a hot loop.
const MOST: u64 = 2_000;

/// The first byte of a transaction that offers a fee above the base fee.
const EIP_1559: u8 = 2;

/// What is left of a run.
struct Report {
    broken: Vec<String>,
    trace: Vec<String>,
    /// Calls of the first life.
    calls: u64,
}

/// The journal of one life: what it writes after its death is not written.
struct Watched {
    life: Arc<Life<Shared>>,
    kept: Kept,
}

#[async_trait]
impl Journal for Watched {
    async fn write(&self, attempts: Vec<Attempt>) -> Result<(), ChainError> {
        let words = attempts.iter().map(|attempt| format!("{} under {}", attempt.action, attempt.nonce));
        let call = self.life.before(&format!("write {}", words.collect::<Vec<_>>().join(", "))).await;
        let raw: Vec<_> = attempts.iter().map(|attempt| (attempt.raw.clone(), attempt.wallet)).collect();
        self.kept.write(attempts).await?;
        for (raw, wallet) in raw {
            let plain = raw.first() != Some(&EIP_1559);
            self.life.shared.net().wrote(Tx::read(&raw, wallet), plain);
        }
        self.life.after(call).await;
        Ok(())
    }

    async fn mark(&self, marks: Vec<Mark>) -> Result<(), ChainError> {
        let words = marks.iter().map(|mark| format!("{} {}: {}", mark.hash, mark.state.name(), mark.reason));
        let call = self.life.before(&format!("mark {}", words.collect::<Vec<_>>().join(", "))).await;
        self.kept.mark(marks).await?;
        self.life.after(call).await;
        Ok(())
    }

    async fn settle(&self, wallet: Address, nonces: Vec<u64>) -> Result<(), ChainError> {
        let call = self.life.before(&format!("settle {nonces:?}")).await;
        self.kept.settle(wallet, nonces).await?;
        self.life.after(call).await;
        Ok(())
    }

    async fn unfinished(&self, wallet: Address) -> Result<Vec<Attempt>, ChainError> {
        self.life.breathing().await;
        self.kept.unfinished(wallet).await
    }
}

fn head(number: u64) -> Head {
    Head { number, hash: B256::with_last_byte(number as u8), parent: B256::ZERO, timestamp: 0, bloom: None }
}

fn key() -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).unwrap()
}

fn run(plan: Plan) -> Report {
    runtime().block_on(live(plan))
}

async fn live(plan: Plan) -> Report {
    let shared = Arc::new(Shared::new(plan.clone()));
    let ledger = Ledger::in_memory().unwrap();
    let (tell, heads) = watch::channel(head(100));
    let over = CancellationToken::new();
    let mining = async {
        loop {
            tokio::time::sleep(Duration::from_secs(plan.block_time)).await;
            shared.mine();
            let number = shared.net().newest().number;
            tell.send_replace(head(number));
            let late = shared.now() > Duration::from_secs(plan.calm_at) + SETTLING;
            if late || settled(&shared, &ledger).await {
                over.cancel();
            }
        }
    };
    let mut calls = 0;
    let living = async {
        for number in 0.. {
            let death = plan.deaths.get(number).copied();
            let life = Life::new(shared.clone(), number, death.map(|(death, _)| death));
            one_life(&life, &ledger, &heads, &over).await;
            if number == 0 {
                calls = life.calls();
            }
            if over.is_cancelled() {
                break;
            }
            shared.note(format!("life {number} has ended"));
            tokio::time::sleep(Duration::from_secs(death.map_or(1, |(_, down)| down))).await;
        }
    };
    tokio::select! {
        biased;
        () = living => {}
        () = mining => unreachable!("there is always another block"),
    }
    let mut broken = std::mem::take(&mut shared.net().broken);
    broken.extend(laws(&shared, &ledger).await);
    let trace = std::mem::take(&mut shared.net().trace);
    Report { broken, trace, calls }
}

/// Whether every intent is done, nothing of ours waits, and the journal knows it.
async fn settled(shared: &Shared, ledger: &Ledger) -> bool {
    let done = {
        let net = shared.net();
        net.newest().done.len() == net.plan.intents.len() && net.pool.is_empty()
    };
    done && shared.calm() && ledger.open_transactions(key().address()).await.unwrap().is_empty()
}

async fn one_life(
    life: &Arc<Life<Shared>>,
    ledger: &Ledger,
    heads: &watch::Receiver<Head>,
    over: &CancellationToken,
) {
    let plan = life.shared.net().plan.clone();
    let stop = CancellationToken::new();
    let wallet = key().address();
    let wire = Wire { life: life.clone(), wallet };
    let provider = RootProvider::<alloy::network::Ethereum>::new(RpcClient::new(wire, true)).erased();
    let journal =
        Arc::new(Watched { life: life.clone(), kept: Kept { ledger: ledger.clone(), chain: None } });
    let gas = Gas { max_fee_wei: Some(plan.cap_wei), ..Gas::default() };
    let timing = Timing { depth: DEPTH, ..Timing::default() };
    let settings = (gas, timing, journal as Arc<dyn Journal>);
    let sender = Sender::spawn_with(provider, 31_337, key(), settings, heads.clone(), stop.clone());
    let mut callers: FuturesUnordered<_> =
        (0..).zip(&plan.intents).map(|(intent, from)| want(life, &sender, intent, *from)).collect();
    let age = async {
        match life.planned() {
            Some(Death::Age(seconds)) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            _ => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = life.death() => {}
        () = age => {}
        () = over.cancelled() => {}
        () = operate(life, &sender, ledger) => {}
        _ = async { while callers.next().await.is_some() {} } => unreachable!("callers go on"),
    }
    life.bury();
    stop.cancel();
}

/// Wants an intent done, as a task of a worker does: it believes the chain, not what was answered.
async fn want(life: &Arc<Life<Shared>>, sender: &Sender, intent: u8, from: u64) {
    let shared = &life.shared;
    tokio::time::sleep(Duration::from_secs(from).saturating_sub(shared.now())).await;
    loop {
        let lag = shared.net().plan.faults.lag;
        let back = if shared.unlucky("a caller's view", lag) { 2 } else { 0 };
        if shared.net().view(back).done.contains(&intent) {
            tokio::time::sleep(Duration::from_secs(20)).await;
            continue;
        }
        let data = Bytes::from(vec![intent; 4]);
        let told = sender.send("reveal", HUB, data, 0).await;
        shared.note(format!("life {} intent {intent}: {told:?}", life.number()));
        judge(shared, intent, &told);
        tokio::time::sleep(Duration::from_secs(7)).await;
    }
}

/// What is told must be so.
fn judge(shared: &Shared, intent: u8, told: &Result<poco::chain::Receipt, ChainError>) {
    let mut net = shared.net();
    let newest = net.newest().number;
    let shaken = |hash: &B256| net.written.get(hash).is_some_and(|tx| net.shaken.contains(&tx.nonce));
    let wrong = match told {
        Ok(receipt) if shaken(&receipt.hash) => None,
        Ok(receipt) => match net.mined(receipt.hash, newest) {
            Some((_, true)) => None,
            _ => Some("it is told to be done and is not"),
        },
        Err(ChainError::Reverted { hash, .. }) if !shaken(hash) => match net.mined(*hash, newest) {
            Some((_, false)) => None,
            _ => Some("it is told to be reverted and is not"),
        },
        Err(ChainError::Displaced { hash, .. }) if !shaken(hash) => {
            let nonce = net.written.get(hash).map(|tx| tx.nonce);
            let has_it = |(tx, _): &&(Tx, bool)| Some(tx.nonce) == nonce;
            let has_it = net.blocks.iter().flat_map(|block| &block.mined).find(has_it);
            match has_it {
                None => Some("it is told to be displaced and its nonce is free"),
                Some((tx, _)) if tx.what == What::Intent(intent) => {
                    Some("it is told to be displaced and is mined")
                }
                Some(_) => None,
            }
        }
        _ => None,
    };
    if let Some(wrong) = wrong {
        net.broken.push(format!("intent {intent}: {wrong}"));
    }
}

/// Somebody who bumps and cancels what is open.
async fn operate(life: &Arc<Life<Shared>>, sender: &Sender, ledger: &Ledger) {
    let shared = &life.shared;
    loop {
        tokio::time::sleep(Duration::from_secs(11)).await;
        let percent = shared.net().plan.faults.operator;
        if !shared.unlucky("operator", percent) {
            continue;
        }
        let open = ledger.open_transactions(sender.wallet()).await.unwrap();
        let Some(nonce) = open.first().map(|row| row.nonce) else { continue };
        let told = match shared.unlucky("cancels", 50) {
            true => sender.cancel(nonce).await,
            false => sender.bump(nonce).await,
        };
        shared.note(format!("the operator had {nonce} replaced: {told:?}"));
    }
}

/// What must hold in the end.
async fn laws(shared: &Shared, ledger: &Ledger) -> Vec<String> {
    let nonces: BTreeSet<u64> = shared.net().written.values().map(|tx| tx.nonce).collect();
    let mut rows = Vec::new();
    for nonce in nonces {
        rows.extend(ledger.transactions_at(key().address(), nonce).await.unwrap());
    }
    let net = shared.net();
    let mut broken = Vec::new();
    let newest = net.newest();
    for intent in 0..net.plan.intents.len() as u8 {
        if !newest.done.contains(&intent) {
            broken.push(format!("intent {intent} is never done"));
        }
    }
    broken.extend(net.pool.values().map(|tx| format!("{tx:?} waits for ever")));
    if net.given > MOST {
        broken.push(format!("{} transactions were given to the network", net.given));
    }
    for row in rows {
        let mined = net.mined(row.hash, newest.number).map(|(_, succeeded)| succeeded);
        let agrees = match row.state.as_str() {
            "mined" => mined.is_some(),
            "failed" | "replaced" => mined.is_none(),
            _ => false,
        };
        if !agrees {
            let (action, state) = (row.action, row.state);
            broken.push(format!("{action} under {} is {state} in the journal, mined: {mined:?}", row.nonce));
        }
    }
    broken
}

fn hold(report: &Report, plan: &Plan, how: &str) {
    assert!(
        report.broken.is_empty(),
        "\n{}\n{plan:#?}\n\nbroken:\n  {}\n\nrun again with: {how}\n",
        report.trace.join("\n"),
        report.broken.join("\n  "),
    );
}

#[test]
fn seeds_of_the_sender() {
    const TEST: &str = "seeds_of_the_sender";
    if let Some(seed) = number("POCO_SIM_SEED") {
        let report = run(Plan::of(seed));
        println!("{}", report.trace.join("\n"));
        return hold(&report, &Plan::of(seed), &again(seed, TEST));
    }
    let first = number("POCO_SIM_FIRST").unwrap_or(0);
    let failed = std::sync::Mutex::new(Vec::new());
    everywhere(number("POCO_SIM_SEEDS").unwrap_or(SEEDS), |at| {
        let report = run(Plan::of(first + at));
        if !report.broken.is_empty() {
            failed.lock().unwrap().push((first + at, report.broken));
        }
    });
    none_broke(failed.into_inner().unwrap(), "of the sender", TEST);
}

#[test]
fn the_same_seed_gives_the_sender_the_same_story() {
    everywhere(40, |seed| {
        let (one, other) = (run(Plan::of(seed)), run(Plan::of(seed)));
        assert_eq!(one.trace, other.trace, "seed {seed}");
    });
}

/// Intents that nobody disturbs are sent by a program that is killed before and after each thing it does.
#[test]
fn a_kill_at_every_step_of_the_sender_loses_nothing() {
    let whole = run(Plan::plain());
    hold(&whole, &Plan::plain(), "cargo test --test simulation a_kill_at_every_step_of_the_sender");
    let deaths: Vec<Death> =
        (1..=whole.calls).flat_map(|call| [Death::Before(call), Death::After(call)]).collect();
    everywhere(deaths.len() as u64, |at| {
        let mut plan = Plan::plain();
        plan.deaths.push((deaths[at as usize], 3));
        hold(&run(plan.clone()), &plan, "cargo test --test simulation a_kill_at_every_step_of_the_sender");
    });
}

/// What the network drops is given to it again as it is, long before it is taken for too cheap and signed anew.
#[test]
fn what_is_dropped_is_given_again_as_it_is() {
    let mut plan = Plan::plain();
    plan.calm_at = 13;
    (plan.faults.dropped, plan.faults.passed_over) = (100, 100);
    let report = run(plan.clone());
    hold(&report, &plan, "cargo test --test simulation what_is_dropped");
    let count = |words: &str| report.trace.iter().filter(|line| line.contains(words)).count();
    assert!(count("is dropped") > 0, "{:#?}", report.trace);
    let writes = report.trace.iter().filter(|line| line.contains(": write "));
    let written: usize = writes.map(|line| line.matches(" under ").count()).sum();
    assert_eq!(written, plan.intents.len(), "signed anew: {:#?}", report.trace);
}
