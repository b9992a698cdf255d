//! A tiny image of busybox, built here, and one run of a shell line in it.

use bollard::Docker;
use bollard::query_parameters::{ImportImageOptions, ListContainersOptionsBuilder};
use futures_util::TryStreamExt;
use poco::container::policy::{Party, Wanted};
use poco::container::{
    Bend, ContainerError, DockerEngine, Engine, Image, Labels, Limits, Outcome, RunSpec, SandboxUser,
    clear_area,
};
use poco::dapp::{EnvVar, Folder, ImageDigest, ImageRef, Launch, Mount, ProofRule, RunAs, WorkArea};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

pub(crate) const IMAGE: &str = "poco-test/busybox:1";
const APPLETS: [&str; 14] = [
    "sh", "cat", "dd", "env", "grep", "head", "hostname", "id", "ls", "mkdir", "ping", "sleep", "touch",
    "yes",
];

/// One task with a folder of its own.
pub(crate) struct Task {
    _dir: tempfile::TempDir,
    pub(crate) spec: RunSpec,
    pub(crate) engine: DockerEngine,
}

impl Task {
    /// A task that runs `line` in the image's shell.
    pub(crate) async fn new(line: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let area = WorkArea::new(dir.path().join("task"));
        let spec = RunSpec {
            labels: Labels { task: unique(&dir), worker: "poco-test".into() },
            app: Party::Unknown,
            image: image().await,
            launch: Launch {
                mounts: vec![Mount { folder: Folder::Shared, target: "/iexec", writable: true }],
                env: vec![EnvVar { name: "GIVEN".into(), value: "a=b c".into() }],
                command: Some(vec!["sh".into(), "-c".into(), line.into()]),
                user: RunAs::Worker,
                outputs: Folder::Shared,
                proof: ProofRule::Consensus { callback: false },
            },
            area,
            user: SandboxUser::of_this_host(),
            limits: Limits {
                memory_bytes: 64 << 20,
                tmp_bytes: 8 << 20,
                wall_clock: Duration::from_secs(60),
                ..Limits::default()
            },
            measured: false,
            bend: Bend::default(),
        };
        Self { _dir: dir, spec, engine: DockerEngine::connect().await.unwrap() }
    }

    pub(crate) async fn run(&self) -> Outcome {
        self.try_run(&CancellationToken::new()).await.unwrap()
    }

    /// Runs, and holds that nothing is left of the container whatever happened.
    pub(crate) async fn try_run(&self, cancel: &CancellationToken) -> Result<Outcome, ContainerError> {
        let done = self.engine.run(&self.spec, cancel).await;
        if let Ok(outcome) = &done {
            assert!(outcome.removed);
        }
        assert_eq!(self.containers().await, 0, "the container is still there: {done:?}");
        done
    }

    pub(crate) fn stdout(&self) -> String {
        std::fs::read_to_string(self.spec.area.stdout()).unwrap()
    }

    pub(crate) fn stderr(&self) -> String {
        std::fs::read_to_string(self.spec.area.stderr()).unwrap()
    }

    /// How many containers carry this task's label.
    pub(crate) async fn containers(&self) -> usize {
        let label = format!("{}={}", poco::container::LABEL_TASK, self.spec.labels.task);
        let filters = HashMap::from([("label", vec![label])]);
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        docker().await.list_containers(Some(options)).await.unwrap().len()
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        clear_area(&self.spec.area).unwrap();
    }
}

pub(crate) async fn docker() -> Docker {
    Docker::connect_with_defaults().unwrap().negotiate_version().await.unwrap()
}

/// The image, of the distribution's static busybox, loaded the first time.
pub(crate) async fn image() -> Image {
    static LOADED: OnceCell<Image> = OnceCell::const_new();
    LOADED
        .get_or_init(|| async {
            // A worker that is not root refuses volumes: it cannot see into them.
            let (name, volumes) = match rustix::process::geteuid().is_root() {
                true => (IMAGE, json!({ "/data": {} })),
                false => ("poco-test/plain:1", json!({})),
            };
            let config = json!({
                "Env": ["PATH=/bin", "FROM_IMAGE=yes"],
                "Cmd": ["sh", "-c", "echo own command"],
                "Volumes": volumes,
                "WorkingDir": "/work",
            });
            load(name, config).await;
            // By its id: Podman takes a tag for a registry's, whoever made the image, and asks none about it.
            let id = docker().await.inspect_image(name).await.unwrap().id.unwrap();
            let id = hex::decode(id.strip_prefix("sha256:").unwrap()).unwrap().try_into().unwrap();
            let engine = DockerEngine::connect().await.unwrap();
            engine.image(&Wanted::new(ImageRef::new(name)).checked(ImageDigest(id))).await.unwrap()
        })
        .await
        .clone()
}

/// Gives the engine an image, which is the same one, with the same id, each time.
async fn load(name: &str, config: Value) {
    let layer = rootfs();
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let content = format!("sha256:{}", hex::encode(Sha256::digest(&layer)));
    let described = json!({
        "architecture": architecture,
        "os": "linux",
        "config": config,
        "rootfs": { "type": "layers", "diff_ids": [content] },
    });
    let listed = json!([{ "Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"] }]);
    let mut tar = tar::Builder::new(Vec::new());
    add(&mut tar, "layer.tar", 0o644, &layer);
    add(&mut tar, "config.json", 0o644, described.to_string().as_bytes());
    add(&mut tar, "manifest.json", 0o644, listed.to_string().as_bytes());
    let body = bollard::body_full(tar.into_inner().unwrap().into());
    let options = ImportImageOptions::default();
    docker().await.import_image(options, body, None).try_collect::<Vec<_>>().await.unwrap();
}

fn rootfs() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let busybox = std::fs::read("/usr/bin/busybox")
        .or_else(|_| std::fs::read("/bin/busybox"))
        .expect("Debian's busybox-static is installed by scripts/setup.sh");
    add(&mut tar, "bin/busybox", 0o755, &busybox);
    for applet in APPLETS {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        tar.append_link(&mut header, format!("bin/{applet}"), "busybox").unwrap();
    }
    add(&mut tar, "data/of-the-image", 0o644, b"content");
    add(&mut tar, "work/here", 0o644, b"");
    tar.into_inner().unwrap()
}

fn add(tar: &mut tar::Builder<Vec<u8>>, path: &str, mode: u32, content: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.set_mode(mode);
    header.set_size(content.len() as u64);
    tar.append_data(&mut header, path, content).unwrap();
}

fn unique(dir: &tempfile::TempDir) -> String {
    format!("{}-{}", std::process::id(), dir.path().file_name().unwrap().to_string_lossy())
}
