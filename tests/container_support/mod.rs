//! A tiny image of busybox, built here, and one run of a shell line in it.

use bollard::Docker;
use bollard::query_parameters::{CreateImageOptionsBuilder, ListContainersOptionsBuilder};
use futures_util::TryStreamExt;
use poco::container::policy::{Party, Wanted};
use poco::container::{
    Bend, ContainerError, DockerEngine, Engine, Image, Labels, Limits, Outcome, RunSpec, SandboxUser,
    clear_area,
};
use poco::dapp::{EnvVar, Folder, ImageRef, Launch, Mount, ProofRule, RunAs, WorkArea};
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
        assert_eq!(self.containers().await, 0, "the container is still there");
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

/// The image, built from the distribution's static busybox the first time.
pub(crate) async fn image() -> Image {
    static BUILT: OnceCell<Image> = OnceCell::const_new();
    BUILT
        .get_or_init(|| async {
            let changes = ["ENV PATH=/bin", "ENV FROM_IMAGE=yes", "CMD [\"sh\",\"-c\",\"echo own command\"]"];
            // A worker that is not root refuses volumes: it cannot see into them.
            let volume =
                if rustix::process::geteuid().is_root() { "VOLUME /data" } else { "LABEL volume=none" };
            let name = if rustix::process::geteuid().is_root() { IMAGE } else { "poco-test/plain:1" };
            import(name, &[&changes[..], &[volume, "WORKDIR /work"]].concat()).await;
            let engine = DockerEngine::connect().await.unwrap();
            engine.image(&Wanted::new(ImageRef::new(name))).await.unwrap()
        })
        .await
        .clone()
}

async fn import(name: &str, changes: &[&str]) {
    let options = CreateImageOptionsBuilder::new()
        .from_src("-")
        // With its tag: Podman passes over one that is given apart.
        .repo(name)
        .changes(changes.iter().map(ToString::to_string).collect())
        .build();
    let body = bollard::body_full(rootfs().into());
    docker().await.create_image(Some(options), Some(body), None).try_collect::<Vec<_>>().await.unwrap();
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
