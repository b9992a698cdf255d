//! A real registry on this host, images for it, and a door in front of it that can be watched and meddled with.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bollard::Docker;
use bollard::query_parameters::{RemoveImageOptions, TagImageOptionsBuilder};
use futures_util::future::BoxFuture;
use poco::dapp::{ImageDigest, ImageRef};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

pub(crate) const USER: &str = "someone";
pub(crate) const PASSWORD: &str = "pass:word";
/// What `htpasswd -Bbn` writes for them.
const HTPASSWD: &str = "someone:$2y$05$TFXhfGevJSRgZ8KwYsDJAOSH2fW7BoUS9xrvrN9Vo5BOTxOVhO5oS\n";

/// Debian's docker-registry, with a folder of its own.
pub(crate) struct Registry {
    child: Child,
    _folder: tempfile::TempDir,
    pub(crate) address: SocketAddr,
    login: Option<(&'static str, &'static str)>,
    http: reqwest::Client,
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Registry {
    pub(crate) async fn start() -> Self {
        Self::start_with(None).await
    }

    /// One that lets only [`USER`] in.
    pub(crate) async fn start_closed() -> Self {
        Self::start_with(Some((USER, PASSWORD))).await
    }

    async fn start_with(login: Option<(&'static str, &'static str)>) -> Self {
        // The port is free when it is looked for; if another takes it first, the next one is tried.
        for _ in 0..10 {
            let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            if let Some(registry) = Self::start_at(address, login).await {
                return registry;
            }
        }
        panic!("no registry starts; scripts/setup.sh test installs Debian's docker-registry");
    }

    async fn start_at(address: SocketAddr, login: Option<(&'static str, &'static str)>) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let auth = match login {
            Some(_) => {
                std::fs::write(path("htpasswd"), HTPASSWD).unwrap();
                json!({ "htpasswd": { "realm": "poco", "path": path("htpasswd") } })
            }
            None => json!({}),
        };
        let config = json!({
            "version": 0.1,
            "log": { "level": "error", "accesslog": { "disabled": true } },
            "storage": { "filesystem": { "rootdirectory": path("data") } },
            "http": { "addr": address.to_string() },
            "auth": auth,
        });
        // JSON is YAML too.
        std::fs::write(path("config.yml"), config.to_string()).unwrap();
        let child = Command::new("docker-registry")
            .args(["serve", &path("config.yml")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("scripts/setup.sh test installs Debian's docker-registry");
        let mut registry = Self { child, _folder: folder, address, login, http: reqwest::Client::new() };
        let answers = async {
            loop {
                if registry.http.get(format!("http://{address}/v2/")).send().await.is_ok() {
                    return true;
                }
                if registry.child.try_wait().unwrap().is_some() {
                    return false;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), answers).await.unwrap().then_some(registry)
    }

    fn ask(&self, method: reqwest::Method, url: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, url);
        match self.login {
            Some((user, password)) => request.basic_auth(user, Some(password)),
            None => request,
        }
    }

    /// Puts a blob into a repository.
    pub(crate) async fn blob(&self, repository: &str, content: &[u8]) -> Value {
        let digest = sha256(content);
        let start = format!("http://{}/v2/{repository}/blobs/uploads/", self.address);
        let begun = self.ask(reqwest::Method::POST, &start).send().await.unwrap().error_for_status().unwrap();
        let place = begun.headers()["location"].to_str().unwrap().to_owned();
        let mark = if place.contains('?') { '&' } else { '?' };
        let put = self.ask(reqwest::Method::PUT, &format!("{place}{mark}digest={digest}"));
        put.body(content.to_vec()).send().await.unwrap().error_for_status().unwrap();
        json!({ "digest": digest.to_string(), "size": content.len() })
    }

    /// Puts a manifest under a tag, or under its digest when there is no tag.
    pub(crate) async fn manifest(
        &self,
        repository: &str,
        tag: Option<&str>,
        media_type: &str,
        manifest: &Value,
    ) -> ImageDigest {
        let bytes = manifest.to_string().into_bytes();
        let digest = sha256(&bytes);
        let under = tag.map_or(digest.to_string(), str::to_owned);
        let url = format!("http://{}/v2/{repository}/manifests/{under}", self.address);
        let put = self.ask(reqwest::Method::PUT, &url).header("content-type", media_type).body(bytes);
        put.send().await.unwrap().error_for_status().unwrap();
        digest
    }

    /// An image whose only layer has `marker` in a file, and whose command says it.
    pub(crate) async fn image(&self, repository: &str, tag: Option<&str>, marker: &str) -> ImageDigest {
        let layer = tar_of(marker);
        let config = json!({
            "architecture": "amd64",
            "os": "linux",
            "config": { "Cmd": [marker] },
            "rootfs": { "type": "layers", "diff_ids": [sha256(&layer).to_string()] },
        });
        let layer = typed(self.blob(repository, &layer).await, LAYER);
        let config = typed(self.blob(repository, config.to_string().as_bytes()).await, CONFIG);
        let manifest =
            json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer] });
        self.manifest(repository, tag, MANIFEST, &manifest).await
    }
}

pub(crate) fn typed(mut descriptor: Value, media_type: &str) -> Value {
    descriptor["mediaType"] = media_type.into();
    descriptor
}

pub(crate) fn sha256(bytes: &[u8]) -> ImageDigest {
    ImageDigest(Sha256::digest(bytes).into())
}

/// A name that no other test has, and no earlier run.
pub(crate) fn unique(what: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let name = dir.path().file_name().unwrap().to_string_lossy().to_ascii_lowercase();
    format!("{what}-{}-{}", std::process::id(), name.trim_start_matches(".tmp"))
}

pub(crate) fn reference(at: SocketAddr, repository: &str, tag: &str) -> ImageRef {
    ImageRef::parse(&format!("{at}/{repository}:{tag}")).unwrap()
}

fn tar_of(marker: &str) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o644);
    header.set_size(marker.len() as u64);
    tar.append_data(&mut header, "marker", marker.as_bytes()).unwrap();
    tar.into_inner().unwrap()
}

/// What a door does with a request before it lets it through: an answer of its own, or none.
pub(crate) type Meddler = Arc<dyn Fn(String) -> BoxFuture<'static, Option<Response>> + Send + Sync>;

/// A door in front of a registry: it writes down what is asked for.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    to: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    before: Option<Meddler>,
    after: Option<Meddler>,
    /// What must be shown, and what is answered to who does not show it.
    guard: Option<(String, String)>,
    http: reqwest::Client,
}

impl Door {
    pub(crate) async fn open(to: SocketAddr) -> Self {
        Self::meddling(to, None, None).await
    }

    /// Lets through who shows `authorization`, and answers all others with `challenge`.
    pub(crate) async fn guarded(to: SocketAddr, authorization: String, challenge: String) -> Self {
        Self::serve(to, None, None, Some((authorization, challenge))).await
    }

    /// `before` may answer instead of the registry; `after` is told once it has answered.
    pub(crate) async fn meddling(to: SocketAddr, before: Option<Meddler>, after: Option<Meddler>) -> Self {
        Self::serve(to, before, after, None).await
    }

    async fn serve(
        to: SocketAddr,
        before: Option<Meddler>,
        after: Option<Meddler>,
        guard: Option<(String, String)>,
    ) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let door =
            Self { address, to, asked: Arc::default(), before, after, guard, http: reqwest::Client::new() };
        let app = axum::Router::new().fallback(pass).with_state(door.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        door
    }

    /// How often something with `part` in it was asked for.
    pub(crate) fn asked(&self, part: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|line| line.contains(part)).count()
    }
}

async fn pass(State(door): State<Door>, request: Request) -> Response {
    let line = format!("{} {}", request.method(), request.uri());
    door.asked.lock().unwrap().push(line.clone());
    if let Some(before) = &door.before
        && let Some(answer) = before(line.clone()).await
    {
        return answer;
    }
    if let Some((authorization, challenge)) = &door.guard
        && request.headers().get("authorization").is_none_or(|shown| shown != authorization)
    {
        let asks = [("www-authenticate", challenge.clone())];
        return (axum::http::StatusCode::UNAUTHORIZED, asks).into_response();
    }
    let url = format!("http://{}{}", door.to, request.uri());
    let mut forward = door.http.request(request.method().clone(), url);
    for (name, value) in request.headers().iter().filter(|(name, _)| *name != "host") {
        forward = forward.header(name, value);
    }
    let Ok(answer) = forward.send().await else {
        return axum::http::StatusCode::BAD_GATEWAY.into_response();
    };
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        response = response.header(name, value);
    }
    let body = answer.bytes().await.unwrap();
    if let Some(after) = &door.after {
        after(line).await;
    }
    response.body(Body::from(body)).unwrap()
}

pub(crate) async fn docker() -> Docker {
    Docker::connect_with_defaults().unwrap().negotiate_version().await.unwrap()
}

/// Gives an image of the engine's another name.
pub(crate) async fn tag(docker: &Docker, image: &str, name: &str) {
    let options = TagImageOptionsBuilder::new().repo(name).tag("1").build();
    docker.tag_image(image, Some(options)).await.unwrap();
}

/// Takes that name away.
pub(crate) async fn forget(docker: &Docker, name: &str) {
    docker.remove_image(&format!("{name}:1"), None::<RemoveImageOptions>, None).await.unwrap();
}
