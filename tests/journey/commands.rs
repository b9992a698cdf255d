//! The commands of a person, by the real binary.

use crate::support::{Archive, SampleDapp, build, closed_port, repository, within};
use alloy::primitives::{U256, keccak256};
use alloy::signers::local::PrivateKeySigner;
use poco::chain::{Chain, EvmChain, Task};
use poco::devnet::{Devnet, DevnetOptions};
use poco::poco::{Domain, Nrlc, Order, ResultDigest, TaskId, TaskStatus, WorkerpoolOrder};
use serde_json::Value;
use std::path::Path;
use std::process::{ExitStatus, Output, Stdio};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
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
        Self::spawn(poco(folder, arguments))
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = child.stderr.take().unwrap();
        Self { child, lines: read(stderr) }
    }

    /// The next line that holds these words.
    async fn says(&mut self, words: &str) -> String {
        let line = async {
            let mut others = Vec::new();
            while let Some(line) = self.lines.recv().await {
                if line.contains(words) {
                    return line;
                }
                others.push(line);
            }
            panic!("it ended without a word of `{words}`:\n{}", others.join("\n"));
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

/// A task once it is COMPLETED on chain.
async fn completed(chain: &EvmChain, id: TaskId) -> Task {
    loop {
        let head = chain.head();
        let task = chain.task(id).await.unwrap();
        if task.status == TaskStatus::Completed {
            return task;
        }
        chain.head_after(head.number).await.unwrap();
    }
}

/// The lines of a pipe, which is read to its end whether anybody listens or not.
fn read(pipe: impl AsyncRead + Unpin + Send + 'static) -> mpsc::UnboundedReceiver<String> {
    let (tell, lines) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut pipe = BufReader::new(pipe).lines();
        while let Ok(Some(line)) = pipe.next_line().await {
            let _ = tell.send(line);
        }
    });
    lines
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
        &[
            "solo",
            "--chain-file",
            "net.json",
            "--workdir",
            "work",
            "--listen",
            "127.0.0.1:0",
            "--log-format",
            "json",
        ],
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

    // What cannot be done is told to whoever watches, with its code.
    let input = format!("http://{}/scenes.zip", closed_port().await);
    let unreachable = format!(r#"{{ "order": {{ "buy": {{ "params": {{ "dirinuri": "{input}" }} }} }} }}"#);
    std::fs::write(home.join("unreachable.json"), unreachable).unwrap();
    let buy = ["order", "buy", "unreachable.json", "--app", app, "--json"];
    let app_order = ["--pool-url", &pool, "--chain-file", "net.json"];
    let bought = json(home, &[&buy[..], &app_order].concat()).await;
    let task = bought["tasks"][0].as_str().unwrap();
    let show = ["task", "show", task, "--watch", "--pool-url", &pool, "--chain-file", "net.json"];
    let watched = run(home, &show).await;
    let (told, words) =
        (String::from_utf8(watched.stdout).unwrap(), String::from_utf8(watched.stderr).unwrap());
    let gave_up = told.lines().rfind(|line| line.contains("gave up")).unwrap_or_default();
    assert!(gave_up.contains("P-IN-004") && gave_up.contains(&input), "{told}");
    assert_eq!(watched.status.code(), Some(1), "{words}");
    assert!(words.contains("P-RQ-011"), "{words}");

    assert_eq!(solo.terminate().await.code(), Some(0));
    assert_eq!(devnet.terminate().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_solo_that_starts_late_is_set_up_by_its_environment_alone() {
    let sample = SampleDapp::prepare("find-circles", "iexec.json").await;
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let devnet = Devnet::start(&DevnetOptions { workers: 2, ..DevnetOptions::default() }).await.unwrap();
    let accounts = devnet.accounts();
    let hex_key = |key: &PrivateKeySigner| format!("0x{}", hex::encode(key.to_bytes()));
    let (rpc, hub) = (devnet.ws().unwrap().as_str().replace("ws://", "http://"), devnet.hub().to_string());
    let workerpool = devnet.workerpool().to_string();

    // The deal is struck while no pool is up, on the order that its scheduler had signed.
    let chain = EvmChain::open(devnet.endpoint().clone(), devnet.hub(), vec![]).await.unwrap();
    let domain = Domain { chain_id: chain.config().chain_id, hub: devnet.hub() };
    let mut order = WorkerpoolOrder {
        workerpool: devnet.workerpool(),
        workerpoolprice: Nrlc::ONE_RLC,
        volume: U256::ONE,
        trust: U256::from(4),
        ..WorkerpoolOrder::default()
    };
    order.sign(&domain, &accounts.scheduler).unwrap();
    std::fs::write(home.join("pool.json"), serde_json::to_string(&order).unwrap()).unwrap();
    std::fs::write(home.join("iexec.json"), &sample.iexec_json).unwrap();
    let requester = hex_key(&accounts.requester);
    let place = ["--rpc-url", &rpc, "--hub", &hub, "--key", &requester, "--json"];
    let deployed = json(home, &[&["app", "deploy"][..], &place].concat()).await;
    let app = deployed["app"].as_str().unwrap();
    let buy = ["order", "buy", "--app", app, "--trust", "4", "--workerpool-order", "pool.json"];
    let bought = json(home, &[&buy[..], &place].concat()).await;

    let keys: Vec<_> = accounts.workers.iter().map(hex_key).collect();
    let settings = [
        ("POCO_RPC_URL", rpc),
        ("POCO_HUB", hub),
        ("POCO_WORKERPOOL", workerpool),
        ("POCO_SCHEDULER_KEY", hex_key(&accounts.scheduler)),
        ("POCO_WORKER_KEYS", keys.join(",")),
        ("POCO_START_BLOCK", bought["block"].to_string()),
        ("POCO_WORKDIR", "work".to_owned()),
        ("POCO_LISTEN", "127.0.0.1:0".to_owned()),
        // Where no chain.json says that this is a devnet, inputs come from the open internet unless allowed.
        ("POCO_ALLOW_HOSTS", "127.0.0.1".to_owned()),
    ];
    let mut command = poco(home, &["solo"]);
    command.envs(settings);
    let mut solo = Daemon::spawn(command);
    solo.says("finalize").await;
    let task = chain.task(bought["tasks"][0].as_str().unwrap().parse().unwrap()).await.unwrap();
    assert_eq!((task.status, task.winner_counter), (TaskStatus::Completed, 2));
    assert_eq!(solo.terminate().await.code(), Some(0));
    assert!(home.join("work/pool.db").is_file(), "everything is kept where the environment says");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_solo_that_is_killed_again_and_again_goes_on_where_it_was() {
    build("probe").await;
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let devnet = Devnet::start(&DevnetOptions { workers: 2, ..DevnetOptions::default() }).await.unwrap();
    devnet.chain_file(None).unwrap().write(&home.join("chain.json")).unwrap();
    let iexec_json = r#"{
        "app": { "name": "Slow", "params": { "type": "DOCKER", "envvars": "XWDOCKERIMAGE=poco/probe:1.0.0" } },
        "order": { "buy": { "trust": 4, "params": { "cmdline": "sh -c 'sleep 1; echo 42 > /iexec/consensus.iexec'" } } }
    }"#;
    std::fs::write(home.join("iexec.json"), iexec_json).unwrap();
    let solo = ["solo", "--workdir", "work", "--listen", "127.0.0.1:0", "--log-format", "json"];

    let mut life = Daemon::start(home, &solo);
    let opened: Value = serde_json::from_str(&life.says("the pool is open").await).unwrap();
    let deployed = json(home, &["app", "deploy", "--json"]).await;
    let app = deployed["app"].as_str().unwrap();
    let pool = opened["url"].as_str().unwrap();
    let bought = json(home, &["order", "buy", "--app", app, "--pool-url", pool, "--json"]).await;
    let id = bought["tasks"][0].as_str().unwrap();
    let chain = EvmChain::open(devnet.endpoint().clone(), devnet.hub(), vec![]).await.unwrap();
    let task = id.parse().unwrap();
    // While the container runs, with the digest written, and with the stake locked; a slow machine's blow may come later.
    for moment in ["prepared: ", "digested: ", "contributed: "] {
        tokio::select! {
            _ = life.says(moment) => {}
            _ = completed(&chain, task) => break,
        }
        life.child.kill().await.unwrap();
        life = Daemon::start(home, &solo);
    }
    let task = within("the end of the task", completed(&chain, task)).await;
    assert_eq!((task.winner_counter, task.reveal_counter), (2, 2));
    assert_eq!(task.digest, Some(ResultDigest(keccak256("42\n"))));
    assert_eq!(life.terminate().await.code(), Some(0));

    let label = format!("label={}={id}", poco::container::LABEL_TASK);
    let left =
        Command::new("docker").args(["ps", "--all", "--quiet", "--filter", &label]).output().await.unwrap();
    assert!(left.status.success() && left.stdout.is_empty(), "no container of any life is left");
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
