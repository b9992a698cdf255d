//! Who is let in, and what else the pool tells.

use super::place::{Place, nothing, settings};
use alloy::primitives::{Address, B256, U256};
use alloy::signers::local::PrivateKeySigner;
use poco::devnet::{Devnet, DevnetOptions};
use poco::ledger::Ledger;
use poco::poco::messages::{AuthorizationRequest, Purpose, Report};
use poco::poco::{Fault, Nrlc, Order, TaskId, WorkerpoolOrder, signature};
use poco::pool::Pool;
use reqwest::StatusCode;
use std::sync::Arc;

#[tokio::test]
async fn leave_is_given_to_who_signs_for_itself_and_for_this_task() {
    let place = Place::new().await;
    let tasks = place.tasks(2, 3, Address::ZERO).await;
    let (task, other_task) = (tasks[0], tasks[1]);
    let (ours, theirs) = (place.worker(0), place.worker(1));
    let us = ours.address();
    let mut bent = place.asking(us, ours, task).signature.to_vec();
    bent[10] ^= 1;
    for (why, asked) in [
        ("unsigned", AuthorizationRequest { worker: us, signature: nothing() }),
        ("bent", AuthorizationRequest { worker: us, signature: bent.into() }),
        ("signed by another", place.asking(us, theirs, task)),
        ("for another task", place.asking(us, ours, other_task)),
        (
            "for another worker",
            AuthorizationRequest { worker: theirs.address(), ..place.asking(us, ours, task) },
        ),
        ("for another purpose", {
            let digest = place.envelope(task, us).digest(Purpose::Result, B256::ZERO);
            AuthorizationRequest { worker: us, signature: signature::sign(digest, ours).unwrap() }
        }),
    ] {
        let no = place.ask(task, &asked).await.expect_err(why);
        assert_eq!((no.status, no.denial.code.as_str()), (StatusCode::UNAUTHORIZED, "P-PL-001"), "{why}");
        assert!(!no.denial.retry, "{why}");
    }
    let leave = place.leave(task, ours).await.unwrap();
    assert_eq!((leave.task, leave.worker, leave.enclave), (task, us, Address::ZERO));
    let owner = place.devnet.accounts().scheduler.address();
    leave.verify(owner).unwrap();
    assert_eq!(place.leave(task, ours).await.unwrap(), leave, "asking again changes nothing");
    let shown: serde_json::Value =
        place.client.get(place.url(&format!("v1/tasks/{task}"))).send().await.unwrap().json().await.unwrap();
    assert_eq!(shown["authorized"], serde_json::json!([us]), "it is let in once");
}

#[tokio::test]
async fn strangers_tasks_and_poor_workers_are_refused() {
    let place = Place::new().await;
    let task = place.tasks(1, 3, Address::ZERO).await[0];
    let no = place.leave(TaskId(B256::repeat_byte(9)), place.worker(0)).await.unwrap_err();
    assert_eq!((no.status, no.denial.code.as_str()), (StatusCode::NOT_FOUND, "P-PL-003"));
    let poor = PrivateKeySigner::from_bytes(&B256::repeat_byte(0x11)).unwrap();
    let no = place.leave(task, &poor).await.unwrap_err();
    assert_eq!((no.status, no.denial.code.as_str()), (StatusCode::FORBIDDEN, "P-PL-006"));
    for (body, status) in [
        ("{", StatusCode::BAD_REQUEST),
        ("{\"worker\":\"0x00\",\"signature\":\"0x\"}", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let asked = place.client.post(place.url(&format!("v1/tasks/{task}/authorization")));
        let answer = asked.header("Content-Type", "application/json").body(body).send().await.unwrap();
        assert_eq!(answer.status(), status, "{body}");
    }
    let asked = place.client.post(place.url(&format!("v1/tasks/{task}/authorization")));
    let huge = asked.header("Content-Type", "application/json").body(vec![b' '; 20 << 10]);
    assert_eq!(huge.send().await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_pool_with_a_list_lets_nobody_else_in() {
    let known = PrivateKeySigner::from_bytes(&B256::repeat_byte(0x22)).unwrap();
    let place = Place::with_workers_listed(vec![known.address()]).await;
    let task = place.tasks(1, 1, Address::ZERO).await[0];
    let no = place.leave(task, place.worker(0)).await.unwrap_err();
    assert_eq!((no.status, no.denial.code.as_str()), (StatusCode::FORBIDDEN, "P-PL-002"));
    let listed = place.leave(task, &known).await.unwrap_err();
    assert_eq!(listed.denial.code, "P-PL-006", "it is let through to the next question");
}

#[tokio::test]
async fn of_those_who_ask_at_once_for_the_last_place_one_gets_it() {
    let place = Place::new().await;
    for task in place.tasks(6, 1, Address::ZERO).await {
        let (first, second, third) = tokio::join!(
            place.leave(task, place.worker(0)),
            place.leave(task, place.worker(1)),
            place.leave(task, place.worker(2)),
        );
        let answers = [first, second, third];
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        for no in answers.iter().filter_map(|answer| answer.as_ref().err()) {
            assert_eq!((no.status, no.denial.code.as_str()), (StatusCode::CONFLICT, "P-PL-005"));
            assert!(no.denial.retry, "the one that got it may fail");
        }
    }
}

#[tokio::test]
async fn a_report_makes_room_for_another_if_it_is_signed() {
    let place = Place::new().await;
    let task = place.tasks(1, 1, Address::ZERO).await[0];
    let (ours, theirs) = (place.worker(0), place.worker(1));
    place.leave(task, ours).await.unwrap();
    assert_eq!(place.leave(task, theirs).await.unwrap_err().denial.code, "P-PL-005");
    let (code, reason) = ("P-CO-003", "the image is not here");
    let report = |key: &PrivateKeySigner, said: &str| {
        let digest =
            place.envelope(task, ours.address()).digest(Purpose::Report, Report::content(code, said));
        let signature = signature::sign(digest, key).unwrap();
        Report { worker: ours.address(), code: code.into(), reason: reason.into(), signature }
    };
    let url = place.url(&format!("v1/tasks/{task}/report"));
    let tell = |report: Report| place.client.post(url.clone()).json(&report).send();
    for forged in [report(theirs, reason), report(ours, "something else")] {
        assert_eq!(tell(forged).await.unwrap().status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(place.leave(task, theirs).await.unwrap_err().denial.code, "P-PL-005");
    assert_eq!(tell(report(ours, reason)).await.unwrap().status(), StatusCode::NO_CONTENT);
    place.leave(task, theirs).await.unwrap();
    let shown: serde_json::Value =
        place.client.get(place.url(&format!("v1/tasks/{task}"))).send().await.unwrap().json().await.unwrap();
    let told = serde_json::json!([{ "worker": ours.address(), "code": code, "reason": reason }]);
    assert_eq!(shown["reports"], told);
}

#[tokio::test]
async fn the_pools_order_is_signed_by_its_owner_and_always_the_same() {
    let place = Place::new().await;
    let get = async |category: u64| {
        let answer = place_get(&place, &format!("v1/order?category={category}")).await;
        answer.json::<WorkerpoolOrder>().await.unwrap()
    };
    let order = get(2).await;
    order.verify(&place.domain(), place.devnet.accounts().scheduler.address()).unwrap();
    assert_eq!(order.workerpool, place.devnet.workerpool());
    assert_eq!((order.category, order.workerpoolprice), (U256::from(2), Nrlc::new(1_000)));
    assert_eq!(get(2).await, order);
    assert_ne!(get(1).await.hash(&place.domain()), order.hash(&place.domain()));
    assert_eq!(place_get(&place, "v1/order?category=-1").await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(place_get(&place, "health").await.status(), StatusCode::OK);
}

async fn place_get(place: &Place, path: &str) -> reqwest::Response {
    place.client.get(place.url(path)).send().await.unwrap()
}

#[tokio::test]
async fn a_pool_is_opened_by_its_owner_only() {
    let devnet = Devnet::start(&DevnetOptions::default()).await.unwrap();
    let chain = poco::chain::EvmChain::open(devnet.endpoint().clone(), devnet.hub(), vec![]).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&folder.path().join("ledger")).unwrap();
    let stranger = devnet.accounts().workers[0].clone();
    let opened =
        Pool::open(Arc::new(chain), ledger, stranger, settings(&devnet, folder.path().join("results"))).await;
    assert_eq!(opened.err().map(|error| error.code()), Some("P-PL-009"));
}
