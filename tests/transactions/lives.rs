//! A sender that is killed, and the one that takes up what it wrote.

use crate::ground::{Ground, Notes, SOMEBODY, send, until};
use alloy::primitives::{B256, Bytes};
use poco::chain::{AttemptState, Journal, Mark};
use poco::poco::TaskId;
use std::sync::Arc;

fn written(hash: B256) -> Mark {
    Mark { hash, state: AttemptState::Written, reason: String::new() }
}

#[tokio::test]
async fn killed_between_the_journal_and_the_endpoint() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let first = ground.patient_sender(&notes);
    let sending = send(&first, 1);
    let hash = notes.sent(1).await[0].attempt.hash;
    sending.abort();
    let _ = sending.await;
    drop(first);
    // As it is when nothing of it has left this machine.
    ground.ask("anvil_dropTransaction", [hash]).await;
    notes.mark(vec![written(hash)]).await.unwrap();
    assert!(!ground.has(hash).await);
    let second = ground.patient_sender(&notes);
    // Nobody asks for it: what was written is enough.
    until("it is sent", || async { ground.has(hash).await.then_some(()) }).await;
    ground.mine().await;
    assert!(ground.is_mined(hash).await);
    until("it is noted", || async { (notes.state(hash) == Some(AttemptState::Mined)).then_some(()) }).await;
    assert_eq!((notes.all().len(), ground.used().await), (1, 1));
    drop(second);
}

#[tokio::test]
async fn killed_between_the_endpoint_and_the_mark() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let first = ground.patient_sender(&notes);
    let sending = send(&first, 1);
    let hash = notes.sent(1).await[0].attempt.hash;
    sending.abort();
    let _ = sending.await;
    drop(first);
    notes.mark(vec![written(hash)]).await.unwrap();
    ground.mine().await;
    assert!(ground.is_mined(hash).await);
    let second = ground.patient_sender(&notes);
    until("the receipt is found", || async {
        (notes.state(hash) == Some(AttemptState::Mined)).then_some(())
    })
    .await;
    ground.mine_until(send(&second, 2)).await.unwrap();
    assert_eq!(notes.nonces(), [0, 1]);
    assert_eq!(ground.used().await, 2);
}

#[tokio::test]
async fn what_has_no_chance_any_more_lies_until_it_is_in_the_way() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let task = TaskId(B256::repeat_byte(7));
    let first = ground.patient_sender(&notes);
    let sending = {
        let first = first.clone();
        tokio::spawn(
            async move { first.send_for(Some(task), "reveal", SOMEBODY, Bytes::from(vec![1]), 0).await },
        )
    };
    let stale = notes.sent(1).await[0].attempt.hash;
    sending.abort();
    let _ = sending.await;
    drop(first);
    ground.ask("anvil_dropTransaction", [stale]).await;
    notes.over.lock().unwrap().insert(task);
    let second = ground.sender(&notes);
    until("the stale one is seen", || async {
        (notes.state(stale) == Some(AttemptState::Unknown)).then_some(())
    })
    .await;
    assert!(!ground.has(stale).await, "gas was risked for what has no chance");
    let receipt = ground.mine_until(send(&second, 2)).await.unwrap();
    assert!(!ground.is_mined(stale).await);
    let way =
        notes.all().into_iter().find(|note| note.attempt.nonce == 0 && note.attempt.hash != stale).unwrap();
    assert_eq!(way.attempt.action, "cancel");
    assert_eq!((notes.all().iter().find(|note| note.attempt.hash == receipt.hash).unwrap()).attempt.nonce, 1);
    until("its row says so", || async { (notes.state(stale) == Some(AttemptState::Replaced)).then_some(()) })
        .await;
}

#[tokio::test]
async fn what_has_no_chance_and_cannot_be_replaced_goes_as_it_is_when_it_is_in_the_way() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let task = TaskId(B256::repeat_byte(7));
    let first = ground.patient_sender(&notes);
    let sending = {
        let first = first.clone();
        tokio::spawn(async move {
            first.send_for(Some(task), "contribute", SOMEBODY, Bytes::from(vec![1]), 0).await
        })
    };
    let stale = notes.sent(1).await[0].attempt.clone();
    sending.abort();
    let _ = sending.await;
    drop(first);
    ground.ask("anvil_dropTransaction", [stale.hash]).await;
    notes.over.lock().unwrap().insert(task);
    // The cap is what it offers already, so that a cancellation, which must offer more, is not to be had.
    let second = ground.capped_sender(&notes, stale.max_fee_wei);
    let receipt = ground.mine_until(send(&second, 2)).await.unwrap();
    assert!(ground.is_mined(stale.hash).await);
    let nonces: Vec<u64> = notes.all().iter().map(|note| note.attempt.nonce).collect();
    assert_eq!(nonces, [0, 1], "nothing else was sent");
    assert!(receipt.hash != stale.hash);
}
