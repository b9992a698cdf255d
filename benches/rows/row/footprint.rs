//! What the program takes: its file, its start, and its memory while it does nothing and while it works.

use super::Row;
use super::container::IMAGE;
use crate::data;
use crate::pairs::{ROUNDS, Side, Table, Unit, in_milliseconds};
use crate::support::{Town, shell as dapp};
use crate::tools::command;
use poco::dapp::BuyOrder;
use poco::devnet::DevnetOptions;
use poco::pool::Offer;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

pub const ROW: Row = Row {
    name: "footprint",
    what: "Size of the binary, stripped; a start that only says its version; a worker's start until it follows its pool, and its resident memory. The need of iExec's Java worker is quoted, not measured: its documentation asks for 2 GiB at least; measured is a Java runtime that has not begun with any program.",
    run,
};

/// Tasks side by side, and how often the most is taken.
const MANY: u64 = 16;
const TIMES: usize = 3;
/// A worker that is up, and a Java runtime that waits, have come to rest after this long.
const REST: Duration = Duration::from_secs(1);

fn run() -> Vec<Table> {
    let program = Path::new(env!("CARGO_BIN_EXE_poco"));
    let stripped = data::folder().join("poco-stripped");
    crate::tools::shell(&data::folder(), &format!("strip -o {} {}", stripped.display(), program.display()));
    let size = |path: &Path| {
        std::fs::metadata(path).map_or(f64::NAN, |found| found.len() as f64 / f64::from(1 << 20))
    };
    let sizes = vec![
        ("poco, stripped".to_owned(), vec![size(&stripped)]),
        ("poco, with its symbols".to_owned(), vec![size(program)]),
    ];
    let folder = data::folder();
    let start = format!("{} --version", stripped.display());
    let starts = vec![
        Side::new("poco --version", || command(&folder, &start)),
        Side::new("docker --version", || command(&folder, "docker --version")),
        Side::new("java -version", || command(&folder, "java -version")),
        Side::new("true", || command(&folder, "true")),
    ];
    let mut tables = vec![
        Table::of("the binary", Unit::Mebibytes, sizes),
        Table::measure("a start", Unit::Milliseconds, 3 * ROUNDS, starts),
    ];
    tables.extend(worker(&stripped));
    tables
}

fn worker(program: &Path) -> Vec<Table> {
    super::container::make_image();
    let runtime = Runtime::new().expect("a runtime");
    let options = DevnetOptions { workers: 1, ..DevnetOptions::default() };
    let town = runtime.block_on(Town::open(options, Offer::default()));
    let (mut starts, mut idle, mut java) = (vec![], vec![], vec![]);
    for round in 0..=ROUNDS {
        let worker = Running::worker(program, &town);
        let waiting = Running::java();
        std::thread::sleep(REST);
        if round > 0 {
            starts.push(worker.up);
            idle.push(worker.resident());
            java.push(waiting.resident());
        }
    }
    let app = runtime.block_on(town.deploy_image(IMAGE));
    let most = |tasks: u64| -> Vec<f64> {
        let busy = Running::worker(program, &town);
        let samples = (0..TIMES).map(|_| {
            let order = BuyOrder { volume: Some(tasks), ..dapp("sleep 1; echo 42 > /iexec/consensus.iexec") };
            runtime.block_on(async {
                let deal = town.buy(app, order).await;
                for task in &deal.tasks {
                    town.completed(*task).await;
                }
                busy.most()
            })
        });
        samples.collect()
    };
    let (one, many) = (most(1), most(MANY));
    runtime.block_on(town.close());
    let memory = vec![
        ("poco worker, nothing to do".to_owned(), idle),
        ("poco worker, the most at 1 task".to_owned(), one),
        (format!("poco worker, the most at {MANY} tasks side by side"), many),
        ("a Java runtime, nothing to do".to_owned(), java),
    ];
    let starts = vec![("poco worker, until it follows its pool".to_owned(), starts)];
    vec![
        Table::of("a worker's start", Unit::Milliseconds, starts),
        Table::of("resident memory", Unit::Mebibytes, memory),
    ]
}

/// A process of its own, killed with its owner.
struct Running {
    child: Child,
    /// How long it took to come up, in milliseconds.
    up: f64,
    _home: tempfile::TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    fn worker(program: &Path, town: &Town) -> Self {
        let key = format!("0x{}", hex::encode(town.devnet.accounts().workers[0].to_bytes()));
        let mut command = Command::new(program);
        command.args(["worker", "--slots", &MANY.to_string()]).envs([
            ("POCO_RPC_URL", town.devnet.ws().expect("a port").to_string()),
            ("POCO_HUB", town.devnet.hub().to_string()),
            ("POCO_WORKERPOOL", town.devnet.workerpool().to_string()),
            ("POCO_POOL_URL", town.pool.to_string()),
            ("POCO_WORKER_KEYS", key),
            ("POCO_WORKDIR", "work".to_owned()),
        ]);
        Self::start(command, "the worker is up")
    }

    /// A Java runtime that is ready and waits for a debugger before it begins with anything.
    fn java() -> Self {
        let mut command = Command::new("java");
        let wait = "-agentlib:jdwp=transport=dt_socket,server=y,suspend=y,address=127.0.0.1:0";
        command.args([wait, "-version"]);
        Self::start(command, "Listening")
    }

    /// Starts it, and waits until it says so.
    fn start(mut command: Command, word: &str) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let (said, output) = std::io::pipe().expect("a pipe");
        command
            .current_dir(home.path())
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a pipe"))
            .stderr(output);
        let start = Instant::now();
        let child = command.spawn().expect("scripts/setup.sh bench installs what is missing");
        drop(command);
        let mut lines = BufReader::new(said).lines();
        let mut so_far = String::new();
        let up = lines.by_ref().map_while(Result::ok).find(|line| {
            so_far.push_str(line);
            line.contains(word)
        });
        assert!(up.is_some(), "it did not come up: {so_far}");
        let up = in_milliseconds(start.elapsed());
        // It stops when nobody reads what it says.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, up, _home: home }
    }

    /// Its resident memory now, in MiB.
    fn resident(&self) -> f64 {
        self.status("VmRSS:")
    }

    /// The most that it ever was, in MiB.
    fn most(&self) -> f64 {
        self.status("VmHWM:")
    }

    fn status(&self, field: &str) -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let kib =
            text.lines().find_map(|line| line.strip_prefix(field)?.split_whitespace().next()?.parse().ok());
        kib.map_or(f64::NAN, |kib: f64| kib / 1024.0)
    }
}
