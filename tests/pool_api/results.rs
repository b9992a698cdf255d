//! What is delivered, kept and given out.

use super::place::{MOST_BYTES, Place, digest_of};
use alloy::primitives::{Address, B256, keccak256};
use poco::chain::{Action, Chain};
use poco::poco::messages::Purpose;
use poco::poco::{ResultDigest, TaskId, TaskStatus};
use poco::results::{Delivery, HttpStore, ResultStore};
use reqwest::StatusCode;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn sha256(bytes: &[u8]) -> B256 {
    B256::from_slice(&Sha256::digest(bytes))
}

/// What was refused leaves nothing behind.
fn assert_empty(place: &Place) {
    let left: Vec<_> =
        std::fs::read_dir(&place.results).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_result_is_taken_from_who_revealed_and_only_as_signed() {
    let place = Place::new().await;
    let task = place.tasks(1, 1, Address::ZERO).await[0];
    let (ours, theirs) = (place.worker(0), place.worker(1));
    let archive = b"an archive, or so".to_vec();
    let said = sha256(&archive);
    let signed = |said| Some(place.credentials(task, ours, Purpose::Result, said));
    let refused = |no: super::place::No| (no.status, no.denial.code);
    let not_revealed = (StatusCode::FORBIDDEN, "P-PL-007".to_owned());
    let not_signed = (StatusCode::UNAUTHORIZED, "P-PL-001".to_owned());
    let bad = (StatusCode::UNPROCESSABLE_ENTITY, "P-PL-008".to_owned());

    let early = place.deliver(task, "result", signed(said), archive.clone()).await.unwrap_err();
    assert_eq!(refused(early), not_revealed);
    let digest = digest_of(b"42");
    place.contribute(task, ours, digest).await;
    let early = place.deliver(task, "result", signed(said), archive.clone()).await.unwrap_err();
    assert_eq!(refused(early), not_revealed);
    // Offered before the pool knows of the reveal, which it waits for: it looks at what came only then.
    let early = place.deliver(task, "result", signed(said), b"something else".to_vec());
    let revealed = async {
        place.chain.head_after(place.chain.head().number).await.unwrap();
        place.act(ours, Action::Reveal { task, digest }).await.unwrap();
    };
    let (early, ()) = tokio::join!(early, revealed);
    assert_eq!(refused(early.unwrap_err()), bad);

    let stranger = Some(place.credentials(task, theirs, Purpose::Result, said));
    let no = place.deliver(task, "result", stranger, archive.clone()).await.unwrap_err();
    assert_eq!(refused(no), not_revealed);
    let callbacks = Some(place.credentials(task, ours, Purpose::Callback, said));
    for credentials in [None, Some("Poco".to_owned()), Some("Bearer of bad news".to_owned()), callbacks] {
        let no = place.deliver(task, "result", credentials, archive.clone()).await.unwrap_err();
        assert_eq!(refused(no), not_signed);
    }
    let no = place.deliver(task, "result", signed(said), b"something else".to_vec()).await.unwrap_err();
    assert_eq!(refused(no), bad);
    let large = vec![7; usize::try_from(MOST_BYTES).unwrap() + 1];
    let no = place.deliver(task, "result", signed(sha256(&large)), large).await.unwrap_err();
    assert_eq!(refused(no), bad);
    // So large that the sender is still sending when the pool has seen enough.
    let endless = vec![7; 8 << 20];
    let no = place.deliver(task, "result", signed(sha256(&endless)), endless).await.unwrap_err();
    assert_eq!(refused(no), bad);
    assert_empty(&place);
    assert_eq!(place.chain.task(task).await.unwrap().status, TaskStatus::Revealing);

    let location = place.deliver(task, "result", signed(said), archive.clone()).await.unwrap();
    assert_eq!(location, place.url(&format!("results/{task}.zip")).as_str());
    let later = b"another archive, signed as well".to_vec();
    let again = place.deliver(task, "result", signed(sha256(&later)), later).await.unwrap();
    assert_eq!(again, location, "the first stands");
    // A worker's own store asks before it sends what may be large: this would be refused for its size.
    let large = place.results.parent().unwrap().join("large.zip");
    std::fs::write(&large, vec![7; 8 << 20]).unwrap();
    let (chain_id, workerpool) = (place.domain().chain_id, place.devnet.workerpool());
    let store = HttpStore::new(place.client.clone(), place.pool.clone(), chain_id, workerpool, ours.clone());
    let delivery = Delivery { task, archive: large, callback: None };
    assert_eq!(store.put(&delivery).await.unwrap(), location);
    let kept = place.client.get(&location).send().await.unwrap();
    assert_eq!(kept.headers()["content-type"], "application/zip");
    assert_eq!(kept.bytes().await.unwrap(), archive);
    place.until(task, TaskStatus::Completed).await;
    let settled = place.chain.task(task).await.unwrap();
    let results: serde_json::Value = serde_json::from_slice(&settled.results).unwrap();
    assert_eq!(results, serde_json::json!({ "storage": "http", "location": location }));
}

#[tokio::test]
async fn a_callback_is_given_what_was_proved_and_nothing_else() {
    let place = Place::new().await;
    let task = place.tasks(1, 1, Address::repeat_byte(0xcb)).await[0];
    let ours = place.worker(0);
    let called = b"what is called".to_vec();
    let digest = ResultDigest(keccak256(&called));
    let signed = |purpose, said| Some(place.credentials(task, ours, purpose, said));
    place.contribute(task, ours, digest).await;
    let early = signed(Purpose::Callback, digest.0);
    let no = place.deliver(task, "callback", early.clone(), called.clone()).await.unwrap_err();
    assert_eq!(no.denial.code, "P-PL-007", "the digest is secret until it is revealed");
    assert!(no.denial.retry, "this pool may only not have seen the reveal yet");
    place.act(ours, Action::Reveal { task, digest }).await.unwrap();

    let other = b"something else".to_vec();
    let honest = signed(Purpose::Callback, keccak256(&other));
    for credentials in [honest, early.clone()] {
        let no = place.deliver(task, "callback", credentials, other.clone()).await.unwrap_err();
        assert_eq!((no.status, no.denial.code.as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "P-PL-008"));
    }
    assert_empty(&place);
    let archive = b"an archive".to_vec();
    let delivered = signed(Purpose::Result, sha256(&archive));
    place.deliver(task, "result", delivered, archive).await.unwrap();
    // A task with a callback waits for its bytes: some blocks go by and nothing is settled.
    for _ in 0..3 {
        place.chain.head_after(place.chain.head().number).await.unwrap();
    }
    assert_eq!(place.chain.task(task).await.unwrap().status, TaskStatus::Revealing);
    place.deliver(task, "callback", early, called.clone()).await.unwrap();
    place.until(task, TaskStatus::Completed).await;
    assert_eq!(place.chain.task(task).await.unwrap().results_callback, called);
}

/// A request just as written: a URL library would tidy the path up before it is sent.
async fn raw_get(place: &Place, path: &str) -> String {
    let address = (place.pool.host_str().unwrap(), place.pool.port().unwrap());
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: pool\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn only_a_tasks_id_is_a_results_name() {
    let place = Place::new().await;
    let secret = place.results.parent().unwrap().join("secret.zip");
    std::fs::write(&secret, "a secret").unwrap();
    std::fs::write(place.results.join("inside.zip"), "a secret").unwrap();
    let task = TaskId(B256::repeat_byte(3));
    let kept = place.results.join(format!("{task}.zip"));
    std::fs::write(&kept, "no secret").unwrap();
    let absolute = secret.display().to_string().replace('/', "%2f");
    for path in [
        "/results/../secret.zip".to_owned(),
        "/results/..%2fsecret.zip".to_owned(),
        "/results/%2e%2e%2fsecret.zip".to_owned(),
        "/results/..%5csecret.zip".to_owned(),
        format!("/results/{absolute}"),
        format!("/results/{task}/../../secret.zip"),
        format!("/results/{task}.zip%00"),
        format!("/results/{task}.callback"),
        format!("/results/{task}"),
        "/results/inside.zip".to_owned(),
        "/results/".to_owned(),
        "/results/../../../../../../etc/passwd".to_owned(),
        "/results/..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd".to_owned(),
        "/v1/tasks/..%2f..%2fsecret.zip".to_owned(),
    ] {
        let answer = raw_get(&place, &path).await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(["400", "404", "422"].contains(&status), "{path}: {answer}");
        assert!(!answer.contains("secret\r") && !answer.contains("a secret"), "{path}: {answer}");
    }
    let answer = raw_get(&place, &format!("/results/{task}.zip")).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("no secret"), "{answer}");
    let absent = raw_get(&place, &format!("/results/{}.zip", TaskId(B256::ZERO))).await;
    assert!(absent.starts_with("HTTP/1.1 404"), "{absent}");
}
