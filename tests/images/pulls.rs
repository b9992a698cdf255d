//! From a name to an image that is here, on a real engine and a real registry.

use super::registry::{Door, INDEX, MANIFEST, PASSWORD, Registry, USER, reference, typed, unique};
use super::sign::{Signer, push_simple};
use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;
use poco::container::policy::{Conditions, ImagePattern, Policy, Proof, Requirement, Rule, Wanted};
use poco::container::registry::Credentials;
use poco::container::{DockerEngine, Engine, ImageRules};
use poco::dapp::ImageDigest;
use poco::poco::{Class, Fault};
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const REPOSITORY: &str = "acme/x";

fn nobody() -> ImageRules {
    ImageRules { credentials: Credentials::in_folder("/nowhere".into()), ..ImageRules::default() }
}

async fn engine(rules: ImageRules) -> DockerEngine {
    DockerEngine::connect().await.unwrap().with_images(rules)
}

fn rule(pattern: &str) -> Rule {
    let conditions =
        Conditions { image: Some(ImagePattern::parse(pattern).unwrap()), ..Conditions::default() };
    Rule { list: "deny-images", number: 1, line: None, conditions }
}

fn wanted(at: SocketAddr, tag: &str) -> Wanted {
    Wanted::new(reference(at, REPOSITORY, tag))
}

/// A door that moves the tag `1` to another image as soon as somebody has been told where it points.
async fn moving_door(registry: &Arc<Registry>, marker: String) -> Door {
    let pushed = registry.clone();
    Door::meddling(
        registry.address,
        None,
        Some(Arc::new(move |line| {
            let (registry, marker) = (pushed.clone(), marker.clone());
            Box::pin(async move {
                if line.contains("/manifests/1") {
                    registry.image(REPOSITORY, Some("1"), &marker).await;
                }
                None
            })
        })),
    )
    .await
}

#[tokio::test]
async fn a_tag_that_moves_between_check_and_pull_changes_nothing() {
    let registry = Arc::new(Registry::start().await);
    let (good, evil) = (unique("good"), unique("evil"));
    let digest = registry.image(REPOSITORY, Some("1"), &good).await;
    let door = moving_door(&registry, evil.clone()).await;
    let engine = engine(nobody()).await;
    let image = engine.image(&wanted(door.address, "1")).await.unwrap();
    assert_eq!(image.config.command, [good], "what was checked is what runs");
    assert!(image.is(&digest));
    assert!(door.asked("/manifests/1") > 0);

    // The next task that names the tag gets what the tag means by then, whatever is here.
    assert_eq!(engine.image(&wanted(door.address, "1")).await.unwrap().config.command, [evil]);
}

#[tokio::test]
async fn what_is_forbidden_is_not_even_asked_for() {
    let registry = Registry::start().await;
    registry.image(REPOSITORY, Some("1"), &unique("x")).await;
    let door = Door::open(registry.address).await;
    let policy = Policy { deny: vec![rule(&format!("{}/acme/*", door.address))], ..Policy::default() };
    let engine = engine(ImageRules { policy, ..nobody() }).await;
    let wanted = wanted(door.address, "1");
    assert_eq!(engine.admits(&wanted).unwrap_err().code(), "P-CO-040");
    assert_eq!(engine.image(&wanted).await.unwrap_err().code(), "P-CO-040");
    assert_eq!(door.asked("/"), 0);
}

#[tokio::test]
async fn a_digest_that_is_forbidden_is_resolved_and_not_pulled() {
    let registry = Registry::start().await;
    let digest = registry.image(REPOSITORY, Some("1"), &unique("x")).await;
    let door = Door::open(registry.address).await;
    let policy = Policy { deny: vec![rule(&format!("**@{digest}"))], ..Policy::default() };
    let engine = engine(ImageRules { policy, ..nobody() }).await;
    let wanted = wanted(door.address, "1");
    engine.admits(&wanted).expect("nobody knows the digest yet");
    let error = engine.image(&wanted).await.unwrap_err();
    assert_eq!((error.code(), error.class()), ("P-CO-040", Class::GiveUp));
    assert_eq!(door.asked("/blobs/"), 0);
}

#[tokio::test]
async fn only_what_is_signed_runs_and_of_an_index_the_index_is_what_counts() {
    let registry = Registry::start().await;
    let child = registry.image(REPOSITORY, None, &unique("child")).await;
    let entry = json!({ "digest": child.to_string(), "size": 1, "platform": { "architecture": "amd64", "os": "linux" } });
    let size = manifest_size(&registry, child).await;
    let mut entry = typed(entry, MANIFEST);
    entry["size"] = size.into();
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [entry] });
    let index = registry.manifest(REPOSITORY, Some("1"), INDEX, &index).await;

    let alice = Signer::new(1);
    let signed_as = format!("{}/{REPOSITORY}", registry.address);
    let require = Requirement { rule: rule("**"), proof: Proof::Signature(vec![alice.public()]) };
    let policy = Policy { require: vec![require], ..Policy::default() };
    let engine = engine(ImageRules { policy, ..nobody() }).await;
    let (by_tag, by_index) = (wanted(registry.address, "1"), wanted(registry.address, "1").checked(index));
    let code = async |wanted: &Wanted| engine.image(wanted).await.err().map(|error| error.code());

    assert_eq!(code(&by_tag).await, Some("P-CO-044"));
    let layer = alice.layer(&registry, REPOSITORY, &signed_as, child).await;
    push_simple(&registry, REPOSITORY, child, &[layer]).await;
    assert_eq!(code(&by_index).await, Some("P-CO-044"), "one platform does not sign for the index");
    let layer = alice.layer(&registry, REPOSITORY, &signed_as, index).await;
    push_simple(&registry, REPOSITORY, index, &[layer]).await;
    assert_eq!((code(&by_tag).await, code(&by_index).await), (None, None));
    drop(registry);
    assert_eq!(code(&by_index).await, None, "it is here, and a signature that held holds");
}

async fn manifest_size(registry: &Registry, digest: ImageDigest) -> usize {
    let url = format!("http://{}/v2/{REPOSITORY}/manifests/{digest}", registry.address);
    let answer = reqwest::Client::new().get(url).header("accept", MANIFEST).send().await.unwrap();
    answer.bytes().await.unwrap().len()
}

#[tokio::test]
async fn however_many_want_it_one_pulls() {
    let registry = Registry::start().await;
    let digest = registry.image(REPOSITORY, Some("1"), &unique("many")).await;
    let door = Door::open(registry.address).await;
    let (engine, wanted) = (engine(nobody()).await, wanted(door.address, "1").checked(digest));
    let all = futures_util::future::join_all((0..5).map(|_| engine.image(&wanted))).await;
    assert!(all.iter().all(|image| image.as_ref().unwrap().is(&digest)));
    assert_eq!(
        door.asked("GET /v2/acme/x/manifests/"),
        1,
        "the engine would ask for each, and fetch the layers once"
    );
    // Its configuration and its only layer.
    assert_eq!(door.asked("/blobs/"), 2);
}

fn docker_config(folder: &Path, at: SocketAddr, user: &str, password: &str) -> ImageRules {
    let auth = STANDARD.encode(format!("{user}:{password}"));
    let config = json!({ "auths": { at.to_string(): { "auth": auth } } });
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    ImageRules { credentials: Credentials::in_folder(folder.into()), ..ImageRules::default() }
}

#[tokio::test]
async fn a_closed_registry_opens_to_the_login_of_dockers_configuration() {
    let registry = Registry::start_closed().await;
    let digest = registry.image(REPOSITORY, Some("1"), &unique("closed")).await;
    let alice = Signer::new(1);
    let layer =
        alice.layer(&registry, REPOSITORY, &format!("{}/{REPOSITORY}", registry.address), digest).await;
    push_simple(&registry, REPOSITORY, digest, &[layer]).await;
    let require = Requirement { rule: rule("**"), proof: Proof::Signature(vec![alice.public()]) };
    let policy = Policy { require: vec![require], ..Policy::default() };

    let dir = tempfile::tempdir().unwrap();
    let wanted = wanted(registry.address, "1");
    assert!(engine(nobody()).await.image(&wanted).await.is_err(), "nobody is let in");
    let wrong = docker_config(dir.path(), registry.address, USER, "wrong");
    assert!(engine(wrong).await.image(&wanted).await.is_err());
    let right = docker_config(dir.path(), registry.address, USER, PASSWORD);
    let image = engine(ImageRules { policy, ..right }).await.image(&wanted).await.unwrap();
    assert!(image.is(&digest));

    std::fs::write(dir.path().join("config.json"), "{").unwrap();
    let broken =
        ImageRules { credentials: Credentials::in_folder(dir.path().into()), ..ImageRules::default() };
    let error = engine(broken).await.image(&wanted).await.unwrap_err();
    assert_eq!(error.code(), "P-CO-047");
}

#[tokio::test]
async fn a_pull_that_stands_still_is_given_up_and_can_be_done_again() {
    let registry = Registry::start().await;
    let digest = registry.image(REPOSITORY, Some("1"), &unique("stalled")).await;
    // Every blob begins and never ends.
    let door = Door::meddling(
        registry.address,
        Some(Arc::new(|line| {
            let begun = futures_util::stream::once(async { Ok::<_, std::io::Error>("x") });
            let body = || Body::from_stream(begun.chain(futures_util::stream::pending()));
            let answer = line
                .contains("/blobs/")
                .then(|| Response::builder().header("content-length", "1000").body(body()).unwrap());
            Box::pin(async move { answer })
        })),
        None,
    )
    .await;
    let engine = engine(ImageRules { patience: Duration::from_secs(3), ..nobody() }).await;
    let error = engine.image(&wanted(door.address, "1").checked(digest)).await.unwrap_err();
    assert_eq!((error.code(), error.class()), ("P-CO-006", Class::Retry));
    let again = engine.image(&wanted(registry.address, "1").checked(digest)).await.unwrap();
    assert!(again.is(&digest));
}

#[tokio::test]
async fn a_registry_that_dies_in_the_middle_of_a_pull_is_no_image() {
    let registry = Registry::start().await;
    let digest = registry.image(REPOSITORY, Some("1"), &unique("dying")).await;
    // Whoever asks for a blob finds the line cut.
    let door = Door::meddling(
        registry.address,
        Some(Arc::new(|line| {
            let cut = futures_util::stream::iter([Ok("x"), Err(std::io::Error::other("dead"))]);
            let answer = line.contains("/blobs/").then(|| {
                Response::builder().header("content-length", "1000").body(Body::from_stream(cut)).unwrap()
            });
            Box::pin(async move { answer })
        })),
        None,
    )
    .await;
    let engine = engine(ImageRules { patience: Duration::from_secs(3), ..nobody() }).await;
    let error = engine.image(&wanted(door.address, "1").checked(digest)).await.unwrap_err();
    assert!(matches!(error.code(), "P-CO-004" | "P-CO-005" | "P-CO-006"), "{error}");
    assert_eq!(error.class(), Class::Retry);
}

#[tokio::test]
async fn under_a_budget_what_we_pulled_goes_and_what_others_named_stays() {
    let registry = Registry::start().await;
    let docker = super::registry::docker().await;
    let mark = format!("poco.invalid/{}", unique("budget"));
    let rules = |budget_bytes, rest_seconds| {
        let rest = Duration::from_secs(rest_seconds);
        ImageRules { budget_bytes, rest, mark: mark.clone(), ..nobody() }
    };
    let pull = async |marker: &str, rules: ImageRules| {
        let digest = registry.image(REPOSITORY, Some(marker), &unique(marker)).await;
        let wanted = wanted(registry.address, marker).checked(digest);
        let engine = engine(rules).await;
        (engine.image(&wanted).await.unwrap().id, wanted)
    };
    let is_here = async |id: &str| docker.inspect_image(id).await.is_ok();
    let (first, wanted_first) = pull("first", rules(1 << 30, 0)).await;
    let (second, _) = pull("second", rules(1 << 30, 0)).await;
    let (named, _) = pull("named", rules(1 << 30, 0)).await;
    let theirs = unique("theirs");
    super::registry::tag(&docker, &named, &theirs).await;

    pull("third", rules(0, 3600)).await;
    assert!(is_here(&first).await && is_here(&second).await, "tasks asked for them not long ago");
    engine(rules(0, 0)).await.image(&wanted_first).await.unwrap();
    // One more than fits: the longest unused is the second, for the first was used again.
    let bytes = u64::try_from(docker.inspect_image(&first).await.unwrap().size.unwrap()).unwrap();
    let (last, _) = pull("last", rules(bytes * 3 + bytes / 2, 0)).await;
    assert!(is_here(&first).await && is_here(&last).await);
    assert!(!is_here(&second).await, "it was not used for longest");
    let (last, _) = pull("end", rules(0, 0)).await;
    assert!(!is_here(&first).await && is_here(&named).await, "what somebody else named stays");
    assert!(is_here(&last).await, "a task is about to run it");
    super::registry::forget(&docker, &theirs).await;
}
