//! Gives new intents to the endpoint, as many at once as were asked for meanwhile.
//!
//! ```text
//! intents ─▶ open already? join it ─▶ nonces in a row ─▶ sign ─▶ one write into the journal ─▶ endpoint, side by side
//!                                          ▲                                                        │
//!                                          └── at a fee raised, or behind somebody's transaction ◀──┴─▶ kept, or told why not
//! ```
//!
//! A nonce that a refusal leaves free below one that was taken would hold that one up: an intent that is tried again uses it,
//! else a transfer of nothing does, at once.

use super::journal::AttemptState;
use super::owner::{Owner, Taken};
use super::pending::{Intent, Pending, Standing, Tried};
use super::refusal::Refusal;
use super::{Sent, Submission, known_action, pricing};
use crate::chain::ChainError;
use crate::chain::endpoint::rpc;
use alloy::providers::Provider;
use futures_util::future::join_all;
use std::collections::BTreeSet;
use tokio::sync::oneshot;

/// How often a nonce or a fee that was refused is chosen anew before giving up.
const TRIES: u32 = 4;

/// An intent that has no nonce yet, and who waits to hear of it.
struct Lot {
    intent: Intent,
    callers: Vec<oneshot::Sender<Sent>>,
}

impl Lot {
    fn refuse(self, error: &ChainError) {
        for caller in self.callers {
            // Whoever asked may have given up.
            let _ = caller.send(Err(error.clone()));
        }
    }
}

/// A lot signed for a nonce.
struct Ready {
    nonce: u64,
    lot: Lot,
    tried: Tried,
}

/// Which nonces the next attempts may have.
#[derive(Default)]
struct Room {
    /// Below these somebody else's transactions wait.
    least: u64,
    /// Left free by refusals.
    free: BTreeSet<u64>,
    /// The last refusal after which it is worth another try.
    refusal: Option<ChainError>,
}

impl Owner {
    /// Sends what is new; who asks for what is open already waits for that.
    pub(super) async fn submit(&mut self, submissions: Vec<Submission>) {
        let mut lots = self.new_lots(submissions).await;
        let mut room = Room::default();
        for _ in 0..TRIES {
            if !lots.is_empty() {
                lots = self.round(lots, &mut room).await;
            }
        }
        if let Some(refusal) = room.refusal {
            lots.into_iter().for_each(|lot| lot.refuse(&refusal));
        }
        let taken = self.open.keys().next_back().copied().unwrap_or_default();
        for nonce in room.free.into_iter().filter(|nonce| *nonce < taken) {
            if let Err(error) = self.fill(nonce).await {
                tracing::warn!(wallet = %self.wallet, nonce, %error, "a gap stays for now; it is filled later");
            }
        }
    }

    /// The intents that are not open yet, each once, at the market's price.
    async fn new_lots(&mut self, submissions: Vec<Submission>) -> Vec<Lot> {
        let mut lots: Vec<Lot> = Vec::new();
        for Submission { mut intent, reply } in submissions {
            if let Some(lot) = lots.iter_mut().find(|lot| lot.intent.same(&intent)) {
                lot.callers.push(reply);
                continue;
            }
            let open = match self.already_open(&intent).await {
                Ok(None) => self.market().await.map(|market| {
                    intent.request = pricing::priced(intent.request.clone(), &market, &self.gas);
                    None
                }),
                open => open,
            };
            match open {
                Ok(Some(nonce)) => self.join(nonce, vec![reply]),
                Ok(None) => lots.push(Lot { intent, callers: vec![reply] }),
                Err(error) => {
                    let _ = reply.send(Err(error));
                }
            }
        }
        lots
    }

    /// The nonce at which the same is open already. What landed is over for whoever asks again, unless it was taken back.
    async fn already_open(&mut self, intent: &Intent) -> Result<Option<u64>, ChainError> {
        let open = self.open.iter().filter(|(_, pending)| pending.intent.same(intent));
        let same: Vec<u64> = open.map(|(nonce, _)| *nonce).collect();
        for nonce in same {
            if self.open.get(&nonce).is_some_and(|pending| pending.landed().is_some()) {
                self.verify(nonce).await?;
            }
            let Some(pending) = self.open.get_mut(&nonce).filter(|pending| pending.landed().is_none()) else {
                continue;
            };
            if pending.standing == Standing::Unwanted {
                pending.standing = Standing::Wanted;
                self.broadcast(nonce).await;
            }
            return Ok(Some(nonce));
        }
        Ok(None)
    }

    /// Callers hear what becomes of what is open under `nonce`.
    fn join(&mut self, nonce: u64, callers: Vec<oneshot::Sender<Sent>>) {
        let Some(pending) = self.open.get_mut(&nonce) else { return };
        let hash = pending.newest().map(|tried| tried.hash).unwrap_or_default();
        for caller in callers {
            let (tell, outcome) = oneshot::channel();
            pending.waiting.push(tell);
            let _ = caller.send(Ok((hash, outcome)));
        }
    }

    /// Gives each lot to the endpoint once; what is to be tried again comes back.
    async fn round(&mut self, lots: Vec<Lot>, room: &mut Room) -> Vec<Lot> {
        let next = match self.fresh_nonce().await {
            Ok(nonce) => nonce.max(room.least),
            Err(error) => {
                lots.into_iter().for_each(|lot| lot.refuse(&error));
                return Vec::new();
            }
        };
        let free = std::mem::take(&mut room.free).into_iter().filter(|nonce| *nonce < next);
        let mut nonces = free.chain(next..).peekable();
        let (mut ready, mut attempts) = (Vec::new(), Vec::new());
        for lot in lots {
            let Some(nonce) = nonces.peek().copied() else { continue };
            match self.sign(&lot.intent, nonce, false).await {
                Ok((tried, attempt)) => {
                    nonces.next();
                    ready.push(Ready { nonce, lot, tried });
                    attempts.push(attempt);
                }
                Err(error) => lot.refuse(&error),
            }
        }
        room.free.extend(nonces.take_while(|nonce| *nonce < next));
        if let Err(error) = self.write(attempts).await {
            room.free.extend(ready.iter().map(|ready| ready.nonce));
            ready.into_iter().for_each(|ready| ready.lot.refuse(&error));
            return Vec::new();
        }
        let answers = self.give_in_order(&ready).await;
        let mut again = Vec::new();
        for (ready, taken) in ready.into_iter().zip(answers) {
            again.extend(self.answered(ready, taken, room).await);
        }
        again
    }

    /// A nonce after all that is not settled and all that the chain has seen.
    async fn fresh_nonce(&self) -> Result<u64, ChainError> {
        let counting = self.provider.get_transaction_count(self.wallet).pending();
        let counted = rpc("eth_getTransactionCount", counting).await?;
        Ok(counted.max(self.open.keys().next_back().map_or(0, |last| last + 1)))
    }

    /// All are under way before the first answer is there. Where one overtook another on the way, an endpoint may have found
    /// a gap: then it is given to it once more, behind the others.
    async fn give_in_order(&self, ready: &[Ready]) -> Vec<Taken> {
        let mut answers = join_all(ready.iter().map(|ready| self.give(&ready.tried.raw))).await;
        for (ready, taken) in ready.iter().zip(&mut answers).skip(1) {
            if matches!(taken, Taken::No(Refusal::NonceGap, _)) {
                *taken = self.give(&ready.tried.raw).await;
            }
        }
        answers
    }

    /// What the endpoint said of one of them; the lot comes back if it is to be tried again.
    async fn answered(&mut self, mut ready: Ready, taken: Taken, room: &mut Room) -> Option<Lot> {
        let Taken::No(refusal, said) = &taken else {
            self.keep(ready, &taken);
            return None;
        };
        let (nonce, action, reason) = (ready.nonce, known_action(&ready.lot.intent.action), said.clone());
        match refusal {
            Refusal::Known | Refusal::Busy | Refusal::NonceTooLow | Refusal::NonceGap => {
                self.keep(ready, &taken);
                return None;
            }
            // Under the cap it is offered more; above the cap it waits until the network asks for less.
            Refusal::Underpriced => match self.raised(&ready.lot.intent.request, ready.tried.max_fee).await {
                Ok(Some(raised)) => {
                    ready.lot.intent.request = raised;
                    room.free.insert(nonce);
                    room.refusal = Some(ChainError::Underpriced { action, reason });
                }
                Ok(None) | Err(_) => {
                    self.keep(ready, &taken);
                    return None;
                }
            },
            // Somebody else's transaction waits under that nonce.
            Refusal::ReplacementUnderpriced => {
                room.least = room.least.max(nonce + 1);
                room.refusal = Some(ChainError::Unavailable { call: "eth_sendRawTransaction", reason });
            }
            Refusal::NoFunds | Refusal::Other => {
                room.free.insert(nonce);
            }
        }
        self.mark(ready.tried.hash, AttemptState::Failed, said);
        let never = match refusal {
            Refusal::NoFunds => ChainError::NoGas { action, wallet: self.wallet },
            Refusal::Other => ChainError::Refused { action, reason: said.clone() },
            _ => return Some(ready.lot),
        };
        ready.lot.refuse(&never);
        None
    }

    /// From now on the nonce is the intent's.
    fn keep(&mut self, ready: Ready, taken: &Taken) {
        let Ready { nonce, lot, tried } = ready;
        self.note_taken(tried.hash, taken);
        self.open.insert(nonce, Pending::new(lot.intent, vec![tried]));
        self.join(nonce, lot.callers);
    }
}
