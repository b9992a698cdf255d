//! One key's transactions on a real chain: dropped, too cheap, cancelled, displaced by hand, taken back, and taken up after a
//! kill.

#[path = "../chain_support/mod.rs"]
mod chain_support;
mod ground;
mod lives;
mod person;
mod refused;
mod taken_back;

use chain_support::proxy::{Mode, Proxy};
use ground::{Ground, Notes, send};
use poco::chain::{AttemptState, ChainError};
use std::sync::Arc;

#[tokio::test]
async fn what_an_endpoint_dropped_is_given_to_it_again() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    // Nothing is mined and nothing replaced, so only the same bytes can bring it back.
    let sender = ground.patient_sender(&notes);
    let sending = send(&sender, 1);
    let hash = notes.sent(1).await[0].attempt.hash;
    ground.ask("anvil_dropTransaction", [hash]).await;
    ground::until("it is back", || async { ground.has(hash).await.then_some(()) }).await;
    let receipt = ground.mine_until(sending).await.unwrap();
    assert_eq!(receipt.hash, hash);
    assert_eq!(notes.all().len(), 1, "it was signed once");
}

#[tokio::test]
async fn what_is_too_cheap_is_replaced_by_an_eighth_more() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let sender = ground.sender(&notes);
    let sending = send(&sender, 1);
    let first = notes.sent(1).await[0].attempt.max_fee_wei;
    ground::until("it is replaced", || async {
        ground.set_base_fee(first * 5).await;
        ground.mine().await;
        (notes.all().len() > 1).then_some(())
    })
    .await;
    ground.mine_until(sending).await.unwrap();
    let all = notes.all();
    assert!(all.windows(2).all(|pair| pair[1].attempt.max_fee_wei * 8 >= pair[0].attempt.max_fee_wei * 9));
    assert!(notes.nonces().iter().all(|nonce| *nonce == 0));
    assert_eq!(notes.count(AttemptState::Mined), 1);
    assert!(notes.count(AttemptState::Replaced) > 0);
}

#[tokio::test]
async fn a_base_fee_above_the_cap_is_waited_out() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let cap = 4_000_000_000;
    let sender = ground.capped_sender(&notes, cap);
    let sending = send(&sender, 1);
    notes.sent(1).await;
    ground.set_base_fee(cap * 3).await;
    ground.mine().await;
    ground::until("it was replaced as far as the cap goes", || async {
        notes.all().iter().any(|note| note.attempt.max_fee_wei * 9 / 8 >= cap).then_some(())
    })
    .await;
    let before = notes.all().len();
    for _ in 0..5 {
        ground.set_base_fee(cap * 3).await;
        ground.mine().await;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(notes.all().len(), before, "refused by the cap, it is not signed again at every head");
    assert_eq!(ground.used().await, 0);
    ground.set_base_fee(1).await;
    ground.mine_until(sending).await.unwrap();
    assert!(notes.all().iter().all(|note| note.attempt.max_fee_wei <= cap && note.attempt.nonce == 0));
}

#[tokio::test]
async fn what_is_refused_as_too_cheap_waits_under_its_nonce() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let cap = 4_000_000_000;
    ground.set_base_fee(cap * 3).await;
    ground.mine().await;
    let sender = ground.capped_sender(&notes, cap);
    let sending = send(&sender, 1);
    let hash =
        ground::until("it is written", || async { notes.all().first().map(|note| note.attempt.hash) }).await;
    assert!(!ground.has(hash).await, "the chain takes what is below its base fee");
    ground.set_base_fee(1).await;
    let receipt = ground.mine_until(sending).await.unwrap();
    assert_eq!(receipt.hash, hash, "the same bytes");
}

#[tokio::test]
async fn a_bump_and_a_cancellation_by_request() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let sender = ground.patient_sender(&notes);
    let kept = send(&sender, 1);
    notes.sent(1).await;
    let gone = send(&sender, 2);
    notes.sent(2).await;
    let bumped = sender.bump(0).await.unwrap();
    let cancelled = sender.cancel(1).await.unwrap();
    assert_eq!(notes.nonces(), [0, 1, 0, 1]);
    assert_eq!(ground.mine_until(kept).await.unwrap().hash, bumped);
    let refused = ground.mine_until(gone).await.unwrap_err();
    assert!(matches!(refused, ChainError::Displaced { hash, .. } if hash == cancelled), "{refused}");
    assert_eq!(notes.count(AttemptState::Replaced), 2);
    let late = sender.bump(0).await.unwrap_err();
    assert!(matches!(late, ChainError::Mined { hash, .. } if hash == bumped), "{late}");
    let unknown = sender.cancel(7).await.unwrap_err();
    assert!(matches!(unknown, ChainError::NotFound { .. }), "{unknown}");
    ground.mine_until(send(&sender, 2)).await.unwrap();
    assert_eq!(ground.used().await, 3);
}

#[tokio::test]
async fn a_bump_above_the_cap_is_refused() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let sender = ground.capped_sender(&notes, 1_100_000_000);
    let sending = send(&sender, 1);
    notes.sent(1).await;
    let refused = sender.bump(0).await.unwrap_err();
    assert!(matches!(refused, ChainError::Underpriced { .. }), "{refused}");
    ground.mine_until(sending).await.unwrap();
}

#[tokio::test]
async fn a_gap_below_what_is_open_is_filled() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    // Somebody's transaction of this wallet is in the pool when the nonce is chosen, and dropped later.
    let by_hand = ground.send_by_hand(0).await;
    let sender = ground.sender(&notes);
    let sending = send(&sender, 1);
    assert_eq!(notes.sent(1).await[0].attempt.nonce, 1);
    ground.ask("anvil_dropTransaction", [by_hand]).await;
    let receipt = ground.mine_until(sending).await.unwrap();
    assert_eq!(receipt.hash, notes.all()[0].attempt.hash);
    let filler = &notes.all()[1];
    assert_eq!((filler.attempt.nonce, filler.attempt.action.as_str()), (0, "cancel"));
    assert_eq!(ground.used().await, 2);
}

#[tokio::test]
async fn a_transaction_sent_by_hand_does_not_wedge_the_sender() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let sender = ground.sender(&notes);
    let sending = send(&sender, 1);
    notes.sent(1).await;
    ground.send_by_hand(0).await;
    let displaced = ground.mine_until(sending).await.unwrap_err();
    assert!(matches!(displaced, ChainError::Displaced { .. }), "{displaced}");
    let receipt = ground.mine_until(send(&sender, 1)).await.unwrap();
    assert_eq!(notes.all().last().unwrap().attempt.hash, receipt.hash);
    assert_eq!(notes.all().last().unwrap().attempt.nonce, 1);
}

#[tokio::test]
async fn many_at_once_have_a_nonce_each() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let sender = ground.sender(&notes);
    let all: Vec<_> = (0..20).map(|data| send(&sender, data)).collect();
    for sending in all {
        ground.mine_until(sending).await.unwrap();
    }
    assert_eq!(ground.used().await, 20);
}

#[tokio::test]
async fn the_same_again_is_another_transaction_once_the_first_landed() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let sender = ground.sender(&notes);
    let first = ground.mine_until(send(&sender, 1)).await.unwrap();
    let second = ground.mine_until(send(&sender, 1)).await.unwrap();
    assert_ne!(first.hash, second.hash);
    assert_eq!(ground.used().await, 2);
}

#[tokio::test]
async fn an_endpoint_that_swallows_its_answer_has_it_once() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let proxy = Proxy::start(ground.url.clone(), Mode::Swallow).await;
    let (_endpoint, sender) = ground.sender_through(std::slice::from_ref(&proxy.url), &notes).await;
    let sending = send(&sender, 1);
    ground::until("the answer is lost", || async { (proxy.refused() > 0).then_some(()) }).await;
    ground::until("it is known to be open", || async {
        (notes.count(AttemptState::Unknown) == 1).then_some(())
    })
    .await;
    proxy.is(Mode::Well);
    ground.mine_until(sending).await.unwrap();
    assert_eq!((notes.all().len(), ground.used().await), (1, 1));
    assert_eq!(notes.count(AttemptState::Mined), 1);
}

#[tokio::test]
async fn a_refusal_is_not_believed_while_another_endpoint_may_have_taken_it() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let swallows = Proxy::start(ground.url.clone(), Mode::Well).await;
    let refuses = Proxy::start(ground.url.clone(), Mode::Well).await;
    let (_endpoint, sender) =
        ground.sender_through(&[swallows.url.clone(), refuses.url.clone()], &notes).await;
    swallows.is(Mode::Swallow);
    refuses.is(Mode::RefuseSend);
    let sending = send(&sender, 1);
    ground::until("both were asked", || async { (swallows.refused() * refuses.refused() > 0).then_some(()) })
        .await;
    let receipt = ground.mine_until(sending).await.unwrap();
    assert_eq!(receipt.hash, notes.all()[0].attempt.hash);
    assert_eq!(notes.all().len(), 1);
}
