//! An engine of the test's own, which may be killed: the machine's is everybody's. Its data, sockets and processes are its own;
//! the images are copied from the machine's.

use crate::support::within;
use rustix::process::{Pid, Signal, kill_process};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// A dockerd with nothing of the machine's engine.
pub(crate) struct OwnEngine {
    home: TempDir,
    process: Option<Child>,
}

impl OwnEngine {
    /// Starts one that has `image`; whoever may not start one cannot run this test.
    pub(crate) async fn start(image: &str) -> Self {
        assert!(rustix::process::geteuid().is_root(), "an engine of one's own needs root");
        let mut engine = Self { home: tempfile::tempdir().unwrap(), process: None };
        engine.revive().await;
        let archive = engine.home.path().join("image.tar");
        docker(&[], &["save", "--output", archive.to_str().unwrap(), image]).await;
        docker(&["--host", &engine.host()], &["load", "--input", archive.to_str().unwrap()]).await;
        engine
    }

    /// What `DOCKER_HOST` must be for it.
    pub(crate) fn host(&self) -> String {
        format!("unix://{}", self.at("socket").display())
    }

    /// Kills the engine without a word. Its containers go on.
    pub(crate) async fn kill(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.kill().await.unwrap();
    }

    /// Kills its containers as well, as a machine does that loses its power.
    pub(crate) async fn kill_with_containers(&mut self) {
        self.kill().await;
        // Who keeps a container would tell the next engine how it ended.
        for keeper in processes_with(self.at("exec").to_str().unwrap()) {
            let containers = children_of(keeper);
            for process in [keeper].into_iter().chain(containers) {
                let _ = kill_process(process, Signal::KILL);
            }
        }
    }

    /// Starts it again on what it left, and waits until it answers.
    pub(crate) async fn revive(&mut self) {
        // An engine does not start while the number of its earlier life belongs to some process.
        for number in ["pid", "exec/containerd/containerd.pid"] {
            let _ = std::fs::remove_file(self.at(number));
        }
        let (host, log) = (self.host(), self.at("log"));
        let file = std::fs::File::options().create(true).append(true).open(&log).unwrap();
        // An engine without a bridge removes `docker0` where it starts, which may be another engine's: it gets a network of
        // its own to do so.
        let process = Command::new("unshare")
            .args(["--net", "dockerd"])
            .args(["--data-root", self.at("data").to_str().unwrap()])
            .args(["--exec-root", self.at("exec").to_str().unwrap()])
            .args(["--pidfile", self.at("pid").to_str().unwrap()])
            .args(["--host", &host])
            .args(["--bridge=none", "--iptables=false", "--ip6tables=false"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let process = self.process.insert(process);
        let answers = async {
            let asked = ["--host", &host, "version"];
            while !Command::new("docker").args(asked).output().await.unwrap().status.success() {
                let ended = process.try_wait().unwrap();
                assert!(ended.is_none(), "the engine ended: {}", std::fs::read_to_string(&log).unwrap());
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        within("the engine's answer", answers).await;
    }

    /// Stops it in order, so that no mount stays behind.
    pub(crate) async fn stop(mut self) {
        let mut process = self.process.take().expect("it runs");
        let id = i32::try_from(process.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), Signal::TERM).unwrap();
        within("the engine's end", process.wait()).await.unwrap();
    }

    fn at(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }
}

impl Drop for OwnEngine {
    fn drop(&mut self) {
        // An engine mounts its own folder and leaves it so.
        let _ = std::process::Command::new("umount").arg("--lazy").arg(self.at("data")).output();
    }
}

async fn docker(first: &[&str], rest: &[&str]) {
    let done = Command::new("docker").args(first).args(rest).output().await.unwrap();
    assert!(done.status.success(), "{rest:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// The processes whose command line holds `words`.
fn processes_with(words: &str) -> Vec<Pid> {
    let found = |folder: &Path| {
        let line = std::fs::read(folder.join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(words)
    };
    all().into_iter().filter(|(_, folder)| found(folder)).map(|(id, _)| id).collect()
}

fn children_of(parent: Pid) -> Vec<Pid> {
    let words = format!("PPid:\t{}\n", parent.as_raw_nonzero());
    let found =
        |folder: &Path| std::fs::read_to_string(folder.join("status")).unwrap_or_default().contains(&words);
    all().into_iter().filter(|(_, folder)| found(folder)).map(|(id, _)| id).collect()
}

fn all() -> Vec<(Pid, PathBuf)> {
    let folders = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let id = |folder: &Path| Pid::from_raw(folder.file_name()?.to_str()?.parse().ok()?);
    folders.filter_map(|folder| Some((id(&folder)?, folder))).collect()
}
