//! A worker's ledger replays to what the chain says, and a ledger that does not is told.

use crate::support::{Town, shell};
use poco::dapp::BuyOrder;
use poco::ledger::{export, import, verify};
use poco::solo::audit;

#[tokio::test(flavor = "multi_thread")]
async fn the_ledgers_say_what_the_chain_says_and_a_forged_one_does_not() {
    let mut town = Town::with_workers(2).await;
    let app = town.probe().await;
    town.hire_everyone().await;
    let script = "echo 42 > /iexec/consensus.iexec";
    let deal = town.buy(app, BuyOrder { trust: Some(3), ..shell(script) }).await;
    let digest = town.completed(deal.task()).await.digest.unwrap();

    for number in 0..2 {
        let worker = town.worker(number);
        town.entered(worker, deal.task(), "delivered").await;
        let path = town.workdir.path().join(format!("worker-{worker}.db"));
        let found = verify(&path).unwrap();
        assert_eq!(found.findings, []);
        let [witness] = found.witnesses.as_slice() else { panic!("{:?}", found.witnesses) };
        assert_eq!((witness.state.as_str(), witness.digest), ("delivered", Some(digest)));
        assert_eq!(audit(&town.chain, &found.witnesses).await.unwrap(), []);

        let mut text = Vec::new();
        export(&path, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let forged = path.with_extension("forged");
        import(&forged, text.replace(&digest.to_string(), &format!("0x{}", "ab".repeat(32))).as_bytes())
            .unwrap();
        let found = verify(&forged).unwrap();
        let told = audit(&town.chain, &found.witnesses).await.unwrap();
        assert_eq!(told.iter().map(|finding| finding.rule).collect::<Vec<_>>(), ["hash-differs"]);
    }
    town.close().await;
}
