//! The live network's container contract: `/iexec_in`, `/iexec_out`, `IEXEC_*`, and a proof named by `computed.json`.

use crate::support::{Archive, Deal, Town, build, repository, serve_folder};
use alloy::primitives::{B256, keccak256};
use poco::dapp::BuyOrder;
use poco::poco::ResultDigest;
use poco::requester;
use poco::results::DigestRule;
use serde_json::json;
use sha2::{Digest, Sha256};

/// An order of one run of `script` by the probe's shell, under the live contract.
fn live(script: &str, input_files: &[&str]) -> BuyOrder {
    assert!(!script.contains('\''), "the script stands in single quotes");
    let params = json!({ "iexec_args": format!("sh -c '{script}'"), "iexec_input_files": input_files });
    BuyOrder { params: params.to_string(), ..BuyOrder::default() }
}

/// A script's end that names what proves the run.
fn proved_by(path: &str) -> String {
    format!(r#"echo "{{\"deterministic-output-path\":\"{path}\"}}" > /iexec_out/computed.json"#)
}

fn sha256(bytes: impl AsRef<[u8]>) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// What the variables of a deal's first task must be.
fn variables(deal: &Deal, url: &str) -> String {
    let nobody = format!("0x{}", "0".repeat(40));
    let mut lines = [
        "IEXEC_BOT_FIRST_INDEX=0".to_owned(),
        "IEXEC_BOT_SIZE=1".to_owned(),
        "IEXEC_BOT_TASK_INDEX=0".to_owned(),
        format!("IEXEC_DATASET_ADDRESS={nobody}"),
        format!("IEXEC_DATASET_FILENAME={nobody}"),
        format!("IEXEC_DEAL_ID={}", deal.id),
        "IEXEC_IN=/iexec_in".to_owned(),
        "IEXEC_INPUT_FILES_FOLDER=/iexec_in".to_owned(),
        "IEXEC_INPUT_FILES_NUMBER=1".to_owned(),
        format!("IEXEC_INPUT_FILE_NAME_1=0x{}", hex::encode(sha256(url))),
        "IEXEC_OUT=/iexec_out".to_owned(),
        format!("IEXEC_TASK_ID={}", deal.task()),
        "IEXEC_TASK_INDEX=0".to_owned(),
    ];
    lines.sort();
    lines.map(|line| line + "\n").concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_dapp_is_proved_by_the_file_that_it_names() {
    let mut town = Town::with_workers(3).await;
    build("find-circles").await;
    let app = town.probe().await;
    let url = format!("{}/scenes.zip", serve_folder("find-circles").await);
    let script = format!(
        "env | grep ^IEXEC_ | sort > /iexec_out/env.txt; \
         sha256sum < /iexec_in/$IEXEC_INPUT_FILE_NAME_1 > /iexec_out/out.txt; \
         head -c 8 /dev/urandom > /iexec_out/consensus.iexec; {}",
        proved_by("/iexec_out/out.txt")
    );
    let deal = town.buy(app, BuyOrder { trust: Some(8), ..live(&script, &[&url]) }).await;
    town.hire_everyone().await;
    let task = town.completed(deal.task()).await;

    let input = std::fs::read(repository().join("target/fixtures/find-circles/serve/scenes.zip")).unwrap();
    let printed = format!("{}  -\n", hex::encode(sha256(input)));
    assert_eq!(task.digest, Some(ResultDigest(B256::new(sha256(&printed)))));
    let result = Archive::of(&task).await;
    assert_eq!(result.paths(), ["computed.json", "consensus.iexec", "env.txt", "out.txt"]);
    assert_eq!(result.text("out.txt"), printed);
    assert_eq!(result.text("env.txt"), variables(&deal, &url));

    // A file of the classic contract's name means nothing here, and is not taken for a broken proof.
    let path = town.workdir.path().join("fetched.zip");
    let fetched = requester::fetch(&town.chain, task.id, path.clone()).await.unwrap();
    assert_eq!((fetched.path, fetched.rule), (path, DigestRule::ComputedFile));
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_dapp_is_proved_by_the_folder_or_the_callback_that_it_names() {
    let mut town = Town::with_workers(1).await;
    let app = town.probe().await;
    town.hire_everyone().await;

    let script = format!(
        "mkdir /iexec_out/all; echo beta > /iexec_out/all/b; echo alpha > /iexec_out/all/a; {}",
        proved_by("/iexec_out/all")
    );
    let deal = town.buy(app, live(&script, &[])).await;
    let task = town.completed(deal.task()).await;
    let folder = [sha256("alpha\n"), sha256("beta\n")].concat();
    assert_eq!(task.digest, Some(ResultDigest(keccak256(folder))));

    let script = r#"echo "{\"callback-data\":\"0xc0ffee\"}" > /iexec_out/computed.json"#;
    let callback = Some(town.devnet.accounts().requester.address());
    let deal = town.buy(app, BuyOrder { callback, ..live(script, &[]) }).await;
    let task = town.completed(deal.task()).await;
    assert_eq!(task.results_callback.as_ref(), [0xc0, 0xff, 0xee]);
    assert_eq!(task.digest, Some(ResultDigest(keccak256([0xc0, 0xff, 0xee]))));
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn params_that_are_no_object_are_the_command_line_as_a_whole() {
    let mut town = Town::with_workers(1).await;
    let app = town.probe().await;
    town.hire_everyone().await;
    let script = format!("echo 42 > /iexec_out/out.txt; {}", proved_by("/iexec_out/out.txt"));
    let order = BuyOrder { params: format!("sh -c '{script}'"), ..BuyOrder::default() };
    let task = town.completed(town.buy(app, order).await.task()).await;
    assert_eq!(task.digest, Some(ResultDigest(B256::new(sha256("42\n")))));

    // Without computed.json nothing is proved, whatever else there is.
    let deal = town.buy(app, live("echo 42 > /iexec_out/consensus.iexec", &[])).await;
    town.given_up(town.worker(0), deal.task(), "P-RE-013").await;
    town.close().await;
}
