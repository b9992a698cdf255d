//! Transactions of one key.

use super::Row;
use crate::pairs::{ROUNDS, Side, Table, Unit, in_milliseconds};
use alloy::network::{EthereumWallet, TransactionBuilder};
use alloy::primitives::Bytes;
use alloy::providers::{Provider, ProviderBuilder};
use alloy::rpc::types::TransactionRequest;
use poco::chain::{Gas, Sender};
use poco::devnet::{Devnet, DevnetOptions};
use std::cell::Cell;
use std::time::Instant;
use tokio::runtime::Runtime;

pub const ROW: Row = Row {
    name: "send",
    what: "Transactions of one key on a devnet that mines each at once: accepted, mined, and their receipts read.",
    run,
};

const MANY: usize = 500;

fn run() -> Vec<Table> {
    let runtime = Runtime::new().expect("a runtime");
    let devnet = runtime.block_on(Devnet::start(&DevnetOptions::default())).expect("a devnet");
    let accounts = devnet.accounts();
    let sender = {
        let _inside = runtime.enter();
        devnet.endpoint().sender(accounts.requester.clone(), Gas::default())
    };
    let wallet = EthereumWallet::from(accounts.developer.clone());
    let url = devnet.ws().expect("the chain has a port");
    let plain = runtime
        .block_on(ProviderBuilder::new().wallet(wallet).connect(url.as_str()))
        .expect("the chain answers");
    let to = devnet.hub();
    // Each call is another one: of the same twice at once the sender makes one.
    let calls = Cell::new(0);
    let call = |sender: &Sender| {
        let sender = sender.clone();
        let data = view_call(calls.replace(calls.get() + 1));
        async move { sender.send("bench", to, data, 0).await.expect("it is mined") }
    };
    let transfer = || async {
        let request = TransactionRequest::default().with_to(to).with_input(view_call(0));
        let pending = plain.send_transaction(request).await.expect("it is taken");
        pending.get_receipt().await.expect("it is mined");
    };
    let all = vec![
        Side::new("poco, all at once", || {
            runtime.block_on(async {
                let start = Instant::now();
                futures_util::future::join_all((0..MANY).map(|_| call(&sender))).await;
                in_milliseconds(start.elapsed())
            })
        }),
        Side::new("alloy, one at a time", || {
            runtime.block_on(async {
                let start = Instant::now();
                for _ in 0..MANY / 10 {
                    transfer().await;
                }
                in_milliseconds(start.elapsed()) * 10.0
            })
        }),
    ];
    let all = Table::measure(format!("{MANY} transactions"), Unit::Milliseconds, ROUNDS, all)
        .noted("alloy's figure is ten times that of a tenth of them.");
    let single = vec![
        Side::timed("poco", || {
            runtime.block_on(call(&sender));
        }),
        Side::timed("alloy, over its own subscription", || runtime.block_on(transfer())),
    ];
    vec![all, Table::measure("one transaction, until its receipt", Unit::Milliseconds, 3 * ROUNDS, single)]
}

/// A call of the hub's that changes nothing, `name()`, with a number behind it that it does not read.
fn view_call(number: u64) -> Bytes {
    [&[0x06, 0xfd, 0xde, 0x03][..], &number.to_be_bytes()].concat().into()
}
