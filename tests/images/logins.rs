//! Who we are to a registry: tokens from elsewhere, and the helpers of the `docker` command.

use super::registry::{Door, Registry, reference, unique};
use super::sign::{Signer, push_simple};
use axum::Json;
use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use poco::container::registry::{Credentials, Login};
use poco::container::trust;
use serde_json::json;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

const REPOSITORY: &str = "acme/x";
/// `someone:pass:word`.
const BASIC: &str = "Basic c29tZW9uZTpwYXNzOndvcmQ=";
const TOKEN: &str = "the-token";

/// A place that gives tokens: to a name and a password, or to an identity token.
async fn token_place() -> SocketAddr {
    async fn by_password(Query(query): Query<HashMap<String, String>>, headers: HeaderMap) -> Response {
        let known = headers.get("authorization").is_some_and(|given| given == BASIC);
        let asked = query.get("scope").map(String::as_str) == Some("repository:acme/x:pull")
            && query.get("service").map(String::as_str) == Some("shop");
        if known && asked {
            Json(json!({ "token": TOKEN })).into_response()
        } else {
            StatusCode::UNAUTHORIZED.into_response()
        }
    }
    async fn by_identity(form: String) -> Response {
        let known = form.split('&').any(|pair| pair == "refresh_token=identity");
        if known {
            Json(json!({ "access_token": TOKEN })).into_response()
        } else {
            StatusCode::UNAUTHORIZED.into_response()
        }
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = axum::Router::new().route("/token", axum::routing::get(by_password).post(by_identity));
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

fn config(folder: &Path, text: &serde_json::Value) -> Credentials {
    std::fs::write(folder.join("config.json"), text.to_string()).unwrap();
    Credentials::in_folder(folder.into())
}

#[tokio::test]
async fn tokens_are_fetched_with_a_password_or_an_identity() {
    let registry = Registry::start().await;
    let digest = registry.image(REPOSITORY, Some("1"), &unique("token")).await;
    let place = token_place().await;
    // The door wants a token, and shows where to get one; the registry behind it wants none.
    let door = Door::guarded(
        registry.address,
        format!("Bearer {TOKEN}"),
        format!("Bearer realm=\"http://{place}/token\",service=\"shop\",scope=\"repository:acme/x:pull\""),
    )
    .await;
    let alice = Signer::new(1);
    let layer = alice.layer(&registry, REPOSITORY, &format!("{}/{REPOSITORY}", door.address), digest).await;
    push_simple(&registry, REPOSITORY, digest, &[layer]).await;
    let check = async |credentials: Credentials| {
        let reference = reference(door.address, REPOSITORY, "1");
        trust::check(&credentials, &reference, &digest, &[alice.public()]).await
    };
    let dir = tempfile::tempdir().unwrap();
    let host = door.address.to_string();
    let auth = BASIC.strip_prefix("Basic ").unwrap();
    let by_password = config(dir.path(), &json!({ "auths": { &host: { "auth": auth } } }));
    check(by_password).await.unwrap();
    let by_identity = config(dir.path(), &json!({ "auths": { &host: { "identitytoken": "identity" } } }));
    check(by_identity).await.unwrap();
    let wrong = config(dir.path(), &json!({ "auths": { &host: { "identitytoken": "nobody" } } }));
    assert!(matches!(check(wrong).await, Err(trust::Untrusted::Unchecked { .. })));
    let nobody = Credentials::in_folder("/nowhere".into());
    assert!(matches!(check(nobody).await, Err(trust::Untrusted::Unchecked { .. })));
}

#[tokio::test]
async fn tokens_are_not_fetched_from_where_others_can_listen() {
    let registry = Registry::start().await;
    let digest = registry.image(REPOSITORY, Some("1"), &unique("token")).await;
    let door = Door::meddling(
        registry.address,
        Some(Arc::new(|_| {
            let challenge = [("www-authenticate", "Bearer realm=\"http://192.0.2.1/token\"")];
            Box::pin(async move { Some((StatusCode::UNAUTHORIZED, challenge).into_response()) })
        })),
        None,
    )
    .await;
    let nobody = Credentials::in_folder("/nowhere".into());
    let reference = reference(door.address, REPOSITORY, "1");
    let error = trust::check(&nobody, &reference, &digest, &[Signer::new(1).public()]).await.unwrap_err();
    assert!(poco::poco::chain_of(&error).contains("https"), "{error:?}");
}

/// Helpers are found on the PATH, which a test cannot change for itself: it runs this one again with another.
#[test]
fn helpers_are_asked_for_their_registry() {
    let dir = tempfile::tempdir().unwrap();
    let helper = |name: &str, lines: &str| {
        let path = dir.path().join(format!("docker-credential-{name}"));
        std::fs::write(&path, format!("#!/bin/sh\nread -r host\n{lines}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    helper("good", r#"echo "{\"ServerURL\":\"$host\",\"Username\":\"for $host\",\"Secret\":\"s\"}""#);
    helper("token", r#"echo '{"ServerURL":"x","Username":"<token>","Secret":"t"}'"#);
    helper("empty", "echo 'credentials not found in native keychain'; exit 1");
    helper("broken", "echo my secret; exit 3");
    let path = format!("{}:/usr/bin:/bin", dir.path().display());
    let inner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "logins::with_helpers_on_the_path", "--ignored"])
        .env("PATH", path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&inner.stdout);
    assert!(inner.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
#[ignore = "run by helpers_are_asked_for_their_registry, with helpers on the PATH"]
async fn with_helpers_on_the_path() {
    let dir = tempfile::tempdir().unwrap();
    let by_password = |user: &str| Login::Password { user: user.into(), password: "s".into() };
    let by_helper = json!({ "credsStore": "empty", "credHelpers": { "a.example": "good", "b.example": "token", "c.example": "broken" } });
    let credentials = config(dir.path(), &by_helper);
    assert_eq!(credentials.of("a.example").await.unwrap(), Some(by_password("for a.example")));
    assert_eq!(credentials.of("b.example").await.unwrap(), Some(Login::Identity { token: "t".into() }));
    assert_eq!(credentials.of("d.example").await.unwrap(), None, "the store has none");
    let error = credentials.of("c.example").await.unwrap_err().to_string();
    assert!(error.contains("docker-credential-broken") && !error.contains("my secret"), "{error}");
    let hub = config(dir.path(), &json!({ "credsStore": "good" }));
    assert_eq!(hub.of("docker.io").await.unwrap(), Some(by_password("for https://index.docker.io/v1/")));
}
