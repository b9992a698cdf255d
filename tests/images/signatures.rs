//! Who vouches for an image, asked of a real registry.

use super::registry::{Door, Registry, reference, unique};
use super::sign::{Signer, push_bundles, push_fallback, push_simple};
use axum::response::{IntoResponse, Response};
use poco::container::registry::Credentials;
use poco::container::trust::{self, Flaw, Untrusted};
use poco::dapp::ImageDigest;
use poco::poco::{Class, Fault};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

const SIGNED: &str = "https://sigstore.dev/cosign/sign/v1";
const REPOSITORY: &str = "acme/x";

async fn check(at: SocketAddr, digest: ImageDigest, by: &[&Signer]) -> Result<(), Untrusted> {
    let keys: Vec<_> = by.iter().map(|signer| signer.public()).collect();
    let nobody = Credentials::in_folder("/nowhere".into());
    trust::check(&nobody, &reference(at, REPOSITORY, "1"), &digest, &keys).await
}

fn flaws(checked: Result<(), Untrusted>) -> Vec<Flaw> {
    match checked {
        Err(Untrusted::NoneHolds { flaws, .. }) => flaws,
        other => panic!("{other:?}"),
    }
}

/// A registry with one image.
async fn shop() -> (Registry, ImageDigest) {
    let registry = Registry::start().await;
    let digest = registry.image(REPOSITORY, Some("1"), &unique("signed")).await;
    (registry, digest)
}

#[tokio::test]
async fn an_image_without_a_signature_is_not_signed() {
    let (registry, digest) = shop().await;
    let error = check(registry.address, digest, &[&Signer::new(1)]).await.unwrap_err();
    assert!(matches!(error, Untrusted::NotSigned { .. }), "{error}");
    assert_eq!((error.code(), error.class()), ("P-CO-044", Class::GiveUp));
}

#[tokio::test]
async fn a_signature_of_the_first_form_holds_for_its_key_its_digest_and_its_repository() {
    let (registry, digest) = shop().await;
    let (alice, bob) = (Signer::new(1), Signer::new(2));
    let signed_as = format!("{}/{REPOSITORY}", registry.address);
    let layer = alice.layer(&registry, REPOSITORY, &signed_as, digest).await;
    push_simple(&registry, REPOSITORY, digest, std::slice::from_ref(&layer)).await;
    check(registry.address, digest, &[&alice]).await.unwrap();
    check(registry.address, digest, &[&bob, &alice]).await.unwrap();
    let error = check(registry.address, digest, &[&bob]).await;
    assert_eq!(error.as_ref().unwrap_err().code(), "P-CO-045");
    assert_eq!(flaws(error), [Flaw::OtherKey]);

    // Copied to another image.
    let other = registry.image(REPOSITORY, None, &unique("other")).await;
    push_simple(&registry, REPOSITORY, other, std::slice::from_ref(&layer)).await;
    assert_eq!(flaws(check(registry.address, other, &[&alice]).await), [Flaw::OtherDigest]);

    // Made for a repository of the same owner's.
    let elsewhere = alice.layer(&registry, REPOSITORY, "ghcr.io/acme/debug", other).await;
    push_simple(&registry, REPOSITORY, other, &[elsewhere]).await;
    let said = flaws(check(registry.address, other, &[&alice]).await);
    assert_eq!(said, [Flaw::OtherRepository("ghcr.io/acme/debug".into())]);

    // Bob's beside Alice's.
    let bobs = bob.layer(&registry, REPOSITORY, &signed_as, digest).await;
    push_simple(&registry, REPOSITORY, digest, &[bobs, layer]).await;
    check(registry.address, digest, &[&alice]).await.unwrap();
}

#[tokio::test]
async fn a_payload_that_was_changed_is_nobodys() {
    let (registry, digest) = shop().await;
    let alice = Signer::new(1);
    let signed_as = format!("{}/{REPOSITORY}", registry.address);
    let honest = alice.layer(&registry, REPOSITORY, &signed_as, ImageDigest([1; 32])).await;
    let mut forged = alice.layer(&registry, REPOSITORY, &signed_as, digest).await;
    forged["annotations"] = honest["annotations"].clone();
    push_simple(&registry, REPOSITORY, digest, &[forged]).await;
    assert_eq!(flaws(check(registry.address, digest, &[&alice]).await), [Flaw::OtherKey]);
}

/// What is found of these bundles, by a registry that has the referrers' interface and by one that has not.
async fn judge(bundles: impl Fn(&Signer, ImageDigest) -> Vec<Value>) -> Result<(), Untrusted> {
    let (registry, digest) = shop().await;
    let alice = Signer::new(1);
    let bundles = bundles(&alice, digest);
    let index = push_bundles(&registry, REPOSITORY, digest, &bundles).await;
    let text = index.to_string();
    let listing = Door::meddling(
        registry.address,
        Some(Arc::new(move |line| {
            let answer = line.contains("/referrers/").then(|| text.clone().into_response());
            Box::pin(async move { answer })
        })),
        None,
    )
    .await;
    let listed = check(listing.address, digest, &[&alice]).await;
    assert_eq!(listing.asked("/referrers/"), 1);

    let before = check(registry.address, digest, &[&alice]).await.unwrap_err();
    assert!(matches!(before, Untrusted::NotSigned { .. }), "the list is not there yet: {before}");
    push_fallback(&registry, REPOSITORY, digest, &index).await;
    let tagged = check(registry.address, digest, &[&alice]).await;
    let code = |checked: &Result<(), Untrusted>| checked.as_ref().err().map(|error| error.code());
    assert_eq!(code(&listed), code(&tagged));
    tagged
}

#[tokio::test]
async fn a_bundle_holds_wherever_the_registry_lists_it() {
    judge(|alice, digest| vec![alice.bundle(digest, SIGNED)]).await.unwrap();
    judge(|alice, digest| vec![Signer::new(2).bundle(digest, SIGNED), alice.bundle(digest, SIGNED)])
        .await
        .unwrap();
}

#[tokio::test]
async fn a_bundle_of_another_key_image_or_kind_does_not_hold() {
    let by_other = judge(|_, digest| vec![Signer::new(2).bundle(digest, SIGNED)]).await;
    assert_eq!(flaws(by_other), [Flaw::OtherKey]);
    let of_other = judge(|alice, _| vec![alice.bundle(ImageDigest([1; 32]), SIGNED)]).await;
    assert_eq!(flaws(of_other), [Flaw::OtherDigest]);
    let provenance = "https://slsa.dev/provenance/v1";
    let statement = judge(|alice, digest| vec![alice.bundle(digest, provenance)]).await;
    assert_eq!(flaws(statement), [Flaw::OtherKind(provenance.into())]);
}

#[tokio::test]
async fn a_bundle_that_was_meddled_with_does_not_hold() {
    let two = judge(|alice, digest| {
        let mut bundle = alice.bundle(digest, SIGNED);
        let signature = bundle["dsseEnvelope"]["signatures"][0].clone();
        bundle["dsseEnvelope"]["signatures"] = json!([signature, signature]);
        vec![bundle]
    })
    .await;
    assert!(matches!(flaws(two).as_slice(), [Flaw::Broken(_)]));
    let moved = judge(|alice, digest| {
        let mut bundle = alice.bundle(ImageDigest([1; 32]), SIGNED);
        bundle["dsseEnvelope"]["payload"] = alice.bundle(digest, SIGNED)["dsseEnvelope"]["payload"].clone();
        vec![bundle]
    })
    .await;
    assert_eq!(flaws(moved), [Flaw::OtherKey]);
    let retyped = judge(|alice, digest| {
        let mut bundle = alice.bundle(digest, SIGNED);
        bundle["dsseEnvelope"]["payloadType"] = "text/plain".into();
        vec![bundle]
    })
    .await;
    assert_eq!(flaws(retyped), [Flaw::OtherKey], "the type is signed too");
}

#[tokio::test]
async fn a_registry_that_is_away_or_refuses_is_told_from_an_image_that_is_not_signed() {
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
    let away = check(nowhere, ImageDigest([1; 32]), &[&Signer::new(1)]).await.unwrap_err();
    assert_eq!((away.code(), away.class()), ("P-CO-046", Class::Retry));

    let (registry, digest) = shop().await;
    for (part, status) in [(".sig", 500), ("/referrers/", 503), ("/manifests/", 401), ("/manifests/", 429)] {
        let door = Door::meddling(
            registry.address,
            Some(Arc::new(move |line| {
                let status = axum::http::StatusCode::from_u16(status).unwrap();
                let answer: Option<Response> = line.contains(part).then(|| status.into_response());
                Box::pin(async move { answer })
            })),
            None,
        )
        .await;
        let error = check(door.address, digest, &[&Signer::new(1)]).await.unwrap_err();
        assert_eq!(error.code(), "P-CO-046", "{part} {status}: {error}");
    }
}

#[tokio::test]
async fn a_registry_that_gives_something_else_than_was_asked_for_proves_nothing() {
    let (registry, digest) = shop().await;
    let alice = Signer::new(1);
    let signed_as = format!("{}/{REPOSITORY}", registry.address);
    let layer = alice.layer(&registry, REPOSITORY, &signed_as, digest).await;
    push_simple(&registry, REPOSITORY, digest, &[layer]).await;
    let door = Door::meddling(
        registry.address,
        Some(Arc::new(|line| {
            let answer = line.contains("/blobs/").then(|| "something else".into_response());
            Box::pin(async move { answer })
        })),
        None,
    )
    .await;
    let error = check(door.address, digest, &[&alice]).await.unwrap_err();
    assert_eq!(error.code(), "P-CO-046", "{error}");
}
