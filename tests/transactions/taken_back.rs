//! What a reorganisation takes back lands again: the same bytes, under the same nonce.

use crate::ground::{DEPTH, Ground, Notes, send, until};
use poco::chain::AttemptState;
use std::sync::Arc;

#[tokio::test]
async fn what_was_mined_and_taken_back_lands_again() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let sender = ground.patient_sender(&notes);
    let (one, two) = (send(&sender, 1), send(&sender, 2));
    notes.sent(2).await;
    let one = ground.mine_until(one).await.unwrap();
    let two = ground.mine_until(two).await.unwrap();
    ground.take_back(one.block.min(two.block)).await;
    ground.forget(one.hash).await;
    ground.forget(two.hash).await;
    until("both are mined again", || async {
        ground.mine().await;
        (ground.is_mined(one.hash).await && ground.is_mined(two.hash).await).then_some(())
    })
    .await;
    assert_eq!(notes.all().len(), 2, "nothing was signed anew");
    assert_eq!(ground.used().await, 2);
    let third = ground.mine_until(send(&sender, 3)).await.unwrap();
    assert_eq!(notes.all().last().map(|note| (note.attempt.nonce, note.attempt.hash)), Some((2, third.hash)));
}

#[tokio::test]
async fn a_second_life_sees_what_was_taken_back_while_nobody_looked() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let first = ground.patient_sender(&notes);
    let receipt = ground.mine_until(send(&first, 1)).await.unwrap();
    assert_eq!(notes.state(receipt.hash), Some(AttemptState::Mined));
    drop(first);
    ground.take_back(receipt.block).await;
    ground.forget(receipt.hash).await;
    assert!(!ground.has(receipt.hash).await);
    let second = ground.patient_sender(&notes);
    until("it is mined again", || async {
        ground.mine().await;
        ground.is_mined(receipt.hash).await.then_some(())
    })
    .await;
    let next = ground.mine_until(send(&second, 2)).await.unwrap();
    assert_eq!(notes.nonces(), [0, 1]);
    assert_eq!(notes.state(next.hash), Some(AttemptState::Mined));
}

#[tokio::test]
async fn a_nonce_is_watched_until_its_block_is_deep() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let sender = ground.patient_sender(&notes);
    let receipt = ground.mine_until(send(&sender, 1)).await.unwrap();
    assert!(!notes.all()[0].settled, "settled at its first receipt");
    until("it is settled", || async {
        ground.mine().await;
        notes.all()[0].settled.then_some(())
    })
    .await;
    assert!(ground.newest().await >= receipt.block + DEPTH);
    assert_eq!(notes.state(receipt.hash), Some(AttemptState::Mined));
}
