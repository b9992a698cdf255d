//! What lies between the sender and the network: JSON-RPC in this process, with everything that can happen on the way.

use super::node::{Block, Net, No, Shared, Tx};
use crate::life::{Life, Story};
use alloy::primitives::{Address, B256, Bytes, U64, U128};
use alloy::rpc::json_rpc::{
    ErrorPayload, RequestPacket, Response, ResponsePacket, ResponsePayload, SerializedRequest,
};
use alloy::transports::{TransportError, TransportErrorKind, TransportFut};
use serde_json::{Value, json, value::to_raw_value};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tower_service::Service;

/// A connection of one life.
#[derive(Clone)]
pub(super) struct Wire {
    pub(super) life: Arc<Life<Shared>>,
    pub(super) wallet: Address,
}

impl Wire {
    async fn ask(self, packet: RequestPacket) -> Result<ResponsePacket, TransportError> {
        let RequestPacket::Single(request) = packet else { unreachable!("nobody asks in batches") };
        let method = request.method().to_owned();
        let shared = &self.life.shared;
        let faults = shared.net().plan.faults;
        let call = self.life.before(&method).await;
        let millis = shared.net().dice.between("travel", 0, 1, 120);
        tokio::time::sleep(Duration::from_millis(millis)).await;
        if shared.unlucky("away", faults.away) {
            self.life.after(call).await;
            return Err(self.lost().await);
        }
        let mut answer = self.answer(&method, &request);
        if shared.unlucky("doubled", faults.doubled) {
            answer = self.answer(&method, &request);
        }
        self.life.after(call).await;
        let millis = shared.net().dice.between("travel back", 0, 1, 120);
        tokio::time::sleep(Duration::from_millis(millis)).await;
        // Who was killed meanwhile hears nothing.
        self.life.breathing().await;
        if shared.unlucky("lost answer", faults.lost_answer) {
            return Err(self.lost().await);
        }
        let payload = match answer {
            Ok(value) => ResponsePayload::Success(to_raw_value(&value).unwrap()),
            Err((code, message)) => {
                ResponsePayload::Failure(ErrorPayload { code, message: message.into(), data: None })
            }
        };
        Ok(ResponsePacket::Single(Response { id: request.id().clone(), payload }))
    }

    /// Nothing is heard: at once, or after longer than anybody waits.
    async fn lost(&self) -> TransportError {
        let hangs = self.life.shared.net().plan.faults.hangs;
        if self.life.shared.unlucky("hangs", hangs) {
            tokio::time::sleep(Duration::from_secs(120)).await;
        }
        TransportErrorKind::custom_str("connection reset")
    }

    fn answer(&self, method: &str, request: &SerializedRequest) -> Result<Value, No> {
        let shared = &self.life.shared;
        let faults = shared.net().plan.faults;
        let busy = shared.unlucky("busy", faults.busy);
        let lags = shared.unlucky("lag", faults.lag);
        let back = if lags { shared.net().dice.between("back", 0, 1, 3) } else { 0 };
        let params: Value =
            request.params().map_or(Value::Null, |raw| serde_json::from_str(raw.get()).unwrap());
        let mut net = shared.net();
        let passed_on = !busy || net.dice.chance("passed on", 0, 50);
        if method == "eth_sendRawTransaction" && passed_on {
            let raw: Bytes = serde_json::from_value(params[0].clone()).unwrap();
            let tx = Tx::read(&raw, self.wallet);
            drop(net);
            let refused = shared.unlucky("refused", faults.refused);
            let mut net = shared.net();
            if refused && !net.knows(tx.hash) {
                return Err((-32000, "insufficient funds for gas * price + value"));
            }
            let taken = net.submit(tx);
            drop(net);
            shared.note(format!("{:?} under {} at {} wei: {taken:?}", tx.what, tx.nonce, tx.max_fee));
            return match busy {
                true => Err((-32603, "internal error")),
                false => taken.map(|()| json!(tx.hash)),
            };
        }
        if busy {
            return Err((-32005, "daily request count exceeded"));
        }
        read(&net, method, &params, back, lags)
    }
}

/// What a node says that is `back` blocks behind, and knows nothing of what waits if it `lags`.
fn read(net: &Net, method: &str, params: &Value, back: u64, lags: bool) -> Result<Value, No> {
    let view = net.view(back);
    match method {
        "eth_estimateGas" => {
            let call = &params[0];
            let data = call.get("input").or_else(|| call.get("data")).cloned().unwrap_or_default();
            let data: Bytes = serde_json::from_value(data).unwrap_or_default();
            match data.first() {
                Some(at) if view.done.contains(at) => Err((3, "execution reverted: it is done")),
                _ => Ok(json!(U64::from(50_000))),
            }
        }
        "eth_getTransactionCount" if params[1] == "pending" && !lags => Ok(json!(U64::from(net.next_free()))),
        "eth_getTransactionCount" => Ok(json!(U64::from(view.count))),
        "eth_feeHistory" => Ok(json!({
            "oldestBlock": U64::from(view.number),
            "baseFeePerGas": [U128::from(view.base_fee), U128::from(view.base_fee)],
            "gasUsedRatio": [0.5],
            "reward": [[U128::from(100_000_000u64)]],
        })),
        "eth_gasPrice" => Ok(json!(U128::from(view.base_fee + 100_000_000))),
        "eth_getTransactionReceipt" => {
            let hash: B256 = serde_json::from_value(params[0].clone()).unwrap();
            Ok(net
                .mined(hash, view.number)
                .map_or(Value::Null, |(block, succeeded)| receipt(hash, block.number, succeeded)))
        }
        "eth_getBlockReceipts" => {
            let number: U64 = serde_json::from_value(params[0].clone()).unwrap();
            let asked = |block: &&Block| block.number == number.to::<u64>() && block.number <= view.number;
            Ok(net.blocks.iter().find(asked).map_or(Value::Null, |block| {
                block.mined.iter().map(|(tx, succeeded)| receipt(tx.hash, block.number, *succeeded)).collect()
            }))
        }
        other => unreachable!("nobody asks for {other}"),
    }
}

fn receipt(hash: B256, block: u64, succeeded: bool) -> Value {
    json!({
        "transactionHash": hash,
        "blockNumber": U64::from(block),
        "gasUsed": "0xc350",
        "status": if succeeded { "0x1" } else { "0x0" },
    })
}

impl Service<RequestPacket> for Wire {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, packet: RequestPacket) -> Self::Future {
        Box::pin(self.clone().ask(packet))
    }
}
