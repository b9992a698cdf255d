//! Random orders, bent at random: the hub matches them into the predicted deal, or refuses with the predicted words.

use super::coverage::Coverage;
use super::ground::{Ground, Slot};
use super::{runner, runtime};
use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::providers::Provider;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall, SolEvent, SolValue};
use poco::chain::abi::{DealView, Hub, Resource};
use poco::poco::consensus::deal_trust;
use poco::poco::matching::{Consumed, Match, MatchRefusal};
use poco::poco::tag::DatasetTag;
use poco::poco::{
    AppOrder, DatasetOrder, DealId, Nrlc, Order, PocoError, RequestOrder, Tag, WorkerpoolOrder,
};
use proptest::prelude::*;

/// A group whose only member is the first worker.
const GROUP: Address = Address::repeat_byte(0x73);
const CATEGORIES: u64 = 5;

/// The four orders, unsigned, and who signs which: owners sign unless told otherwise.
#[derive(Clone, Debug)]
struct Orders {
    app: AppOrder,
    dataset: DatasetOrder,
    workerpool: WorkerpoolOrder,
    request: RequestOrder,
}

/// One change to orders that match.
#[derive(Clone, Copy, Debug)]
struct Bend {
    field: usize,
    value: u64,
}

const FIELDS: usize = 29;

/// What signatures are made to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signing {
    Right,
    Compact,
    BySomebodyElse(u8),
    Empty(u8),
}

impl Orders {
    /// Orders of everybody's that match.
    fn fit(
        ground: &Ground,
        parts: [usize; 3],
        pool: usize,
        prices: [u64; 3],
        salt: B256,
        dataset: bool,
    ) -> Self {
        let [app_price, dataset_price, pool_price] = prices.map(Nrlc::new);
        let one = U256::ONE;
        let app = AppOrder {
            app: ground.apps[parts[0]],
            appprice: app_price,
            volume: one,
            salt,
            ..AppOrder::default()
        };
        let mut data =
            DatasetOrder { datasetprice: dataset_price, volume: one, salt, ..DatasetOrder::default() };
        if dataset {
            data.dataset = ground.datasets[parts[1]];
        }
        let workerpool = WorkerpoolOrder {
            workerpool: ground.pools[pool].0,
            workerpoolprice: pool_price,
            volume: one,
            trust: U256::from(10),
            salt,
            ..WorkerpoolOrder::default()
        };
        let request = RequestOrder {
            app: app.app,
            appmaxprice: app_price,
            dataset: data.dataset,
            datasetmaxprice: dataset_price,
            workerpoolmaxprice: pool_price,
            requester: ground.people[parts[2]].address(),
            volume: one,
            trust: U256::from(3),
            beneficiary: Address::repeat_byte(0xbe),
            params: format!("{{\"cmdline\":\"{salt}\"}}"),
            salt,
            ..RequestOrder::default()
        };
        Self { app, dataset: data, workerpool, request }
    }

    fn bend(&mut self, ground: &Ground, Bend { field, value }: Bend) {
        let Self { app, dataset, workerpool, request } = self;
        let price = Nrlc::new(value % 40);
        let number = U256::from(value % 12);
        let tag = Tag(B256::from(U256::from(value & 0x11f)));
        // Somebody, nobody, a group, an account without code, an entry: whatever a restriction may name.
        let mut named =
            vec![Address::ZERO, GROUP, Address::repeat_byte(0x99), ground.pools[0].0, ground.pools[1].0];
        named.extend(ground.people.iter().map(PrivateKeySigner::address));
        named.extend(ground.apps.iter().chain(&ground.datasets));
        named.extend([app.app, dataset.dataset, workerpool.workerpool, request.requester]);
        let somebody = named[usize::try_from(value).unwrap_or(usize::MAX) % named.len()];
        match field {
            0 => request.category = number,
            1 => workerpool.category = number,
            2 => (request.category, workerpool.category) = (number, number),
            3 => request.trust = U256::from(value % 20),
            4 => app.appprice = price,
            5 => dataset.datasetprice = price,
            6 => workerpool.workerpoolprice = price,
            7 => app.tag = tag,
            8 => dataset.tag = tag,
            9 => request.tag = tag,
            10 => workerpool.tag = tag,
            11 => (workerpool.tag, request.tag) = (Tag(B256::repeat_byte(0xff)), tag),
            12 => (workerpool.tag, app.tag) = (Tag(B256::repeat_byte(0xff)), tag),
            13 => request.app = somebody,
            14 => request.dataset = somebody,
            15 => request.workerpool = somebody,
            16 => app.datasetrestrict = somebody,
            17 => app.workerpoolrestrict = somebody,
            18 => app.requesterrestrict = somebody,
            19 => dataset.apprestrict = somebody,
            20 => dataset.workerpoolrestrict = somebody,
            21 => dataset.requesterrestrict = somebody,
            22 => workerpool.apprestrict = somebody,
            23 => workerpool.datasetrestrict = somebody,
            24 => workerpool.requesterrestrict = somebody,
            25 => (app.app, request.app) = (somebody, somebody),
            26 => (dataset.dataset, request.dataset) = (somebody, somebody),
            27 => (workerpool.workerpool, request.workerpool) = (somebody, somebody),
            _ => match value % 4 {
                0 => app.volume = U256::ZERO,
                1 => dataset.volume = U256::ZERO,
                2 => workerpool.volume = U256::ZERO,
                _ => request.volume = U256::ZERO,
            },
        }
    }

    fn sign(&mut self, ground: &Ground, signing: Signing) {
        let owners = Owners::of(ground, self);
        let stranger = PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).unwrap();
        let key = |order: u8, owner: Option<usize>| match signing {
            Signing::BySomebodyElse(wrong) if wrong == order => &stranger,
            _ => owner.map_or(&stranger, |owner| &ground.people[owner]),
        };
        self.app.sign(&ground.domain, key(0, owners.app)).unwrap();
        self.dataset.sign(&ground.domain, key(1, owners.dataset)).unwrap();
        self.workerpool.sign(&ground.domain, key(2, owners.workerpool)).unwrap();
        self.request.sign(&ground.domain, key(3, owners.requester)).unwrap();
        let signs =
            [&mut self.app.sign, &mut self.dataset.sign, &mut self.workerpool.sign, &mut self.request.sign];
        for (order, sign) in (0u8..).zip(signs) {
            if signing == Signing::Empty(order) {
                *sign = Bytes::new();
            } else if signing == Signing::Compact {
                let long: [u8; 65] = sign.as_ref().try_into().unwrap();
                *sign = poco::poco::signature::compact(&long).unwrap().into();
            }
        }
    }

    fn offer(&self) -> Match<'_> {
        Match { app: &self.app, dataset: &self.dataset, workerpool: &self.workerpool, request: &self.request }
    }

    fn data(&self) -> Vec<u8> {
        Hub::matchOrdersCall {
            app: (&self.app).into(),
            dataset: (&self.dataset).into(),
            workerpool: (&self.workerpool).into(),
            request: (&self.request).into(),
        }
        .abi_encode()
    }

    /// What the hub must say: the volume of the deal, or the revert string.
    fn predict(&self, ground: &Ground, consumed: &Consumed) -> Result<U256, String> {
        let member = ground.workers()[0].address();
        let in_group = |group: Address, account: Address| group == GROUP && account == member;
        let refused = |why: MatchRefusal| why.revert();
        self.offer().check(U256::from(CATEGORIES), DatasetTag::default(), in_group).map_err(refused)?;
        let owners = Owners::of(ground, self);
        let signed = |owner: Option<usize>,
                      unregistered,
                      unsigned,
                      order: &dyn Fn(Address) -> Result<(), PocoError>| {
            let owner = owner.ok_or_else(|| refused(unregistered))?;
            order(ground.people[owner].address()).map_err(|error| match error {
                PocoError::SignatureFormat { .. } => "invalid-signature-format".to_owned(),
                _ => refused(unsigned),
            })
        };
        use MatchRefusal as Why;
        let domain = &ground.domain;
        signed(owners.app, Why::AppUnregistered, Why::AppUnsigned, &|owner| self.app.verify(domain, owner))?;
        if self.dataset.dataset != Address::ZERO {
            let dataset = |owner| self.dataset.verify(domain, owner);
            signed(owners.dataset, Why::DatasetUnregistered, Why::DatasetUnsigned, &dataset)?;
        }
        let pool = |owner| self.workerpool.verify(domain, owner);
        signed(owners.workerpool, Why::WorkerpoolUnregistered, Why::WorkerpoolUnsigned, &pool)?;
        let request = |owner| self.request.verify(domain, owner);
        signed(owners.requester, Why::RequestUnsigned, Why::RequestUnsigned, &request)?;
        self.offer().volume(consumed).map_err(refused)
    }
}

/// Which of the people own what the orders name; none for what is not registered.
struct Owners {
    app: Option<usize>,
    dataset: Option<usize>,
    workerpool: Option<usize>,
    requester: Option<usize>,
}

impl Owners {
    fn of(ground: &Ground, orders: &Orders) -> Self {
        let place = |entries: &[Address], entry: Address| entries.iter().position(|known| *known == entry);
        let people: Vec<_> = ground.people.iter().map(PrivateKeySigner::address).collect();
        let pool = ground.pools.iter().find(|(pool, _)| *pool == orders.workerpool.workerpool);
        Self {
            app: place(&ground.apps, orders.app.app),
            dataset: place(&ground.datasets, orders.dataset.dataset),
            workerpool: pool.map(|(_, owner)| *owner),
            requester: place(&people, orders.request.requester),
        }
    }
}

/// A ground where everybody is rich and a group exists.
async fn ground() -> Ground {
    let ground = Ground::new().await;
    for person in &ground.people {
        ground.set(Slot::Free, person.address(), U256::from(1_000_000_000_000_000u64)).await;
    }
    let member = ground.workers()[0].address();
    // keyHasPurpose(key, purpose): key == member && purpose == 4, as a word.
    let mut code = hex::decode("60043573").unwrap();
    code.extend_from_slice(member.as_slice());
    code.extend(hex::decode("146024356004141660005260206000f3").unwrap());
    let set: serde_json::Value =
        ground.provider.client().request("anvil_setCode", (GROUP, Bytes::from(code))).await.unwrap();
    assert!(set.is_null());
    ground
}

fn signing() -> impl Strategy<Value = Signing> {
    prop_oneof![
        8 => Just(Signing::Right),
        3 => Just(Signing::Compact),
        3 => (0u8..4).prop_map(Signing::BySomebodyElse),
        1 => (0u8..4).prop_map(Signing::Empty),
    ]
}

#[test]
fn bent_orders_are_refused_with_the_predicted_words() {
    let (mut runner, seed) = runner(700);
    let runtime = runtime();
    let ground = runtime.block_on(ground());
    let seen = Coverage::default();
    let bends = prop::collection::vec((0..FIELDS, any::<u64>()), 0..4);
    let strategy = (
        [0usize..9, 0usize..9, 0usize..9],
        0usize..2,
        [0u64..50, 0u64..50, 0u64..50],
        any::<[u8; 32]>(),
        (any::<bool>(), signing()),
        bends,
    );
    let outcome = runner.run(&strategy, |(parts, pool, prices, salt, (dataset, signing), bends)| {
        let mut orders = Orders::fit(&ground, parts, pool, prices, B256::from(salt), dataset);
        for (field, value) in bends {
            orders.bend(&ground, Bend { field, value });
        }
        orders.sign(&ground, signing);
        let predicted = orders.predict(&ground, &Consumed::default());
        match &predicted {
            Ok(_) => seen.note("matched"),
            Err(words) => seen.note(words),
        }
        let deal = DealId::new(orders.request.hash(&ground.domain), U256::ZERO);
        let answer = runtime.block_on(ground.call(orders.request.requester, orders.data()));
        let answer = answer.map(|bytes| DealId(B256::abi_decode(&bytes).unwrap()));
        prop_assert_eq!(answer, predicted.map(|_| deal), "{:?}", orders);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{seed}: {error}"));
    let mut wanted: Vec<String> = MatchRefusal::ALL.iter().map(|refusal| refusal.revert()).collect();
    wanted.extend(["matched".to_owned(), "invalid-signature-format".to_owned()]);
    seen.require(&wanted.iter().map(String::as_str).collect::<Vec<_>>(), &seed);
}

#[test]
fn a_group_lets_its_members_in_and_nobody_else() {
    let runtime = runtime();
    let ground = runtime.block_on(ground());
    // People 3 is the group's member, 0 is not.
    for (requester, field, expected) in [
        (3, 18, Ok(())),
        (3, 21, Ok(())),
        (3, 24, Ok(())),
        (0, 18, Err(MatchRefusal::AppRefusesRequester)),
        (0, 21, Err(MatchRefusal::DatasetRefusesRequester)),
        (0, 24, Err(MatchRefusal::WorkerpoolRefusesRequester)),
    ] {
        let mut orders = Orders::fit(&ground, [0, 0, requester], 0, [1, 1, 1], B256::random(), true);
        orders.bend(&ground, Bend { field, value: 1 });
        orders.sign(&ground, Signing::Right);
        let expected = expected.map_err(MatchRefusal::revert);
        assert_eq!(orders.predict(&ground, &Consumed::default()).map(drop), expected);
        let answer = runtime.block_on(ground.call(orders.request.requester, orders.data()));
        assert_eq!(answer.map(drop), expected, "field {field} of requester {requester}");
    }
}

#[test]
fn orders_are_consumed_by_deals_as_predicted() {
    let (mut runner, seed) = runner(30);
    let runtime = runtime();
    let ground = runtime.block_on(ground());
    let seen = Coverage::default();
    let volume = 1u64..7;
    let strategy = (
        ([0usize..9, 0usize..9, 0usize..9], 0usize..2, [0u64..50, 0u64..50, 0u64..50]),
        ([volume.clone(), volume.clone(), volume.clone(), volume], any::<[u8; 32]>(), any::<bool>()),
        (0u64..200, 0u64..=100, 0u64..11, any::<u16>()),
        prop::collection::vec(any::<bool>(), 1..5),
    );
    let outcome = runner.run(&strategy, |((parts, pool, prices), (volumes, salt, dataset), terms, again)| {
        let (stake, reward, trust, tag) = terms;
        let mut orders = Orders::fit(&ground, parts, pool, prices, B256::from(salt), dataset);
        [orders.app.volume, orders.dataset.volume, orders.workerpool.volume, orders.request.volume] =
            volumes.map(U256::from);
        orders.request.trust = U256::from(trust);
        // Anything but TEE, which the app would have to be made for.
        orders.request.tag = Tag(B256::from(U256::from(tag & !1)));
        orders.dataset.tag = Tag(B256::from(U256::from(tag.rotate_left(3) & !1)));
        orders.workerpool.tag = Tag(B256::repeat_byte(0xff));
        runtime.block_on(async {
            ground.set_policy(pool, U256::from(stake), U256::from(reward)).await;
            let mut consumed = Consumed::default();
            orders.sign(&ground, Signing::Right);
            for fresh_request in again {
                if fresh_request {
                    orders.request.salt = B256::random();
                    orders.sign(&ground, Signing::Right);
                    consumed.request = U256::ZERO;
                }
                strike(&ground, &orders, &mut consumed, (stake, reward), &seen).await;
            }
        });
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{seed}: {error}"));
    seen.require(&["a deal", "nothing left", "a part of a request"], &seed);
}

/// Sends a match and compares the deal, or the refusal, with the prediction.
async fn strike(
    ground: &Ground,
    orders: &Orders,
    consumed: &mut Consumed,
    policy: (u64, u64),
    seen: &Coverage,
) {
    let predicted = orders.predict(ground, consumed);
    let at = ground.after(1);
    let mined = ground.send(orders.request.requester, ground.config.hub, orders.data(), at).await;
    let domain = &ground.domain;
    let hashes = [
        orders.app.hash(domain),
        orders.dataset.hash(domain),
        orders.workerpool.hash(domain),
        orders.request.hash(domain),
    ];
    let dataset = orders.dataset.dataset != Address::ZERO;
    assert_eq!(mined.accepted, predicted.is_ok(), "{predicted:?} of {orders:?}");
    if let Ok(volume) = predicted {
        seen.note("a deal");
        let deal = DealId::new(hashes[3], consumed.request);
        let said =
            mined.logs.iter().find_map(|log| Hub::OrdersMatched::decode_log(&log.inner).ok()).unwrap().data;
        let expected = Hub::OrdersMatched {
            dealid: deal.0,
            appHash: hashes[0].0,
            datasetHash: if dataset { hashes[1].0 } else { B256::ZERO },
            workerpoolHash: hashes[2].0,
            requestHash: hashes[3].0,
            volume,
        };
        assert_eq!(said.encode_log_data(), expected.encode_log_data());
        let view = ground.hub.viewDeal(deal.0).call().await.unwrap();
        assert_eq!(view, expected_deal(ground, orders, policy, (consumed.request, volume, at)));
        for count in [&mut consumed.app, &mut consumed.workerpool, &mut consumed.request] {
            *count += volume;
        }
        if dataset {
            consumed.dataset += volume;
        }
        if consumed.request < orders.request.volume {
            seen.note("a part of a request");
        }
    } else {
        seen.note("nothing left");
    }
    let counts = [consumed.app, consumed.dataset, consumed.workerpool, consumed.request];
    for (hash, count) in hashes.into_iter().zip(counts) {
        assert_eq!(ground.hub.viewConsumed(hash.0).call().await.unwrap(), count);
    }
}

fn expected_deal(
    ground: &Ground,
    orders: &Orders,
    (stake, reward): (u64, u64),
    (first, volume, at): (U256, U256, u64),
) -> DealView {
    let terms = orders.offer().terms(U256::from(stake), U256::from(reward)).unwrap();
    let owners = Owners::of(ground, orders);
    let resource = |pointer: Address, owner: Option<usize>, price: Nrlc| Resource {
        pointer,
        owner: owner.map_or(Address::ZERO, |owner| ground.people[owner].address()),
        price: price.0,
    };
    let request = &orders.request;
    DealView {
        app: resource(orders.app.app, owners.app, terms.app_price),
        dataset: resource(orders.dataset.dataset, owners.dataset, terms.dataset_price),
        workerpool: resource(orders.workerpool.workerpool, owners.workerpool, terms.workerpool_price),
        trust: deal_trust(request.trust),
        category: request.category,
        tag: orders.offer().tag(DatasetTag::default()).0,
        requester: request.requester,
        beneficiary: request.beneficiary,
        callback: request.callback,
        params: request.params.clone(),
        startTime: U256::from(at),
        botFirst: first,
        botSize: volume,
        workerStake: terms.worker_stake.0,
        schedulerRewardRatio: terms.scheduler_reward_ratio,
        sponsor: request.requester,
    }
}
