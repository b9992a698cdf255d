//! `poco run`, `poco hash` and `poco check` as a person uses them, on a tiny image. What each cause looks like is the matter of
//! `tests/determinism`.

#[expect(dead_code, reason = "the program makes the runs here")]
mod container_support;

use container_support::{IMAGE, docker, image};
use poco::container::{DockerEngine, LABEL_WORKER};
use poco::determinism::finding::{Cause, Place};
use poco::determinism::report::{Answer, Purpose, Report, VariationState};
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

struct Said {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// `poco` in a folder of its own.
struct Desk(TempDir);

impl Desk {
    async fn new() -> Self {
        image().await;
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> &Self {
        std::fs::write(self.path().join(name), text).unwrap();
        self
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// The words are parted by blanks; the last one is a line for the image's shell.
    fn command(&self, words: &str, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_poco"));
        command.env("NO_COLOR", "1").env("TMPDIR", self.path()).current_dir(self.path()).stdin(Stdio::null());
        command.args(words.split_whitespace());
        if !line.is_empty() {
            command.args([IMAGE, "sh", "-c", line]);
        }
        command
    }

    fn says(&self, words: &str, line: &str) -> Said {
        let output = self.command(words, line).output().unwrap();
        Said {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn checks(&self, words: &str, line: &str) -> (Option<i32>, Report) {
        let said = self.says(&format!("check --json {words}"), line);
        let report = serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{}", said.stderr));
        (said.code, report)
    }

    /// Folders that the program has left among what is passing.
    fn left(&self) -> usize {
        let entries = std::fs::read_dir(self.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with("poco-check-")).count()
    }
}

#[tokio::test]
async fn one_run_shows_outputs_digest_and_rule() {
    let desk = Desk::new().await;
    desk.file("a.txt", "hello\n");
    let line = "cat /iexec/a.txt > /iexec/consensus.iexec; mkdir /iexec/d; echo picture > /iexec/d/picture";
    let said = desk.says("run --keep out --input a.txt", line);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let digest = said.stdout.trim();
    assert!(digest.starts_with("0x") && digest.len() == 66, "{digest}");
    for word in ["d/picture", "consensus.iexec", "status 0", "keccak-256 of consensus.iexec"] {
        assert!(said.stderr.contains(word), "{word}: {}", said.stderr);
    }
    assert!(!said.stderr.contains("a.txt"), "an input that stayed is no output: {}", said.stderr);
    assert_eq!(std::fs::read_to_string(desk.path().join("out/d/picture")).unwrap(), "picture\n");
    assert_eq!(desk.says("hash out", "").stdout, said.stdout);
    assert_eq!(desk.says("run --keep out", line).code, Some(1), "nothing is written over");

    let said = desk.says("run --json --input a.txt", line);
    let json: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(json["digest"], digest);
    let paths: Vec<_> = json["outputs"].as_array().unwrap().iter().map(|output| &output["path"]).collect();
    assert_eq!(paths, ["consensus.iexec", "d", "d/picture"]);
    assert_eq!(desk.left(), 0);
}

#[tokio::test]
async fn the_memory_that_a_run_takes_is_told() {
    let desk = Desk::new().await;
    let line = "dd if=/dev/zero of=/tmp/x bs=1048576 count=24; sleep 1; echo done > /iexec/consensus.iexec";
    let said = desk.says("run --json", line);
    let json: Value = serde_json::from_str(&said.stdout).unwrap();
    let memory = json["memory"].as_u64().unwrap();
    assert!((24 << 20..64 << 20).contains(&memory), "{memory}");
    let said = desk.says("run", line);
    assert!(said.stderr.contains(" of memory"), "{}", said.stderr);
}

/// Where the engine has another runtime it is varied, and where it has none that is said.
#[tokio::test]
async fn another_runtime() {
    let desk = Desk::new().await;
    let line = "cat /proc/version > /iexec/consensus.iexec; echo $0 >> /iexec/consensus.iexec";
    let mut check = desk.command("check --json --vary +runtime", line);
    let output = check.arg("question").output().unwrap();
    let report: Report = serde_json::from_slice(&output.stdout).unwrap();
    let note = report.variations.iter().find(|note| note.name == "runtime").unwrap();
    let causes: Vec<_> = report.findings.iter().map(|finding| finding.cause).collect();
    let facts = DockerEngine::connect().await.unwrap().facts().clone();
    match facts.runtimes.contains("runsc") {
        true => assert_eq!((&note.state, causes), (&VariationState::Varied, vec![Cause::Runtime])),
        false => assert!(matches!(&note.state, VariationState::NotPossible { .. }) && causes.is_empty()),
    }
}

#[tokio::test]
async fn only_a_folder_or_a_zip_has_a_digest() {
    let desk = Desk::new().await;
    desk.file("consensus.iexec", "42\n");
    let said = desk.says("hash consensus.iexec", "");
    assert!(said.code == Some(1) && said.stderr.contains("P-CK-009"), "{}", said.stderr);
}

#[tokio::test]
async fn an_iexec_json_is_run_as_a_deal_would_run_it() {
    let desk = Desk::new().await;
    let none = desk.says("run", "");
    assert!(none.code == Some(1) && none.stderr.contains("P-CK-002"), "{}", none.stderr);
    let json = format!(
        r#"{{"app": {{"name": "x", "params": {{"type": "DOCKER", "envvars": "XWDOCKERIMAGE={IMAGE},GREETING=hi"}}}},
            "order": {{"buy": {{"params": {{"cmdline": "sh -c 'echo $GREETING $0 > /iexec/consensus.iexec' you"}}}}}}}}"#
    );
    desk.file("iexec.json", &json);
    let said = desk.says("run --keep out", "");
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert_eq!(std::fs::read_to_string(desk.path().join("out/consensus.iexec")).unwrap(), "hi you\n");
}

#[tokio::test]
async fn a_failure_comes_with_its_last_words() {
    let desk = Desk::new().await;
    let said = desk.says("run", "echo the disk is on fire >&2; exit 3");
    assert_eq!(said.code, Some(1));
    assert!(
        said.stderr.contains("status 3") && said.stderr.contains("the disk is on fire"),
        "{}",
        said.stderr
    );
    let (code, report) = desk.checks("--quick", "echo x > /iexec/consensus.iexec; echo oh no >&2; exit 3");
    assert_eq!((code, report.answer), (Some(4), Answer::CouldNotRun));
    let [finding] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
    assert_eq!(finding.cause, Cause::FailingRun);
    assert!(finding.message.contains("consensus.iexec") && finding.message.contains("oh no"), "{finding:?}");
}

#[tokio::test]
async fn where_nothing_differs_it_says_what_was_varied_and_what_was_not() {
    let desk = Desk::new().await;
    desk.file("a.txt", "hello\n");
    let (code, report) = desk.checks("--quick --input a.txt", "cat /iexec/a.txt > /iexec/consensus.iexec");
    assert_eq!((code, report.answer), (Some(0), Answer::Same), "{:?}", report.findings);
    let state = |name: &str| {
        &report.variations.iter().find(|note| note.name == name).unwrap_or_else(|| panic!("no {name}")).state
    };
    assert_eq!(*state("hostname"), VariationState::Varied);
    // The image's program is static.
    assert!(matches!(state("clock"), VariationState::NotPossible { .. }), "{:?}", state("clock"));
    assert_eq!(report.inputs, ["a.txt"]);
    let purposes = |purpose| report.runs.iter().filter(|run| run.purpose == purpose).count();
    assert_eq!((purposes(Purpose::Identical), purposes(Purpose::AllVariations)), (2, 1));
    // A claim must be true of a run: what is said to be varied was in force in one.
    for note in report.variations.iter().filter(|note| note.state == VariationState::Varied) {
        assert!(report.runs.iter().any(|run| run.variations.contains(&note.name)), "{}", note.name);
    }
    assert_eq!(desk.left(), 0);
}

#[tokio::test]
async fn what_changes_the_digest_is_named_with_its_place() {
    let desk = Desk::new().await;
    let (code, report) = desk.checks(
        "--vary -environment",
        "echo first > /iexec/consensus.iexec; hostname >> /iexec/consensus.iexec",
    );
    assert_eq!((code, report.answer), (Some(1), Answer::Differs));
    let [finding] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
    assert_eq!(
        (finding.cause, finding.variations.as_slice()),
        (Cause::HostName, &["hostname".to_owned()][..])
    );
    assert_eq!(finding.confirmed, Some((2, 2)));
    let place = &finding.differences[0].place;
    assert!(matches!(place, Place::Text { path, line: 2, .. } if path == "consensus.iexec"), "{place:?}");
    let environment = report.variations.iter().find(|note| note.name == "environment").unwrap();
    assert_eq!(environment.state, VariationState::LeftOut);
}

#[tokio::test]
async fn a_proof_that_nothing_changes_is_no_proof() {
    let desk = Desk::new().await;
    desk.file("a.txt", "hello\n")
        .file("run.sh", "cat /iexec/a.txt; echo Determinist > /iexec/consensus.iexec\n");
    let words = |line: &str| {
        format!(
            r#"{{"app": {{"name": "x", "params": {{"type": "DOCKER", "envvars": "XWDOCKERIMAGE={IMAGE}"}}}},
                "order": {{"buy": {{"params": {{"cmdline": "{line}"}}}}}}}}"#
        )
    };
    desk.file("iexec.json", &words("sh -c 'echo Determinist > /iexec/consensus.iexec' question"));
    let (code, report) = desk.checks("--quick --input a.txt", "");
    assert_eq!((code, report.answer), (Some(1), Answer::Differs));
    let [finding] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
    assert_eq!(finding.cause, Cause::ConstantProof);
    assert!(
        finding.message.contains("other inputs") && finding.message.contains("other arguments"),
        "{finding:?}"
    );

    // The script is an input too, and with other letters it is none: a run that then fails did depend on it.
    desk.file("iexec.json", &words("sh /iexec/run.sh"));
    let (code, report) = desk.checks("--quick --input a.txt --input run.sh", "");
    assert_eq!((code, report.answer), (Some(0), Answer::Same), "{:?}", report.findings);
}

#[tokio::test]
async fn ctrl_c_leaves_nothing() {
    let desk = Desk::new().await;
    let mut check = desk.command("check --jobs 1", "touch /iexec/started; sleep 600");
    let mut check = check.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let label = wait_for(&desk).await;
    let pid = rustix::process::Pid::from_child(&check);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let ended = tokio::task::spawn_blocking(move || check.wait().unwrap()).await.unwrap();
    assert_eq!(ended.code(), Some(1));
    assert_eq!((desk.left(), containers(&label).await), (0, 0));
}

/// Waits until the dapp runs, and gives the label of its containers.
async fn wait_for(desk: &Desk) -> String {
    for _ in 0..600 {
        let folders = std::fs::read_dir(desk.path()).unwrap().map(|entry| entry.unwrap());
        let found = folders.map(|entry| entry.file_name().to_string_lossy().into_owned());
        if let Some(label) = found.into_iter().find(|name| name.starts_with("poco-check-")) {
            let started = std::fs::read_dir(desk.path().join(&label))
                .unwrap()
                .any(|entry| entry.unwrap().path().join("iexec/started").exists());
            if started {
                assert_eq!(containers(&label).await, 1);
                return label;
            }
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the dapp was not started in a minute")
}

async fn containers(label: &str) -> usize {
    let filters = HashMap::from([("label".to_owned(), vec![format!("{LABEL_WORKER}={label}")])]);
    let options =
        bollard::query_parameters::ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    docker().await.list_containers(Some(options)).await.unwrap().len()
}
