//! The facts of iExec's own contracts hold for our pure functions: `tests/vectors/poco-6.1.json`, a sample taken from
//! PoCo 6.1.0, and the golden vectors of iExec's libraries.
//!
//! Each case of the file is walked; a case that no function here can answer fails the test, so that none is passed
//! over in silence.

use alloy::primitives::{Address, B256, Bytes, I256, U256, b256, eip191_hash_message, keccak256};
use alloy::signers::local::{MnemonicBuilder, PrivateKeySigner, coins_bip39::English};
use poco::poco::consensus::{LogRounding, deal_trust, log_weight, weight};
use poco::poco::deadlines::{Deadlines, Ratios};
use poco::poco::error::PocoError;
use poco::poco::escrow::{Deltas, Party};
use poco::poco::matching::{Consumed, Match, MatchRefusal};
use poco::poco::moves::{Candidate, Contributed, ContributionStatus, MoveRefusal, TaskFacts, TaskStatus};
use poco::poco::rewards::{self, Contributor, Terms};
use poco::poco::tag::DatasetTag;
use poco::poco::{
    AppOrder, Authorization, Consensus, DatasetOrder, DealId, Domain, Nrlc, Operation, Order, OrderHash,
    RequestOrder, ResultDigest, ResultHash, ResultSeal, Tag, TaskId, WorkerpoolOrder, callback_agrees,
    result_hash, result_seal, seal, signature,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::BTreeMap;
use std::str::FromStr;

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/poco-6.1.json")).unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

/// A value of the file that is written as a string.
fn read<T: FromStr<Err: std::fmt::Debug>>(value: &Value) -> T {
    value.as_str().unwrap().parse().unwrap()
}

fn number(value: &Value) -> U256 {
    match value {
        Value::String(text) => text.parse().unwrap(),
        _ => U256::from(value.as_u64().unwrap()),
    }
}

fn nrlc(value: &Value) -> Nrlc {
    Nrlc(number(value))
}

fn domain(vectors: &Value) -> Domain {
    let domain = &vectors["eip712"]["domain"];
    assert_eq!(
        (domain["name"].as_str(), domain["version"].as_str()),
        (Some(Domain::NAME), Some(Domain::VERSION))
    );
    Domain { chain_id: domain["chainId"].as_u64().unwrap(), hub: read(&domain["verifyingContract"]) }
}

/// The accounts of the file are those of the mnemonic that every local chain uses.
fn keys() -> BTreeMap<Address, PrivateKeySigner> {
    let mnemonic = MnemonicBuilder::<English>::default()
        .phrase("test test test test test test test test test test test junk");
    let key = |index| mnemonic.clone().index(index).unwrap().build().unwrap();
    (0..16).map(key).map(|key: PrivateKeySigner| (key.address(), key)).collect()
}

#[test]
fn types_are_hashed_as_the_contracts_do() {
    let vectors = vectors();
    let ours = [
        ("AppOrder", AppOrder::type_string()),
        ("AppOrderOperation", AppOrder::operation_type_string()),
        ("DatasetOrder", DatasetOrder::type_string()),
        ("DatasetOrderOperation", DatasetOrder::operation_type_string()),
        ("EIP712Domain", domain(&vectors).eip712().encode_type()),
        ("RequestOrder", RequestOrder::type_string()),
        ("RequestOrderOperation", RequestOrder::operation_type_string()),
        ("WorkerpoolOrder", WorkerpoolOrder::type_string()),
        ("WorkerpoolOrderOperation", WorkerpoolOrder::operation_type_string()),
    ];
    let theirs = vectors["eip712"]["types"].as_object().unwrap();
    assert_eq!(theirs.len(), ours.len());
    for (name, ours) in ours {
        assert_eq!(theirs[name]["typeString"], ours, "{name}");
        assert_eq!(read::<B256>(&theirs[name]["typeHash"]), keccak256(ours), "{name}");
    }
    assert_eq!(domain(&vectors).separator(), read::<B256>(&vectors["eip712"]["domainSeparator"]));
}

#[test]
fn separators_of_the_live_hubs() {
    for (chain_id, hub, separator) in [
        (
            42161,
            "0x098bFCb1E50ebcA0BaA92C12eA0c3F045A1aD9f0",
            "3b211ab198ac0c745a332d34416d88c417c2f06a87bd9f0d2fdd37b242c75402",
        ),
        (
            421614,
            "0xB2157BF2fAb286b2A4170E3491Ac39770111Da3E",
            "de6e7a8f1c22386ba73ee5376e4ec7089a2d2b07ebbfce54d4cb386daa34cc92",
        ),
        (
            134,
            "0x3eca1B216A7DF1C7689aEb259fFB83ADFB894E7f",
            "f2cbd98a556869939d25b73c3fa68ba45f19932f8c9a06f744c98290ed9ef860",
        ),
    ] {
        let domain = Domain { chain_id, hub: hub.parse().unwrap() };
        assert_eq!(domain.separator(), separator.parse::<B256>().unwrap(), "{chain_id}");
    }
}

/// Calls a generic function with the order type of a case.
macro_rules! by_type {
    ($case:expr, $check:ident($($argument:expr),*)) => {
        match $case["type"].as_str().unwrap() {
            "AppOrder" => $check::<AppOrder>($($argument),*),
            "DatasetOrder" => $check::<DatasetOrder>($($argument),*),
            "WorkerpoolOrder" => $check::<WorkerpoolOrder>($($argument),*),
            "RequestOrder" => $check::<RequestOrder>($($argument),*),
            other => panic!("no order of type {other}"),
        }
    };
}

trait JsonOrder: Order + Clone + PartialEq + std::fmt::Debug + DeserializeOwned + serde::Serialize {}
impl<T: Order + Clone + PartialEq + std::fmt::Debug + DeserializeOwned + serde::Serialize> JsonOrder for T {}

#[test]
fn orders_are_hashed_signed_and_written_as_the_contracts_do() {
    let vectors = vectors();
    let (domain, keys) = (domain(&vectors), keys());
    for case in list(&vectors["eip712"]["samples"]) {
        by_type!(case, check_sample(case, &domain, &keys));
    }
}

fn check_sample<T: JsonOrder>(case: &Value, domain: &Domain, keys: &BTreeMap<Address, PrivateKeySigner>) {
    let order = T::deserialize(&case["order"]).unwrap();
    assert_eq!(order.struct_hash(), read::<B256>(&case["structHash"]));
    assert_eq!(order.hash(domain), read::<OrderHash>(&case["orderHash"]));

    let signer: Address = read(&case["signer"]);
    let (long, short): (Bytes, Bytes) = (read(&case["signature"]), read(&case["compactSignature"]));
    assert_eq!(order.signature(), &long);
    let mut ours = order.clone();
    for signature in [&long, &short] {
        ours.set_signature(signature.clone());
        assert_eq!(ours.signer(domain), Ok(signer));
        assert_eq!(ours.verify(domain, signer), Ok(()));
    }
    assert_eq!(signature::compact(long.as_ref().try_into().unwrap()).unwrap(), short.as_ref());
    assert_eq!(signature::expand(short.as_ref().try_into().unwrap()), long.as_ref());

    // Their signatures are deterministic (RFC 6979), so ours are the same bytes.
    ours.sign(domain, &keys[&signer]).unwrap();
    assert_eq!(ours, order);

    let written = serde_json::to_value(&order).unwrap();
    assert_eq!(written.to_string().to_lowercase(), case["order"].to_string().to_lowercase());
}

#[test]
fn operations_are_hashed_and_signed_as_the_contracts_do() {
    let vectors = vectors();
    let (domain, keys) = (domain(&vectors), keys());
    for case in list(&vectors["eip712"]["operations"]) {
        by_type!(case, check_operation(case, &domain, &keys));
    }
}

fn check_operation<T: JsonOrder>(case: &Value, domain: &Domain, keys: &BTreeMap<Address, PrivateKeySigner>) {
    let order = T::deserialize(&case["order"]).unwrap();
    let operation = match case["operation"].as_str().unwrap() {
        "SIGN" => Operation::Sign,
        "CLOSE" => Operation::Close,
        other => panic!("no operation {other}"),
    };
    assert_eq!(order.hash(domain), read::<OrderHash>(&case["orderHash"]));
    let hash = order.operation_hash(operation, domain);
    assert_eq!(hash, read::<B256>(&case["operationHash"]));
    let (signer, signed): (Address, Bytes) = (read(&case["signer"]), read(&case["signature"]));
    assert_eq!(signature::verify(hash, &signed, signer), Ok(()));
    assert_eq!(order.sign_operation(operation, domain, &keys[&signer]).unwrap(), signed);
}

/// The order of the curve's group.
const CURVE: B256 = b256!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");

#[test]
fn signature_forms_are_taken_and_refused_as_the_contracts_do() {
    let vectors = vectors();
    let sample = &vectors["eip712"]["samples"][0];
    let (digest, signer): (B256, Address) = (read(&sample["orderHash"]), read(&sample["signer"]));
    let long: Bytes = read(&sample["signature"]);
    for case in list(&vectors["eip712"]["signatureForms"]) {
        let mut form = long.to_vec();
        match case["form"].as_str().unwrap() {
            "65 bytes, v=27/28" => {}
            "64 bytes (EIP-2098)" => form = read::<Bytes>(&sample["compactSignature"]).to_vec(),
            "65 bytes, v=0/1" => form[64] -= 27,
            "65 bytes, high s" => {
                let high = U256::from_be_bytes(CURVE.0) - U256::from_be_slice(&form[32..64]);
                form[32..64].copy_from_slice(&high.to_be_bytes::<32>());
                form[64] = 55 - form[64];
            }
            "66 bytes" => form.push(0),
            "empty" => form.clear(),
            other => panic!("no form {other}"),
        }
        let answer = signature::verify(digest, &form, signer);
        match &case["accepted"] {
            Value::Bool(true) => assert_eq!(answer, Ok(()), "{case}"),
            Value::Bool(false) => {
                assert!(matches!(answer, Err(PocoError::SignatureInvalid { .. })), "{case}")
            }
            Value::String(text) => {
                let (_, revert) = text.split_once("revert: ").unwrap();
                assert_eq!(answer, Err(PocoError::SignatureFormat { length: form.len() }), "{case}");
                assert!(answer.unwrap_err().to_string().starts_with(revert), "{case}");
            }
            other => panic!("no answer {other}"),
        }
    }
}

#[test]
fn deals_and_tasks_have_the_contracts_ids() {
    let vectors = vectors();
    let domain = domain(&vectors);
    for case in list(&vectors["ids"]["deals"]) {
        let request = RequestOrder::deserialize(&case["requestOrder"]).unwrap();
        let hash = request.hash(&domain);
        assert_eq!(hash, read::<OrderHash>(&case["requestOrderHash"]));
        assert_eq!(request.verify(&domain, request.requester), Ok(()));

        let first = number(&case["botFirst"]);
        let deal = DealId::new(hash, first);
        assert_eq!(deal, read::<DealId>(&case["dealid"]));
        assert_eq!(deal_trust(request.trust), number(&case["trustInDeal"]));

        let tasks = list(&case["tasks"]);
        assert_eq!(number(&case["botSize"]), U256::from(tasks.len()));
        for task in tasks {
            assert_eq!(TaskId::new(deal, number(&task["index"])), read::<TaskId>(&task["taskid"]));
        }

        let app = AppOrder { app: request.app, volume: U256::MAX, ..AppOrder::default() };
        let volume = number(&case["workerpoolOrderVolume"]);
        let workerpool = WorkerpoolOrder { volume, ..WorkerpoolOrder::default() };
        let dataset = DatasetOrder::default();
        let orders = Match { app: &app, dataset: &dataset, workerpool: &workerpool, request: &request };
        let consumed = Consumed { request: first, ..Consumed::default() };
        assert_eq!(orders.volume(&consumed), Ok(number(&case["botSize"])));
    }
}

#[test]
fn contributions_are_sealed_and_authorised_as_the_contracts_do() {
    let (vectors, keys) = (vectors(), keys());
    for case in list(&vectors["ids"]["contributionMessages"]) {
        let (task, worker): (TaskId, Address) = (read(&case["taskid"]), read(&case["worker"]));
        let (digest, enclave): (ResultDigest, Address) =
            (read(&case["resultDigest"]), read(&case["enclave"]));
        let (hash, sealed) = (result_hash(task, digest), result_seal(worker, task, digest));
        assert_eq!(hash, read::<ResultHash>(&case["resultHash"]));
        assert_eq!(sealed, read::<ResultSeal>(&case["resultSeal"]));

        let scheduler: Address = read(&case["authorizationSigner"]);
        let leave = Authorization::sign(task, worker, enclave, &keys[&scheduler]).unwrap();
        assert_eq!(leave.hash(), read::<B256>(&case["authorizationHash"]));
        assert_eq!(leave.digest(), read::<B256>(&case["authorizationEthSignedDigest"]));
        assert_eq!(leave.signature, read::<Bytes>(&case["authorizationSignature"]));
        assert_eq!(leave.verify(scheduler), Ok(()));
        let short = signature::compact(leave.signature.as_ref().try_into().unwrap()).unwrap();
        let short = Authorization { signature: Bytes::copy_from_slice(&short), ..leave.clone() };
        assert_eq!(short.signer(), Ok(scheduler));
        let other = Authorization { worker: Address::repeat_byte(1), ..leave };
        assert_ne!(other.signer(), Ok(scheduler));

        if enclave != Address::ZERO {
            assert_eq!(seal::enclave_hash(hash, sealed), read::<B256>(&case["enclaveHash"]));
            let digest = seal::enclave_digest(hash, sealed);
            assert_eq!(digest, read::<B256>(&case["enclaveEthSignedDigest"]));
            let signed: Bytes = read(&case["enclaveSignature"]);
            assert_eq!(signature::verify(digest, &signed, enclave), Ok(()));
        }
    }
}

#[test]
fn deadlines_are_the_contracts() {
    const START: u64 = 1_700_000_000;
    for case in list(&vectors()["ids"]["deadlines"]) {
        let seconds = case["workClockTimeRef"].as_u64().unwrap();
        let deadlines = Deadlines::new(START, seconds, Ratios::POCO);
        assert_eq!(deadlines.contribution - START, read::<u64>(&case["contributionAfterStart"]));
        assert_eq!(deadlines.finalize - START, read::<u64>(&case["finalAfterStart"]));
        let reveal = Deadlines::reveal(START, seconds, Ratios::POCO);
        assert_eq!(reveal - START, read::<u64>(&case["revealAfterConsensus"]));
    }
    let never = Deadlines::new(u64::MAX - 1, u64::MAX, Ratios::POCO);
    assert_eq!((never.contribution, never.finalize), (u64::MAX, u64::MAX));
}

/// A result of the file (`A`, `B`, …) as a hash.
fn result(name: &Value) -> ResultHash {
    ResultHash(keccak256(name.as_str().unwrap()))
}

#[test]
fn consensus_goes_step_by_step_as_the_contracts_do() {
    let vectors = vectors();
    for case in list(&vectors["consensus"]["sequences"]) {
        let mut consensus = Consensus::new(number(&case["trust"]));
        let mut agreed = None;
        let steps = list(&case["steps"]);
        for (index, step) in steps.iter().enumerate() {
            let hash = result(&step[2]);
            let ours = consensus.contribute(hash, number(&step[1])).unwrap();
            assert_eq!(ours.weight, number(&step[3]), "{} {step}", case["name"]);
            assert_eq!(ours.group, number(&step[4]), "{} {step}", case["name"]);
            assert_eq!(ours.total, number(&step[5]), "{} {step}", case["name"]);
            assert_eq!(consensus.total(), ours.total);
            assert_eq!(ours.reached, step[6].as_bool().unwrap(), "{} {step}", case["name"]);
            if ours.reached {
                assert_eq!(index + 1, steps.len());
                agreed = Some(step[2].clone());
            }
        }
        assert_eq!(case["contributions"].as_u64().unwrap(), steps.len() as u64);
        assert_eq!(agreed.clone().unwrap_or(Value::Null), case["consensus"]);
        let winners = agreed.map_or(0, |name| consensus.group(result(&name)).workers);
        assert_eq!(winners, case["winners"].as_u64().unwrap());
        // The scheduler's rule knows the same end: it asks for more workers until there is a consensus.
        assert_eq!(consensus.more_workers_needed([]), winners == 0, "{}", case["name"]);
    }
}

#[test]
fn unanimous_new_workers_and_strong_single_ones_reach_the_contracts_trust() {
    let vectors = vectors();
    for case in list(&vectors["consensus"]["unanimous"]) {
        let mut consensus = Consensus::new(number(&case["trust"]));
        let needed = case["workersNeeded"].as_u64().unwrap();
        for worker in 1..=needed {
            let pending = std::iter::repeat_n(U256::ZERO, (worker - 1) as usize);
            assert!(Consensus::new(number(&case["trust"])).more_workers_needed(pending), "{case}");
            let step = consensus.contribute(ResultHash(B256::ZERO), U256::ZERO).unwrap();
            assert_eq!(step.reached, worker == needed, "{case}");
        }
        let pending = std::iter::repeat_n(U256::ZERO, needed as usize);
        assert!(!Consensus::new(number(&case["trust"])).more_workers_needed(pending), "{case}");
    }
    for case in list(&vectors["consensus"]["scoreThresholds"]) {
        let score = number(&case["score"]);
        assert_eq!(weight(score), number(&case["weight"]), "{case}");
        let most = number(&case["maxTrustAlone"]);
        for (trust, reached) in [(most, true), (most + U256::from(1), false)] {
            let step = Consensus::new(trust).contribute(ResultHash(B256::ZERO), score).unwrap();
            assert_eq!(step.reached, reached, "{case}");
        }
    }
}

/// Checks the changes of one step against a case's, both ways: nothing missing, nothing more.
fn check_deltas(ours: &[Deltas], theirs: &Value, case: &Value) {
    let theirs = theirs.as_object().unwrap();
    let ours = ours.iter().try_fold(Deltas::default(), Deltas::then).unwrap();
    let sums: BTreeMap<Party, (I256, I256)> = ours
        .iter()
        .map(|(party, delta)| (party, (delta.stake, delta.locked)))
        .filter(|(_, delta)| *delta != (I256::ZERO, I256::ZERO))
        .collect();
    let change = |delta: &Value, key: &str| delta.get(key).map_or(I256::ZERO, read);
    let expected: BTreeMap<Party, (I256, I256)> = theirs
        .iter()
        .map(|(name, delta)| (party(name), (change(delta, "stake"), change(delta, "locked"))))
        .collect();
    assert_eq!(sums, expected, "{}", case["name"]);
}

fn account(index: u64) -> Address {
    Address::with_last_byte(index as u8)
}

fn party(name: &str) -> Party {
    match name {
        "payer" => Party::Payer,
        "appOwner" => Party::AppOwner,
        "datasetOwner" => Party::DatasetOwner,
        "scheduler" => Party::Scheduler,
        "kitty" => Party::Kitty,
        worker => Party::Worker(account(worker.strip_prefix("worker").unwrap().parse().unwrap())),
    }
}

#[test]
fn money_moves_to_the_unit_as_in_the_contracts() {
    let vectors = vectors();
    for case in list(&vectors["money"]["cases"]) {
        match case.get("kind").and_then(Value::as_str) {
            None => check_settlement(case),
            Some("reopen") => check_reopened(case),
            Some(other) => panic!("no case of kind {other}"),
        }
    }
}

fn check_settlement(case: &Value) {
    let (prices, policy) = (&case["prices"], &case["policy"]);
    let app = AppOrder { appprice: nrlc(&prices["app"]), ..AppOrder::default() };
    let dataset = DatasetOrder { datasetprice: nrlc(&prices["dataset"]), ..DatasetOrder::default() };
    let workerpool =
        WorkerpoolOrder { workerpoolprice: nrlc(&prices["workerpool"]), ..WorkerpoolOrder::default() };
    let request = RequestOrder::default();
    let orders = Match { app: &app, dataset: &dataset, workerpool: &workerpool, request: &request };
    let terms =
        orders.terms(number(&policy["workerStakeRatio"]), number(&policy["schedulerRewardRatio"])).unwrap();
    assert_eq!(terms.worker_stake, nrlc(&case["workerStake"]));

    let mut consensus = Consensus::new(number(&case["trust"]));
    let mut agreed = Value::Null;
    let mut contributors = Vec::new();
    for one in list(&case["contributions"]) {
        let score = number(&one["score"]);
        let step = consensus.contribute(result(&one["result"]), score).unwrap();
        if step.reached {
            agreed = one["result"].clone();
        }
        let logarithm = U256::from(log_weight(step.weight, LogRounding::Floor));
        assert_eq!(logarithm, number(&one["logWeight"]));
        let worker = account(one["worker"].as_u64().unwrap());
        let proved = one["revealed"].as_bool().unwrap();
        contributors.push(Contributor { worker, log_weight: logarithm, proved, score });
    }
    assert_eq!(agreed, case["consensus"]);

    let settled = rewards::finalize(&terms, &contributors, nrlc(&case["kittyLockedBefore"])).unwrap();
    let reward = &case["reward"];
    assert_eq!(settled.scheduler, nrlc(&reward["scheduler"]), "{}", case["name"]);
    assert_eq!(settled.from_kitty, nrlc(&reward["fromKitty"]), "{}", case["name"]);
    assert_eq!(settled.workers.len(), list(&reward["workers"]).len());
    for (ours, theirs) in settled.workers.iter().zip(list(&reward["workers"])) {
        assert_eq!(ours.worker, account(theirs["worker"].as_u64().unwrap()));
        assert_eq!(ours.reward, nrlc(&theirs["reward"]), "{}", case["name"]);
        assert_eq!(ours.seized, nrlc(&theirs["seized"]), "{}", case["name"]);
        assert_eq!(ours.score, number(&theirs["scoreAfter"]), "{}", case["name"]);
    }

    let deltas = &case["deltas"];
    let steps = deltas.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(steps, ["match", "contribute", "finalize"]);
    check_deltas(&[rewards::lock_deal(&terms, U256::from(1)).unwrap()], &deltas["match"], case);
    let locks: Vec<_> =
        contributors.iter().map(|one| rewards::lock_contribution(&terms, one.worker).unwrap()).collect();
    check_deltas(&locks, &deltas["contribute"], case);
    check_deltas(std::slice::from_ref(&settled.deltas), &deltas["finalize"], case);
    check_scores(&contributors, &settled, &deltas["finalize"]);
}

fn check_scores(before: &[Contributor], after: &rewards::Settlement, theirs: &Value) {
    for (before, after) in before.iter().zip(&after.workers) {
        let name = format!("worker{}", before.worker[19]);
        let theirs = theirs[&name].get("score").map_or(I256::ZERO, read);
        let ours = I256::try_from(after.score).unwrap() - I256::try_from(before.score).unwrap();
        assert_eq!(ours, theirs, "{name}");
    }
}

/// Two new workers agree, keep silent and are taken out; two others agree on the same result and reveal.
fn check_reopened(case: &Value) {
    assert_eq!(case["name"], "reopen after silence, same result wins with new workers");
    let pool = nrlc(&case["prices"]["workerpool"]);
    let terms = Terms {
        app_price: Nrlc::ZERO,
        dataset_price: Nrlc::ZERO,
        workerpool_price: pool,
        worker_stake: rewards::worker_stake(pool, U256::from(30)).unwrap(),
        scheduler_reward_ratio: U256::from(1),
    };
    assert_eq!(terms.worker_stake, nrlc(&case["workerStake"]));

    let mut consensus = Consensus::new(number(&case["trust"]));
    let hash = ResultHash(B256::ZERO);
    let mut contributors = Vec::new();
    for worker in 0..4 {
        let step = consensus.contribute(hash, U256::ZERO).unwrap();
        assert_eq!(step.reached, worker % 2 == 1);
        let log_weight = U256::from(log_weight(step.weight, LogRounding::Floor));
        contributors.push(Contributor {
            worker: account(worker),
            log_weight,
            proved: worker > 1,
            score: U256::ZERO,
        });
        if worker == 1 {
            consensus.reopen(hash);
            assert_eq!(consensus, Consensus::new(number(&case["trust"])));
        }
    }
    assert_eq!(consensus.group(hash).workers, 2);
    let settled = rewards::finalize(&terms, &contributors, Nrlc::ZERO).unwrap();
    // This case lists the scheduler and the workers only; that the payer pays is in its events (`Seize`).
    let mut finalized = case["deltas"]["finalize"].clone();
    finalized["payer"] = serde_json::json!({ "locked": format!("-{}", pool.0) });
    check_deltas(std::slice::from_ref(&settled.deltas), &finalized, case);
    check_scores(&contributors, &settled, &finalized);
}

/// A task at its start: initialized, nobody contributed.
const FRESH: TaskFacts = TaskFacts {
    status: TaskStatus::Active,
    contribution_deadline: 700,
    reveal_deadline: 0,
    final_deadline: 1000,
    contributors: 0,
    winners: 0,
    revealed: 0,
};

/// A task that was agreed on by two, at time 100.
const AGREED: TaskFacts =
    TaskFacts { status: TaskStatus::Revealing, reveal_deadline: 300, contributors: 2, winners: 2, ..FRESH };

const WORKER: Candidate = Candidate {
    own: ContributionStatus::Unset,
    enclave: Address::ZERO,
    tag: Tag::NONE,
    free: Nrlc::new(30),
    stake: Nrlc::new(30),
};

/// Every refused and allowed call of the file, replayed on the facts that its name tells.
#[test]
fn guards_refuse_and_allow_as_the_contracts_do() {
    for case in list(&vectors()["guards"]) {
        let (name, method) = (case["name"].as_str().unwrap(), case["method"].as_str().unwrap());
        let allowed = case.get("allowed").is_some_and(|allowed| allowed == true);
        if method == "matchOrders" {
            let revert = case["revert"].as_str().unwrap();
            let refusal = MatchRefusal::from_revert(revert).unwrap();
            assert_eq!(refusal.revert(), revert);
            check_match_guard(refusal);
            continue;
        }
        let ours = match name {
            // Which tasks a deal has is in its bag; `initialize` itself asks for nothing else.
            "initialize: index past the deal" | "initialize: by anyone" => continue,
            // The signatures of authorizations and enclaves are in `signatureForms` and `contributionMessages`.
            "contribute: authorization signed by a stranger" => {
                let key = PrivateKeySigner::random();
                let leave =
                    Authorization::sign(TaskId(B256::ZERO), Address::ZERO, Address::ZERO, &key).unwrap();
                leave.verify(Address::repeat_byte(1)).is_ok()
            }
            "contribute: EIP-2098 compact authorization" | "contribute: broker set, broker signs" => continue,
            "contribute: enclave signature missing" => signature::recover(B256::ZERO, &[]).is_ok(),
            "contribute: task not initialized" => {
                TaskFacts { status: TaskStatus::Unset, ..FRESH }.may_contribute(10, &WORKER).is_ok()
            }
            "contribute: with exactly the stake" => {
                let poor = Candidate { free: Nrlc::new(29), ..WORKER };
                assert!(FRESH.may_contribute(10, &poor).is_err());
                FRESH.may_contribute(10, &WORKER).is_ok()
            }
            "contribute: TEE tag without an enclave" => {
                FRESH.may_contribute(10, &Candidate { tag: Tag::TEE, ..WORKER }).is_ok()
            }
            "contribute: at the contribution deadline" => {
                assert!(FRESH.may_contribute(699, &WORKER).is_ok());
                FRESH.may_contribute(700, &WORKER).is_ok()
            }
            "reveal: wrong digest" => reveal(ContributionStatus::Contributed, 0x33).is_ok(),
            "reveal: twice" => {
                assert!(reveal(ContributionStatus::Contributed, 0x22).is_ok());
                reveal(ContributionStatus::Proved, 0x22).is_ok()
            }
            "reopen: before consensus" => FRESH.may_reopen(10).is_ok(),
            "reopen: at the reveal deadline with no reveal" => {
                assert!(AGREED.may_reopen(299).is_err());
                AGREED.may_reopen(300).is_ok()
            }
            "reopen: somebody revealed" => TaskFacts { revealed: 1, ..AGREED }.may_reopen(300).is_ok(),
            "finalize: callback data without a callback" => {
                callback_agrees(None, b"data", ResultDigest(B256::repeat_byte(0x22)))
            }
            "finalize: twice" => {
                let revealed = TaskFacts { revealed: 2, ..AGREED };
                assert!(revealed.may_finalize(299).is_ok());
                TaskFacts { status: TaskStatus::Completed, ..revealed }.may_finalize(299).is_ok()
            }
            "finalize: at the final deadline" => {
                TaskFacts { revealed: 2, ..AGREED }.may_finalize(1000).is_ok()
            }
            "initializeAndClaimArray: never-initialized task after the final deadline" => {
                FRESH.may_claim(1000).is_ok()
            }
            other => panic!("no guard {other}"),
        };
        assert_eq!(ours, allowed, "{name}");
    }
}

fn reveal(status: ContributionStatus, digest: u8) -> Result<(), MoveRefusal> {
    let (task, worker) = (TaskId(B256::repeat_byte(1)), Address::repeat_byte(2));
    let contributed = ResultDigest(B256::repeat_byte(0x22));
    let (hash, seal) = (result_hash(task, contributed), result_seal(worker, task, contributed));
    let own = Contributed { status, hash, seal };
    AGREED.may_reveal(200, &own, hash, (task, worker, ResultDigest(B256::repeat_byte(digest))))
}

/// Orders that match, each with a restriction that holds, and what is changed to break one condition.
fn check_match_guard(refusal: MatchRefusal) {
    let at = Address::repeat_byte;
    let (app, data, pool, user, other) = (at(1), at(2), at(3), at(4), at(9));
    let tag: Tag = "0x101".parse().unwrap();
    let one = U256::from(1);
    let mut a = AppOrder {
        app,
        appprice: Nrlc::new(1),
        volume: one,
        tag,
        datasetrestrict: data,
        workerpoolrestrict: pool,
        requesterrestrict: user,
        ..AppOrder::default()
    };
    let mut d = DatasetOrder {
        dataset: data,
        datasetprice: Nrlc::new(2),
        volume: one,
        tag: Tag::GPU,
        apprestrict: app,
        workerpoolrestrict: pool,
        requesterrestrict: user,
        ..DatasetOrder::default()
    };
    let mut w = WorkerpoolOrder {
        workerpool: pool,
        workerpoolprice: Nrlc::new(3),
        volume: one,
        tag,
        category: one,
        trust: U256::from(5),
        apprestrict: app,
        datasetrestrict: data,
        requesterrestrict: user,
        ..WorkerpoolOrder::default()
    };
    let mut r = RequestOrder {
        app,
        appmaxprice: Nrlc::new(1),
        dataset: data,
        datasetmaxprice: Nrlc::new(2),
        workerpool: pool,
        workerpoolmaxprice: Nrlc::new(3),
        requester: user,
        volume: one,
        tag: Tag::TEE,
        category: one,
        trust: U256::from(5),
        ..RequestOrder::default()
    };
    let check = |a: &AppOrder, d: &DatasetOrder, w: &WorkerpoolOrder, r: &RequestOrder| {
        let orders = Match { app: a, dataset: d, workerpool: w, request: r };
        orders
            .check(U256::from(2), DatasetTag::Whole, |_, _| false)
            .and_then(|()| orders.volume(&Consumed::default()))
    };
    assert_eq!(check(&a, &d, &w, &r), Ok(one));

    use MatchRefusal as Why;
    let mut groups_help = false;
    match refusal {
        Why::CategoryDiffers => r.category = U256::ZERO,
        Why::CategoryUnknown => (r.category, w.category) = (U256::from(2), U256::from(2)),
        Why::TrustTooHigh => r.trust = U256::from(6),
        Why::AppTooDear => a.appprice = Nrlc::new(2),
        Why::DatasetTooDear => d.datasetprice = Nrlc::new(3),
        Why::WorkerpoolTooDear => w.workerpoolprice = Nrlc::new(4),
        Why::TagNotOffered => w.tag = Tag::TEE,
        Why::AppNotTee => a.tag = Tag::NONE,
        Why::AppDiffers => r.app = other,
        Why::DatasetDiffers => r.dataset = other,
        Why::RequestRefusesWorkerpool => (r.workerpool, groups_help) = (other, true),
        Why::AppRefusesDataset => (a.datasetrestrict, groups_help) = (other, true),
        Why::AppRefusesWorkerpool => (a.workerpoolrestrict, groups_help) = (other, true),
        Why::AppRefusesRequester => (a.requesterrestrict, groups_help) = (other, true),
        Why::DatasetRefusesApp => (d.apprestrict, groups_help) = (other, true),
        Why::DatasetRefusesWorkerpool => (d.workerpoolrestrict, groups_help) = (other, true),
        Why::DatasetRefusesRequester => (d.requesterrestrict, groups_help) = (other, true),
        Why::WorkerpoolRefusesApp => (w.apprestrict, groups_help) = (other, true),
        Why::WorkerpoolRefusesDataset => (w.datasetrestrict, groups_help) = (other, true),
        Why::WorkerpoolRefusesRequester => (w.requesterrestrict, groups_help) = (other, true),
        Why::NothingLeft => d.volume = U256::ZERO,
        Why::AppUnregistered | Why::AppUnsigned | Why::DatasetUnregistered | Why::DatasetUnsigned => return,
        Why::WorkerpoolUnregistered | Why::WorkerpoolUnsigned | Why::RequestUnsigned => return,
    }
    assert_eq!(check(&a, &d, &w, &r), Err(refusal));
    let orders = Match { app: &a, dataset: &d, workerpool: &w, request: &r };
    let grouped = orders.check(U256::from(2), DatasetTag::Whole, |group, _| group == other);
    assert_eq!(grouped.is_ok(), groups_help || refusal == Why::NothingLeft);
}

#[test]
fn every_condition_of_a_match_is_checked() {
    for refusal in MatchRefusal::ALL {
        check_match_guard(*refusal);
        assert_eq!(MatchRefusal::from_revert(&refusal.revert()), Some(*refusal));
    }
    assert_eq!(MatchRefusal::ALL.len(), 28);
    assert_eq!(MatchRefusal::from_revert("iExecV5-matchOrders-0x99"), None);
}

/// The golden vectors of iExec's Java library: orders signed for Bellecour's test network.
#[test]
fn golden_orders_of_iexecs_java_library() {
    const SIGNER: &str = "0x000a9c787a972f70f0903890e266f41c795c4dca";
    let domain = Domain { chain_id: 133, hub: "0x3eca1B216A7DF1C7689aEb259fFB83ADFB894E7f".parse().unwrap() };
    let separator = b256!("fe74a571c117ad1e52a111b47ec87ee86756b7100d374152c3d0f6c039575397");
    assert_eq!(domain.separator(), separator);

    let app = AppOrder {
        app: "0x2EbD509d777B187E8394566bA6ec093B9dd73DF1".parse().unwrap(),
        volume: U256::from(1),
        salt: b256!("be858b0eee90cf2e85297bd3df81373f6b4de20c67a3e1f5db1a9d5be8abc3c4"),
        sign: "0x82c2d8a5f59f1088eb0b9a627c367ae7dae1772c8bd98c394699ae24830611e1171026f4e28d2c60302c34a04c60c4fc2f1363e165072dca04a9f203734978671c".parse().unwrap(),
        ..AppOrder::default()
    };
    let dataset = DatasetOrder {
        dataset: "0x2550E5B60f48742aBce2275F34417e7cBf5AcA86".parse().unwrap(),
        volume: U256::from(1_000_000),
        tag: Tag::TEE,
        salt: b256!("c49d07f99c47096900653b6ade4ccde4c52f773a5ad68f1da0a47c993cad4595"),
        sign: "0x94661cab25380e7a6e1c20762988f6f854c5123a17ad27c65580d7c3edcfa2025a9d255c679c4cf7d489560917c17d3af3da83737b3722824918d39aecfedf711c".parse().unwrap(),
        ..DatasetOrder::default()
    };
    let workerpool = WorkerpoolOrder {
        workerpool: "0x53Ef1328a96E40E125bca15b9a4da045C5e63E1A".parse().unwrap(),
        volume: U256::from(1),
        salt: b256!("40af1a4975ca6ca7285d7738e51c8da91a9daee4a23fb45d105068be56f85e56"),
        sign: "0x18bb5dbf608ade315c9e81f0b89929a93aa36aee0a1d51e9119c66799af126596c6cfd1e676ea394e346c616710a675388d5b270a195e494e75d107c87a45dce1c".parse().unwrap(),
        ..WorkerpoolOrder::default()
    };
    let request = RequestOrder {
        app: "0x6709CAe77CDa2cbA8Cb90A4F5a4eFfb5c8Fe8367".parse().unwrap(),
        workerpool: "0x506fA5EaCa52B5d2F133452a45FFA68aD1CfB3C5".parse().unwrap(),
        requester: "0x1ec09e1782a43a770d54e813379c730e0b29ad4b".parse().unwrap(),
        volume: U256::from(1),
        tag: Tag::TEE,
        params: concat!(
            r#"{"iexec_tee_post_compute_fingerprint":"76bfdee97e692b729e989694f3a566cf0e1de95fc456ff5ee88c75b1cb865e33|"#,
            r#"1eb627c1c94bbca03178b099b13fb4d1|13076027fc67accba753a3ed2edf03227dfd013b450d68833a5589ec44132100","#,
            r#""iexec_tee_post_compute_image":"iexechub/tee-worker-post-compute:1.0.0","#,
            r#""iexec_result_storage_provider":"ipfs","iexec_result_storage_proxy":"https://result.viviani.iex.ec","#,
            r#""iexec_result_encryption":false,"iexec_input_files":[],"iexec_args":"Alice"}"#,
        )
        .into(),
        salt: b256!("ee5c64cd59eaa084f59dbaa8f20b87260c4d6ac35c83214da657681bfe4e7632"),
        sign: "0x611511fa5169dff40f7b4c0013e9f149e79dfddacd80a19852a1e9b42294eaef4329367f01eb48930f990a418befed0c5634e493809f2e9a6a60727137964df51c".parse().unwrap(),
        ..RequestOrder::default()
    };
    let hashes = [app.hash(&domain), dataset.hash(&domain), workerpool.hash(&domain), request.hash(&domain)];
    let expected = [
        b256!("ba3386e38e2048de59653fed9f717a2b4400efe2d704b2980f814a91ef1f90e1"),
        b256!("87c9e55f03233ddcbfd9f37dbef06b2932d7c20a9998ea01f26d1efe055edeb9"),
        b256!("66df04fcab380857d682cfc64a4c8906587e918857d481a29f79f7c3abd06620"),
        b256!("03f960f8c4153017ca091fe3eb5169a51af3b7b2eae9b85a72e1af9ed2493b45"),
    ];
    assert_eq!(hashes, expected.map(OrderHash));
    let signer = Ok(SIGNER.parse().unwrap());
    assert_eq!(app.signer(&domain), signer);
    assert_eq!(dataset.signer(&domain), signer);
    assert_eq!(workerpool.signer(&domain), signer);
    assert_eq!(request.signer(&domain), signer);
}

#[test]
fn golden_ids_and_seals() {
    let request = OrderHash(b256!("03f960f8c4153017ca091fe3eb5169a51af3b7b2eae9b85a72e1af9ed2493b45"));
    let deal = DealId::new(request, U256::ZERO);
    assert_eq!(deal.0, b256!("5b65bf881bf775a4c8ae44291e0f404f7ce2dc1a5021533a1635e3a5fe94a84b"));
    let task = TaskId::new(deal, U256::ZERO);
    assert_eq!(task.0, b256!("cd8e08dcfdc7c7ef80b668002098f200b0dd727da6d09a962447b59cce77747d"));

    let (worker, digest) = (Address::repeat_byte(0x11), ResultDigest(B256::repeat_byte(0x22)));
    let leave = Authorization { task, worker, enclave: Address::ZERO, signature: Bytes::new() };
    assert_eq!(leave.hash(), b256!("9a02ca108b96d11e49f83dff966915db818aecfb5fdf1835dc0d9bbd7ff9643f"));
    assert_eq!(leave.digest(), b256!("80b5be8ed3ca9c601431d778ca44ebf9f65911c53ee7cfc2555cf1460b73c622"));
    assert_eq!(leave.digest(), eip191_hash_message(leave.hash()));
    let hash = b256!("ee7041b78f98933d744f7c60e81219f9d74e050b5ef269959b93cd28a6f10d7e");
    assert_eq!(result_hash(task, digest).0, hash);
    let sealed = b256!("1627841f3407628097f9376ce813149d602cb5f2880b79fdae0ce0fc1e28a32b");
    assert_eq!(result_seal(worker, task, digest).0, sealed);
}
