//! The two sample dapps of the repository, three workers, trust 8: all three must agree.

use crate::support::{Archive, SampleDapp, Town, all_outputs_digest, repository};
use alloy::primitives::keccak256;
use poco::chain::{Chain, Task};
use poco::dapp::BuyOrder;
use poco::poco::{ContributionStatus, ResultDigest, result_hash};
use poco::requester;
use poco::results::DigestRule;
use std::collections::BTreeSet;

/// Runs a sample's own order with three workers and a trust that takes all of them.
async fn whole_journey(sample: &SampleDapp) -> (Town, Task) {
    let mut town = Town::with_workers(3).await;
    let app = town.deploy(&sample.app).await;
    let deal = town.buy(app, BuyOrder { trust: Some(8), ..sample.order.clone() }).await;
    town.hire_everyone().await;
    let task = town.completed(deal.task()).await;

    let workers: BTreeSet<_> = (0..3).map(|number| town.worker(number)).collect();
    assert_eq!(task.contributors.iter().copied().collect::<BTreeSet<_>>(), workers);
    assert_eq!((task.winner_counter, task.reveal_counter), (3, 3));
    let digest = task.digest.unwrap();
    assert_eq!(task.consensus, Some(result_hash(task.id, digest)));
    for worker in workers {
        let contribution = town.chain.contribution(task.id, worker).await.unwrap();
        assert_eq!(contribution.status, ContributionStatus::Proved);
        assert_eq!(town.entered(worker, task.id, "delivered").await.task, task.id);
    }
    (town, task)
}

#[tokio::test(flavor = "multi_thread")]
async fn find_circles_is_proved_by_its_consensus_file() {
    let sample = SampleDapp::prepare("find-circles", "iexec.json").await;
    let (town, task) = whole_journey(&sample).await;

    let expected =
        std::fs::read(repository().join("fixtures/find-circles/expected/consensus.iexec")).unwrap();
    assert_eq!(task.digest, Some(ResultDigest(keccak256(&expected))));
    assert_eq!(
        task.digest.unwrap().to_string(),
        "0x580935c26b1ed9e7c412654f6da6590a9ad9e369a9b5f0ca8f2b9b7887de9ead",
        "as fixtures/README.md has it"
    );
    let result = Archive::of(&task).await;
    assert_eq!(result.files["consensus.iexec"], expected);
    let fetched =
        requester::fetch(&town.chain, task.id, town.workdir.path().join("fetched.zip")).await.unwrap();
    assert_eq!(fetched.rule, DigestRule::ConsensusFile);
    let pictures: Vec<_> = result.paths().into_iter().filter(|path| path.starts_with("annotated/")).collect();
    assert_eq!(pictures.len(), 2, "one picture for each scene: {pictures:?}");
    for picture in pictures {
        assert!(result.files[picture].starts_with(b"\x89PNG\r\n\x1a\n"), "{picture} is a picture");
    }
    assert!(result.text("stdout.txt").contains(" discs in 2 pictures"));
    for input in
        ["scenes/quay.ppm", "scenes/night/sky.pgm", "settings/find.conf", "tools/summary.sh", "scenes.zip"]
    {
        assert!(!result.files.contains_key(input), "{input} is an input and did not change");
    }
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ffmpeg_is_proved_by_all_that_it_left() {
    let sample = SampleDapp::prepare("ffmpeg", "fixtures/ffmpeg/iexec.json").await;
    let (town, task) = whole_journey(&sample).await;

    let result = Archive::of(&task).await;
    assert_eq!(
        result.paths(),
        ["small.avi", "stderr.txt"],
        "ffmpeg prints to stderr alone, and small.mp4 is an input"
    );
    let video = &result.files["small.avi"];
    assert!(
        video.starts_with(b"RIFF") && &video[8..12] == b"AVI ",
        "a video of the format that was asked for"
    );
    assert!(result.text("stderr.txt").contains("Output #0, avi, to '/iexec/small.avi'"));
    assert_eq!(task.digest, Some(ResultDigest(all_outputs_digest(&[("small.avi", video)]))));
    town.close().await;
}
