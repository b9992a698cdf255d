//! A chain, an app, and the program as a child process.

use alloy::primitives::{Address, B256, U256, keccak256};
use poco::chain::{Chain, EvmChain, Gas, Happening, Market, NewApp, Scope, Task};
use poco::dapp::BuyOrder;
use poco::devnet::{Devnet, DevnetOptions};
use poco::poco::{Class, Domain, Fault, Nrlc, ResultDigest, TaskId, TaskStatus};
use poco::requester::{self, Buyer, Wish};
use rustix::process::{Pid, Signal, kill_process};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use url::Url;

/// After this long something is taken not to happen any more.
const PATIENCE: Duration = Duration::from_secs(180);
/// Pause before the chain is asked the same again.
const AGAIN: Duration = Duration::from_millis(200);

/// What comes of `happening`, or a failure that says what did not happen.
pub(crate) async fn within<T>(what: &str, happening: impl Future<Output = T>) -> T {
    let came = tokio::time::timeout(PATIENCE, happening).await;
    came.unwrap_or_else(|_| panic!("{what}: it did not happen within {} s", PATIENCE.as_secs()))
}

/// Until there is something at `path`.
pub(crate) async fn exists(path: &Path) {
    let there = async {
        while !path.exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    within(&format!("{}", path.display()), there).await;
}

/// A devnet, and a folder in which the program keeps everything.
pub(crate) struct Place {
    pub(crate) devnet: Devnet,
    pub(crate) chain: EvmChain,
    pub(crate) home: TempDir,
    app: Address,
}

impl Place {
    pub(crate) async fn new(workers: usize) -> Self {
        Self::on(DevnetOptions { workers, ..DevnetOptions::default() }).await
    }

    pub(crate) async fn on(options: DevnetOptions) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/build.sh");
        let built = Command::new(script).arg("probe").output().await.unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let devnet = Devnet::start(&options).await.unwrap();
        let chain = EvmChain::open(devnet.endpoint().clone(), devnet.hub(), vec![]).await.unwrap();
        let home = tempfile::tempdir().unwrap();
        devnet.chain_file(None).unwrap().write(&home.path().join("chain.json")).unwrap();
        let developer = devnet.endpoint().sender(devnet.accounts().developer.clone(), Gas::default());
        let new = NewApp {
            name: "Scripted".into(),
            kind: "DOCKER".into(),
            multiaddr: "poco/probe:1.0.0".into(),
            checksum: B256::ZERO,
        };
        let app = Market::new(&chain, developer).create_app(new).await.unwrap();
        Self { devnet, chain, home, app }
    }

    /// Starts pool and workers.
    pub(crate) fn solo(&self, arguments: &[&str]) -> Daemon {
        self.solo_with(arguments, &[])
    }

    /// Starts pool and workers with some variables set.
    pub(crate) fn solo_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Daemon {
        let mut command = Command::new(env!("CARGO_BIN_EXE_poco"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("POCO_")) {
            command.env_remove(name);
        }
        command.args(["solo", "--workdir", "work", "--listen", "127.0.0.1:0", "--start-block", "0"]);
        command.args(["--margin", "1s"]).args(arguments).envs(variables.iter().copied());
        Daemon::start(command.current_dir(self.home.path()))
    }

    /// Buys `volume` runs of `script` at the pool of a daemon.
    pub(crate) async fn buy(&self, pool: &Url, volume: u64, trust: u64, script: &str) -> Vec<TaskId> {
        let order = BuyOrder { volume: Some(volume), trust: Some(trust), ..BuyOrder::default() };
        self.buy_as(pool, order, script).await
    }

    /// Buys runs of `script` as `order` has it, which names their number.
    pub(crate) async fn buy_as(&self, pool: &Url, order: BuyOrder, script: &str) -> Vec<TaskId> {
        let volume = order.volume.unwrap();
        assert!(!script.contains('\''), "the script stands in single quotes");
        let accounts = self.devnet.accounts();
        let domain = Domain { chain_id: self.chain.config().chain_id, hub: self.devnet.hub() };
        let price = Nrlc::new(1);
        let app_order = requester::app_order(&domain, &accounts.developer, self.app, price, volume).unwrap();
        let workerpool_order = requester::pool_order(pool, order.category.unwrap_or_default()).await.unwrap();
        let sender = self.devnet.endpoint().sender(accounts.requester.clone(), Gas::default());
        let market = Market::new(&self.chain, sender);
        let buyer = Buyer { chain: &self.chain, market: &market, key: &accounts.requester };
        let params = serde_json::json!({ "cmdline": format!("sh -c '{script}'") }).to_string();
        let order = BuyOrder { app: Some(self.app), params, ..order };
        let wish = Wish { order, app_order: Some(app_order), app_price: price, workerpool_order };
        buyer.buy(wish).await.unwrap().tasks
    }

    /// The task once it is COMPLETED on chain.
    pub(crate) async fn completed(&self, task: TaskId) -> Task {
        let done = async {
            loop {
                let head = self.chain.head();
                let view = self.view(task).await;
                if matches!(view.status, TaskStatus::Completed | TaskStatus::Failed) {
                    return view;
                }
                self.chain.head_after(head.number).await.unwrap();
            }
        };
        let view = within(&format!("the end of {task}"), done).await;
        assert_eq!(view.status, TaskStatus::Completed);
        view
    }

    /// The task as the chain has it. A chain that is busy with a reorganisation answers late, and is asked again.
    async fn view(&self, task: TaskId) -> Task {
        loop {
            match self.chain.task(task).await {
                Ok(view) => return view,
                Err(error) if error.class() == Class::Retry => tokio::time::sleep(AGAIN).await,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// How many of these are COMPLETED now.
    pub(crate) async fn count_completed(&self, tasks: &[TaskId]) -> usize {
        let mut count = 0;
        for task in tasks {
            let view = self.view(*task).await;
            count += usize::from(view.status == TaskStatus::Completed);
        }
        count
    }

    /// All tasks complete; each worker contributed to each at most once, was seized nothing, and has no stake locked any more.
    pub(crate) async fn all_well(&self, tasks: &[TaskId]) {
        for (done, task) in tasks.iter().enumerate() {
            self.completed(*task).await;
            eprintln!("{} of {} tasks are COMPLETED", done + 1, tasks.len());
        }
        let head = self.chain.head().number;
        let mut contributions: HashMap<(TaskId, Address), u32> = HashMap::new();
        for event in self.chain.events(&Scope::Everything, 0, head).await.unwrap() {
            match event.what {
                Happening::Contributed { task, worker, .. } => {
                    *contributions.entry((task, worker)).or_default() += 1;
                }
                Happening::Seized { account, .. } if self.is_worker(account) => {
                    panic!("{account} lost a stake")
                }
                _ => {}
            }
        }
        for task in tasks {
            // A worker that has made itself a name may agree alone.
            assert!(contributions.keys().any(|(of, _)| of == task), "{task} is done without a contribution");
        }
        for ((task, worker), times) in contributions {
            assert_eq!(times, 1, "contributions of {worker} to {task}");
        }
        for key in &self.devnet.accounts().workers {
            let account = self.chain.account(key.address()).await.unwrap();
            assert_eq!(account.locked_nrlc, U256::ZERO, "stake of {}", key.address());
        }
    }

    /// The agreed output of these is that of a dapp that wrote `once` and found nothing there before it.
    pub(crate) async fn each_ran_once(&self, tasks: &[TaskId]) {
        let once = ResultDigest(keccak256("once\n"));
        for task in tasks {
            assert_eq!(self.completed(*task).await.digest, Some(once), "{task}");
        }
    }

    fn is_worker(&self, account: Address) -> bool {
        self.devnet.accounts().workers.iter().any(|key| key.address() == account)
    }

    /// The folder that a dapp of the first worker sees as `/iexec`.
    pub(crate) fn shared(&self, task: TaskId) -> PathBuf {
        let worker = self.devnet.accounts().workers[0].address();
        self.home.path().join("work/tasks").join(format!("{task}-{worker}")).join("iexec")
    }
}

/// The program, running.
pub(crate) struct Daemon {
    child: Child,
    said: Arc<Mutex<Vec<String>>>,
    lines: mpsc::UnboundedReceiver<String>,
    reading: JoinHandle<()>,
}

impl Daemon {
    fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        let (tell, lines) = mpsc::unbounded_channel();
        let said = Arc::<Mutex<Vec<String>>>::default();
        let all = said.clone();
        let reading = tokio::spawn(async move {
            while let Ok(Some(line)) = stderr.next_line().await {
                all.lock().unwrap().push(line.clone());
                let _ = tell.send(line);
            }
        });
        Self { child, said, lines, reading }
    }

    /// The next line that holds these words.
    pub(crate) async fn says(&mut self, words: &str) -> String {
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

    /// The URL of its pool.
    pub(crate) async fn pool(&mut self) -> Url {
        let line = self.says("the pool is open").await;
        let (_, url) = line.split_once("url=").unwrap();
        url.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// Nobody reads any more what it says: the pipe is closed.
    pub(crate) async fn unheard(&mut self) {
        self.reading.abort();
        let _ = (&mut self.reading).await;
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// Kills it without a word, and waits until it is gone.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// The code that it ends with, and what it said until then.
    pub(crate) async fn end(mut self) -> (Option<i32>, Vec<String>) {
        let status = within("the daemon's end", self.child.wait()).await.unwrap();
        let mut said = Vec::new();
        while let Some(line) = self.lines.recv().await {
            said.push(line);
        }
        (status.code(), said)
    }
}

impl Drop for Daemon {
    /// Of a test that fails, this is what is read next.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.said.lock().unwrap().join("\n"));
        }
    }
}
