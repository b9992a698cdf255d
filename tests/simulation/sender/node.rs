//! The network as it really is: blocks, what waits for one, fees, reorganisations, and the one wallet's other hand. It also
//! keeps the record that the laws are held against.

use super::plan::{GWEI, Plan};
use crate::dice::Dice;
use crate::life::Story;
use alloy::consensus::{Transaction as _, TxEnvelope};
use alloy::eips::eip2718::Decodable2718;
use alloy::primitives::{Address, B256, U256, keccak256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;
use tokio::time::Instant;

/// The contract that all intents call.
pub(super) const HUB: Address = Address::repeat_byte(0x11);

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Intent(u8),
    /// A transfer of nothing to the wallet itself.
    Nothing,
    /// Sent by hand.
    Foreign,
}

/// A signed transaction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tx {
    pub(super) hash: B256,
    pub(super) nonce: u64,
    pub(super) what: What,
    pub(super) max_fee: u128,
    tip: u128,
}

/// One block.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) number: u64,
    pub(super) base_fee: u128,
    pub(super) mined: Vec<(Tx, bool)>,
    /// The wallet's count after it.
    pub(super) count: u64,
    /// The intents that are done after it.
    pub(super) done: BTreeSet<u8>,
}

/// A node's no: its code and its words.
pub(super) type No = (i64, &'static str);

/// Everything.
pub(super) struct Net {
    pub(super) plan: Plan,
    pub(super) dice: Dice,
    pub(super) blocks: Vec<Block>,
    /// What waits, by nonce.
    pub(super) pool: BTreeMap<u64, Tx>,
    /// Written into the journal.
    pub(super) written: BTreeMap<B256, Tx>,
    /// What a node ever took, per nonce.
    taken: BTreeMap<u64, BTreeSet<What>>,
    /// Nonces whose mined transaction was thrown out at some time.
    pub(super) shaken: BTreeSet<u64>,
    pub(super) broken: Vec<String>,
    pub(super) trace: Vec<String>,
    /// How many transactions were given to a node.
    pub(super) given: u64,
}

/// The network, shared by all who play on it.
pub(super) struct Shared {
    net: Mutex<Net>,
    began: Instant,
}

impl Story for Shared {
    fn note(&self, line: String) {
        let at = self.began.elapsed().as_secs_f64();
        self.net().trace.push(format!("{at:>9.3} {line}"));
    }
}

impl Shared {
    pub(super) fn new(plan: Plan) -> Self {
        Self { net: Mutex::new(Net::new(plan)), began: Instant::now() }
    }

    pub(super) fn net(&self) -> MutexGuard<'_, Net> {
        self.net.lock().unwrap()
    }

    pub(super) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Whether no fault happens any more.
    pub(super) fn calm(&self) -> bool {
        self.now().as_secs() >= self.net().plan.calm_at
    }

    /// Whether a fault of this kind happens now.
    pub(super) fn unlucky(&self, what: &'static str, percent: u64) -> bool {
        !self.calm() && self.net().dice.chance(what, 0, percent)
    }

    pub(super) fn mine(&self) {
        let calm = self.calm();
        let told = self.net().mine(calm);
        told.into_iter().for_each(|line| self.note(line));
    }
}

impl Tx {
    /// Reads what was signed.
    pub(super) fn read(mut raw: &[u8], wallet: Address) -> Self {
        let tx = TxEnvelope::decode_2718(&mut raw).unwrap();
        let what = match tx.to() {
            Some(to) if to == wallet && tx.value() == U256::ZERO => What::Nothing,
            _ => What::Intent(tx.input()[0]),
        };
        let tip = tx.max_priority_fee_per_gas().unwrap_or(tx.max_fee_per_gas());
        Self { hash: *tx.tx_hash(), nonce: tx.nonce(), what, max_fee: tx.max_fee_per_gas(), tip }
    }
}

impl Net {
    /// An attempt is in the journal; `plain` when it offers no more than a gas price.
    pub(super) fn wrote(&mut self, tx: Tx, plain: bool) {
        self.written.insert(tx.hash, tx);
        if plain {
            self.broken.push(format!("{} offers a plain gas price on a chain with a base fee", tx.hash));
        }
    }

    fn new(plan: Plan) -> Self {
        let first = Block { number: 100, base_fee: GWEI, mined: Vec::new(), count: 7, done: BTreeSet::new() };
        Self {
            dice: Dice::new(plan.seed),
            plan,
            blocks: vec![first],
            pool: BTreeMap::new(),
            written: BTreeMap::new(),
            taken: BTreeMap::new(),
            shaken: BTreeSet::new(),
            broken: Vec::new(),
            trace: Vec::new(),
            given: 0,
        }
    }

    pub(super) fn newest(&self) -> &Block {
        &self.blocks[self.blocks.len() - 1]
    }

    /// The block `back` before the newest.
    pub(super) fn view(&self, back: u64) -> &Block {
        &self.blocks[(self.blocks.len() - 1).saturating_sub(back as usize)]
    }

    /// Where a transaction is, as of block `number`.
    pub(super) fn mined(&self, hash: B256, number: u64) -> Option<(&Block, bool)> {
        let blocks = self.blocks.iter().filter(|block| block.number <= number);
        blocks.into_iter().find_map(|block| {
            block.mined.iter().find(|(tx, _)| tx.hash == hash).map(|(_, succeeded)| (block, *succeeded))
        })
    }

    /// Whether it waits or was ever mined.
    pub(super) fn knows(&self, hash: B256) -> bool {
        self.pool.values().any(|tx| tx.hash == hash) || self.mined(hash, u64::MAX).is_some()
    }

    /// The first nonce that nobody uses.
    pub(super) fn next_free(&self) -> u64 {
        (self.newest().count..).find(|nonce| !self.pool.contains_key(nonce)).unwrap()
    }

    /// Gives a transaction to a node.
    pub(super) fn submit(&mut self, tx: Tx) -> Result<(), No> {
        self.given += 1;
        if !self.written.contains_key(&tx.hash) {
            self.broken.push(format!("{tx:?} is sent and not in the journal"));
        }
        if tx.max_fee > self.plan.cap_wei {
            self.broken.push(format!("{tx:?} is above the cap"));
        }
        if self.pool.values().any(|known| known.hash == tx.hash) {
            return Err((-32000, "already known"));
        }
        if tx.nonce < self.newest().count {
            return Err((-32000, "nonce too low: next nonce, tx nonce"));
        }
        if self.plan.refuses_gaps && tx.nonce > self.next_free() {
            return Err((-32010, "NonceGap, Future nonce"));
        }
        if self.plan.refuses_cheap && tx.max_fee < self.newest().base_fee {
            return Err((-32000, "max fee per gas less than block base fee"));
        }
        if let Some(known) = self.pool.get(&tx.nonce) {
            let tenth = |fee: u128| fee + fee / 10;
            if tx.max_fee < tenth(known.max_fee) || tx.tip < tenth(known.tip) {
                return Err((-32000, "replacement transaction underpriced"));
            }
        }
        self.took(tx);
        self.pool.insert(tx.nonce, tx);
        Ok(())
    }

    /// A node has taken it: from now on it may be mined at any time.
    fn took(&mut self, tx: Tx) {
        if let What::Intent(_) = tx.what {
            let twice = self.pool.values().find(|known| known.what == tx.what && known.nonce != tx.nonce);
            // What was mined before is over for the sender, and who asks again is told so by the chain alone.
            let over = |nonce: &u64| self.shaken.contains(nonce);
            if let Some(twice) = twice.filter(|known| !over(&known.nonce) && !over(&tx.nonce)) {
                self.broken.push(format!("one intent waits under two nonces: {twice:?}, {tx:?}"));
            }
            let intents = self.taken.entry(tx.nonce).or_default();
            intents.insert(tx.what);
            if intents.len() > 1 {
                self.broken.push(format!("nonce {} is for {intents:?}", tx.nonce));
            }
        }
    }

    /// Somebody sends from the wallet by hand, after what waits or in its place.
    fn by_hand(&mut self) -> String {
        let lowest = self.pool.keys().next().copied();
        let nonce = match lowest {
            Some(nonce) if self.dice.chance("in its place", 0, 50) => nonce,
            _ => self.next_free(),
        };
        let hash = keccak256(format!("by hand {} {nonce}", self.blocks.len()));
        let tx = Tx { hash, nonce, what: What::Foreign, max_fee: 1_000_000 * GWEI, tip: 1_000 * GWEI };
        self.pool.insert(nonce, tx);
        format!("nonce {nonce} is used by hand")
    }

    fn mine(&mut self, calm: bool) -> Vec<String> {
        let faults = self.plan.faults;
        let mut told = Vec::new();
        if !calm && self.dice.chance("reorg", 0, faults.reorg) {
            told.extend(self.reorganise());
        }
        if !calm && self.dice.chance("by hand", 0, faults.by_hand) {
            told.push(self.by_hand());
        }
        if !calm && self.dice.chance("dropped", 0, faults.dropped) {
            let waiting: Vec<u64> = self.pool.keys().copied().collect();
            for nonce in waiting {
                if self.dice.chance("this one", 0, 60) {
                    self.pool.remove(&nonce);
                    told.push(format!("what waits under {nonce} is dropped"));
                }
            }
        }
        let before = self.newest().clone();
        let spike = !calm && self.dice.chance("spike", 0, faults.spike);
        let base_fee = match spike {
            true => {
                before.base_fee.saturating_mul(u128::from(self.dice.between("by", 0, 2, 30))).min(500 * GWEI)
            }
            false => (before.base_fee * 7 / 8).max(GWEI),
        };
        let mut block = Block { number: before.number + 1, base_fee, mined: Vec::new(), ..before };
        while let Some(tx) = self.pool.get(&block.count).copied() {
            let passed_over = !calm && self.dice.chance("passed over", 0, faults.passed_over);
            if tx.max_fee < base_fee || passed_over {
                break;
            }
            self.pool.remove(&tx.nonce);
            block.count += 1;
            let succeeded = if let What::Intent(at) = tx.what { block.done.insert(at) } else { true };
            told.push(format!("{:?} is mined under {} in {}: {succeeded}", tx.what, tx.nonce, block.number));
            block.mined.push((tx, succeeded));
        }
        self.blocks.push(block);
        told
    }

    fn reorganise(&mut self) -> Vec<String> {
        let depth = self.dice.between("depth", 0, 1, self.plan.deepest_reorg.max(1)) as usize;
        let keep = self.blocks.len().saturating_sub(depth).max(1);
        let mut told = vec![format!("reorg of {} blocks", self.blocks.len() - keep)];
        let gone = self.blocks.split_off(keep);
        for (tx, _) in gone.into_iter().flat_map(|block| block.mined) {
            self.shaken.insert(tx.nonce);
            if self.dice.chance("forgotten", 0, self.plan.faults.forgotten) {
                told.push(format!("{:?} under {} is thrown out and forgotten", tx.what, tx.nonce));
            } else {
                self.pool.insert(tx.nonce, tx);
            }
        }
        told
    }
}
