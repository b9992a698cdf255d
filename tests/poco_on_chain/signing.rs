//! Signatures: the hub and `poco::poco::signature` believe the same ones, in both forms, however they are bent.

use super::coverage::Coverage;
use super::ground::{Ground, More};
use super::{runner, runtime};
use alloy::primitives::{Address, B256, U256};
use alloy::sol_types::{SolCall, SolValue};
use poco::poco::orders::Domain;
use poco::poco::{Authorization, PocoError, TaskId, signature};
use proptest::prelude::*;

const ORDER_OF_THE_CURVE: U256 =
    alloy::primitives::uint!(0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141_U256);

/// How a signature is bent.
#[derive(Clone, Debug)]
enum Bend {
    None,
    /// A byte is another one.
    Byte(usize, u8),
    /// The last bytes are missing, or there are more.
    Length(usize),
    V(u8),
    /// The other `s` that the curve allows, with the other `v`.
    HighS,
}

fn bend() -> impl Strategy<Value = Bend> {
    prop_oneof![
        4 => Just(Bend::None),
        2 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Bend::Byte(at, byte)),
        2 => (0usize..70).prop_map(Bend::Length),
        2 => prop_oneof![Just(0u8), Just(1), Just(26), Just(27), Just(28), Just(29), any::<u8>()].prop_map(Bend::V),
        1 => Just(Bend::HighS),
    ]
}

fn bent(mut bytes: Vec<u8>, bend: &Bend) -> Vec<u8> {
    match *bend {
        Bend::None => {}
        Bend::Byte(at, byte) => {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        Bend::Length(length) => bytes.resize(length, 0),
        Bend::V(v) => *bytes.last_mut().unwrap() = v,
        Bend::HighS => {
            let low = U256::from_be_slice(&bytes[32..64]) & (U256::MAX >> 1);
            let high: U256 = ORDER_OF_THE_CURVE - low;
            bytes[32..64].copy_from_slice(&high.to_be_bytes::<32>());
            if let Some(v) = bytes.get_mut(64) {
                *v = 55 - *v;
            }
        }
    }
    bytes
}

#[test]
fn the_hub_and_we_believe_the_same_signatures() {
    let (mut runner, seed) = runner(300);
    let runtime = runtime();
    let ground = runtime.block_on(Ground::new());
    let seen = Coverage::default();
    let strategy = (any::<[u8; 32]>(), any::<bool>(), bend(), 0usize..9, prop::bool::weighted(0.8));
    let outcome = runner.run(&strategy, |(task, compact, bend, person, right)| {
        let worker = ground.workers()[0].address();
        let signer = &ground.people[person];
        let expected = ground.people[if right { person } else { (person + 1) % 9 }].address();
        let leave = Authorization::sign(TaskId(B256::from(task)), worker, Address::ZERO, signer).unwrap();
        let mut bytes = leave.signature.to_vec();
        if compact {
            bytes = signature::compact(&bytes.try_into().unwrap()).unwrap().to_vec();
        }
        let leave = Authorization { signature: bent(bytes, &bend).into(), ..leave };
        let ours = leave.verify(expected);
        let call = More::verifySignatureCall {
            account: expected,
            hash: leave.digest(),
            signature: leave.signature.clone(),
        };
        let hubs = runtime.block_on(ground.call(worker, call.abi_encode()));
        let hubs = hubs.map(|answer| bool::abi_decode(&answer).unwrap());
        match &ours {
            Err(PocoError::SignatureFormat { .. }) => {
                seen.note("format");
                prop_assert_eq!(hubs, Err("invalid-signature-format".to_owned()));
            }
            other => {
                match other {
                    Ok(()) if compact => seen.note("believed, 64 bytes"),
                    Ok(()) => seen.note("believed, 65 bytes"),
                    Err(PocoError::WrongSigner { .. }) => seen.note("somebody else's"),
                    Err(_) => seen.note("nobody's"),
                }
                prop_assert_eq!(hubs, Ok(other.is_ok()), "{:?}", other);
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{seed}: {error}"));
    let wanted = ["believed, 64 bytes", "believed, 65 bytes", "format", "somebody else's", "nobody's"];
    seen.require(&wanted, &seed);
}

#[test]
fn the_domain_is_the_hubs() {
    let runtime = runtime();
    let ground = runtime.block_on(Ground::new());
    let separator = runtime.block_on(async { ground.hub.eip712domain_separator().call().await }).unwrap();
    assert_eq!(ground.domain.separator(), separator);
    let elsewhere = Domain { chain_id: ground.domain.chain_id + 1, ..ground.domain };
    assert_ne!(elsewhere.separator(), separator);
}
