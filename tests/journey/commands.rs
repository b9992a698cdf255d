//! The commands of a person, by the real binary.

use crate::support::{Archive, SampleDapp, repository, within};
use serde_json::Value;
use std::path::Path;
use std::process::{ExitStatus, Output, Stdio};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// The program, in a folder of its own, with nothing of this environment's settings.
fn poco(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_poco"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("POCO_")) {
        command.env_remove(name);
    }
    // Where scripts/setup.sh puts anvil when there is none on the PATH; the program looks there from the repository only.
    let tools = repository().join("contracts/tools/node_modules/.bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::env::split_paths(&path).chain([tools]);
    command.env("PATH", std::env::join_paths(paths).unwrap());
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Runs a command to its end.
async fn run(folder: &Path, arguments: &[&str]) -> Output {
    within(&format!("the end of {arguments:?}"), poco(folder, arguments).output()).await.unwrap()
}

/// What a command that must succeed prints.
async fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments).await;
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {words}");
    String::from_utf8(output.stdout).unwrap()
}

/// The JSON that a command prints.
async fn json(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&said(folder, arguments).await).unwrap()
}

/// A command that stays.
struct Daemon {
    child: Child,
    lines: mpsc::UnboundedReceiver<String>,
}

impl Daemon {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = poco(folder, arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        let (tell, lines) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok(Some(line)) = stderr.next_line().await {
                eprintln!("{line}");
                let _ = tell.send(line);
            }
        });
        Self { child, lines }
    }

    /// The next line that holds these words.
    async fn says(&mut self, words: &str) -> String {
        let line = async {
            while let Some(line) = self.lines.recv().await {
                if line.contains(words) {
                    return line;
                }
            }
            panic!("it ended without a word of `{words}`");
        };
        within(&format!("the daemon says `{words}`"), line).await
    }

    /// Ends it as an init system does.
    async fn terminate(mut self) -> ExitStatus {
        let id = i32::try_from(self.child.id().unwrap()).unwrap();
        let id = rustix::process::Pid::from_raw(id).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        within("the daemon's end", self.child.wait()).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_deploys_buys_watches_and_fetches() {
    let sample = SampleDapp::prepare("find-circles", "iexec.json").await;
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    std::fs::write(home.join("iexec.json"), &sample.iexec_json).unwrap();

    let mut devnet = Daemon::start(home, &["devnet", "--port", "0", "--chain-file", "net.json"]);
    devnet.says("Ctrl-C ends it.").await;
    let mut solo = Daemon::start(
        home,
        &["solo", "--chain-file", "net.json", "--workdir", "work", "--listen", "127.0.0.1:0", "--log-format", "json"],
    );
    let opened: Value = serde_json::from_str(&solo.says("the pool is open").await).unwrap();
    let pool = opened["url"].as_str().unwrap().to_owned();

    let deployed = json(home, &["app", "deploy", "--json", "--chain-file", "net.json"]).await;
    assert_eq!(deployed["name"], "FindCircles");
    let app = deployed["app"].as_str().unwrap();
    let buy = ["order", "buy", "--app", app, "--trust", "8", "--json"];
    let bought = json(home, &[&buy[..], &["--pool-url", &pool, "--chain-file", "net.json"]].concat()).await;
    let task = bought["tasks"][0].as_str().unwrap();
    assert_eq!(bought["tasks"].as_array().unwrap().len(), 1);

    let show = ["task", "show", task, "--pool-url", &pool, "--chain-file", "net.json"];
    let watched = said(home, &[&show[..], &["--watch", "--json"]].concat()).await;
    let views: Vec<Value> = watched.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = views.last().unwrap();
    assert_eq!((&last["status"], &last["dealId"]), (&Value::from("COMPLETED"), &bought["dealId"]));
    let digest = "0x580935c26b1ed9e7c412654f6da6590a9ad9e369a9b5f0ca8f2b9b7887de9ead";
    assert_eq!(last["resultDigest"], digest);
    let contributions = last["contributions"].as_array().unwrap();
    assert_eq!(contributions.len(), 3);
    assert!(contributions.iter().all(|each| each["status"] == "PROVED"), "{last}");
    let shown = said(home, &show).await;
    assert!(shown.contains("COMPLETED") && shown.contains(digest), "{shown}");

    let path = said(home, &["result", "get", task, "--chain-file", "net.json"]).await;
    assert_eq!(path.trim(), format!("{task}.zip"));
    let result = Archive::read(&std::fs::read(home.join(path.trim())).unwrap());
    let expected = repository().join("fixtures/find-circles/expected/consensus.iexec");
    assert_eq!(result.files["consensus.iexec"], std::fs::read(expected).unwrap());

    assert_eq!(solo.terminate().await.code(), Some(0));
    assert_eq!(devnet.terminate().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_iexec_json_is_told_by_line_and_column() {
    let home = tempfile::tempdir().unwrap();
    let missing_quote = "{\n  \"app\": {\n    \"name\": \"Ffmpeg,\n    \"price\": 10\n  }\n}\n";
    let missing_comma = "{ \"app\": { \"name\": \"Ffmpeg\"\n \"price\": 10 } }\n";
    for (text, place) in [(missing_quote, "line 3, column 13"), (missing_comma, "line 2, column 2")] {
        std::fs::write(home.path().join("iexec.json"), text).unwrap();
        for command in [&["app", "deploy"][..], &["order", "buy"]] {
            let output = run(home.path(), command).await;
            let words = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{words}");
            assert!(words.contains("error[P-DA-002]") && words.contains(place), "{words}");
            assert!(output.stdout.is_empty());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_order_is_told_before_anything_is_asked_of_a_chain() {
    let home = tempfile::tempdir().unwrap();
    let app = r#""app": { "name": "A", "params": { "type": "DOCKER", "envvars": "XWDOCKERIMAGE=a/b:1" } }"#;
    let cases = [
        (r#"{ "cmdline": 5 }"#, "P-DA-004", "cmdline"),
        (r#"{ "dirinuri": "ftp://a.example/b" }"#, "P-DA-017", "ftp"),
        (r#"{ "cmdlin": "true" }"#, "P-DA-003", "did you mean `cmdline`?"),
    ];
    for (params, code, words) in cases {
        let text = format!("{{ {app}, \"order\": {{ \"buy\": {{ \"params\": {params} }} }} }}");
        std::fs::write(home.path().join("iexec.json"), text).unwrap();
        let output = run(home.path(), &["order", "buy"]).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(&format!("error[{code}]")) && said.contains(words), "{said}");
    }
}
