//! Every variation is tried for real: the program inside sees what the variation claims, and an image that does not allow
//! it is told so. Needs a Docker engine.

#[path = "../container_support/mod.rs"]
mod container_support;
mod glibc;

use container_support::Task;
use poco::container::Exit;
use poco::dapp::Folder;
use poco::determinism::arrangement::{Arrangement, Layout};
use poco::determinism::scene::Scene;
use poco::determinism::vary::{self, Variation};
use std::collections::BTreeSet;
use std::path::Path;

/// A task with what is known of its image, and the folder of what variations bring along.
struct Desk {
    task: Task,
    arrangement: Arrangement,
    scene: Scene,
    _props: tempfile::TempDir,
}

impl Desk {
    /// A shell line in the image of a static busybox.
    async fn shell(line: &str) -> Self {
        Self::of(Task::new(line).await).await
    }

    /// A program of the image that is linked with glibc.
    async fn glibc<const N: usize>(words: [&str; N]) -> Self {
        let mut task = Task::new("").await;
        task.spec.image = glibc::image().await;
        task.spec.launch.command = Some(words.map(ToOwned::to_owned).to_vec());
        Self::of(task).await
    }

    async fn of(task: Task) -> Self {
        let props = tempfile::tempdir().unwrap();
        let shim = Path::new(env!("CARGO_BIN_EXE_poco"));
        let scene = Scene::look_with(&task.engine, &task.spec, props.path(), shim).await.unwrap();
        let arrangement =
            Arrangement { spec: task.spec.clone(), layout: Layout { files: 2, ..Layout::default() } };
        Self { task, arrangement, scene, _props: props }
    }

    fn with(mut self, name: &str) -> Self {
        named(name).apply(&mut self.arrangement, &self.scene).unwrap_or_else(|why| panic!("{name}: {why}"));
        self
    }

    fn refuses(&self, name: &str) -> String {
        let mut arrangement = self.arrangement.clone();
        let refused = named(name).apply(&mut arrangement, &self.scene).unwrap_err().to_string();
        assert_eq!(arrangement.spec, self.arrangement.spec, "a variation that is refused changes nothing");
        refused
    }

    /// What it prints. It has to end well.
    async fn prints(self) -> String {
        self.run().await.task.stdout().trim().to_owned()
    }

    /// What it writes to a file of this host.
    async fn writes(self, file: &Path) -> String {
        let _ran = self.run().await;
        std::fs::read_to_string(file).unwrap()
    }

    async fn run(mut self) -> Self {
        self.task.spec = self.arrangement.spec.clone();
        let outcome = self.task.run().await;
        let said = format!("{}{}", self.task.stdout(), self.task.stderr());
        assert_eq!(outcome.exit, Exit::Exited(0), "{said}");
        self
    }
}

fn named(name: &str) -> &'static Variation {
    vary::all().iter().find(|variation| variation.name() == name).unwrap_or_else(|| panic!("no {name}"))
}

/// What a shell line prints under one variation.
async fn seen(name: &str, line: &str) -> String {
    Desk::shell(line).await.with(name).prints().await
}

#[test]
fn every_variation_has_a_name_of_its_own() {
    let names: BTreeSet<_> = vary::all().iter().map(Variation::name).collect();
    assert_eq!(names.len(), vary::all().len());
    for variation in vary::all() {
        let what = variation.what();
        assert!(!what.ends_with('.') && !what.contains('\n') && what.len() < 110, "{what}");
    }
}

#[tokio::test]
async fn names_of_the_machine() {
    let line = "hostname; grep -c 'localhost another-host' /etc/hosts";
    assert_eq!(seen("hostname", line).await, "another-host\n1");
    assert_eq!(seen("domain", "cat /proc/sys/kernel/domainname").await, "elsewhere.example");
}

#[tokio::test]
async fn users_and_their_homes() {
    assert_eq!(seen("user", "id -u; id -g; busybox stat -c %u:%g /iexec").await, "1234\n5678\n1234:5678");
    assert_eq!(seen("home", "touch $HOME/x && echo $HOME").await, "/dev/shm");
    assert_eq!(seen("umask", "umask; touch /iexec/x; busybox stat -c %a /iexec/x").await, "0077\n600");
}

#[tokio::test]
async fn variables() {
    assert_eq!(seen("environment", "echo ${#NOISE} $A_FIRST_ONE $GIVEN").await, "5000 1 a=b c");
    assert_eq!(seen("path", "echo $PATH").await, "/opt/first/bin:/bin:/opt/last/bin");
    assert_eq!(seen("language", "echo $LANG $LANGUAGE").await, "fr_FR.UTF-8 fr_FR:fr");
    assert_eq!(seen("hash-seed", "echo $PYTHONHASHSEED $PERL_HASH_SEED").await, "0 0");
}

#[tokio::test]
async fn zones() {
    let there = seen("timezone", "busybox date -d @0 +%H:%M; busybox wc -c < /etc/localtime").await;
    let (time, bytes) = there.split_once('\n').unwrap();
    assert_eq!(time, "12:45");
    assert_ne!(bytes, "0");
}

#[tokio::test]
async fn processors_and_memory() {
    let all = poco::container::DockerEngine::connect().await.unwrap().facts().cpus;
    let one = Desk::shell("busybox nproc; cat /sys/devices/system/cpu/online").await;
    if all > 1 {
        assert_eq!(one.with("cpus").prints().await, format!("{all}\n0-{}", all - 1));
    } else {
        assert!(one.refuses("cpus").contains("one processor"));
    }
    let limit =
        "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || true";
    assert_eq!(seen("memory", limit).await, (96_u64 << 20).to_string());
    assert_eq!(seen("meminfo", "head -n 1 /proc/meminfo").await, "MemTotal:        3145728 kB");
    let model = seen("cpu-model", "grep -c 'Another Maker' /proc/cpuinfo").await;
    assert!(model.parse::<usize>().unwrap() >= all);
    assert_eq!(seen("load", "ls /proc/1/task | busybox wc -l").await, "3");
}

#[tokio::test]
async fn processes_and_the_kernel() {
    let numbers = seen("pids", "echo $$; cat /proc/self/stat | busybox cut -d' ' -f4; exit 0").await;
    assert!(numbers.lines().all(|number| number.parse::<u32>().unwrap() > 300), "{numbers}");
    let counters = seen("kernel-counters", "cat /proc/uptime /proc/loadavg").await;
    assert_eq!(counters, "86461.25 80123.50\n0.42 0.37 0.31 1/123 4567");
    let limits = seen("ulimits", "ulimit -n; ulimit -s").await;
    assert_eq!(limits, "1024\n16384");
    let release = Desk::glibc(["uname", "-r"]).await.with("kernel").prints().await;
    assert!(release.starts_with("2.6."), "{release}");
    assert!(Desk::shell("").await.refuses("kernel").contains("is static"));
}

#[tokio::test]
async fn what_is_read_and_printed_to() {
    let kind = "ls -l /proc/self/fd/0 | grep -o 'pipe\\|null'";
    assert_eq!(seen("stdin", kind).await, "pipe");
    assert_eq!(seen("stdin", "cat | busybox wc -c").await, "0");
    assert_eq!(
        seen("terminal", "[ -t 1 ] && busybox stty size < /dev/tty && echo $COLUMNS").await,
        "19 57\r\n57"
    );
}

#[tokio::test]
async fn a_network_that_is_there_and_dead() {
    let line = "ls /sys/class/net; grep -c eth0 /proc/net/route; busybox nc -w 2 172.17.0.1 22 < /dev/null || echo nobody";
    assert_eq!(seen("network", line).await, "eth0\nlo\n2\nnobody");
    assert_eq!(Desk::shell("ls /sys/class/net").await.prints().await, "lo");
}

#[tokio::test]
async fn a_root_that_can_be_written_to_still_counts() {
    assert_eq!(seen("writable-root", "grep ' / ' /proc/mounts | grep -c rw,").await, "1");
}

#[tokio::test]
async fn a_clock_forward_and_a_clock_that_stands_still() {
    let real: i64 = Desk::glibc(["date", "+%s"]).await.prints().await.parse().unwrap();
    let ahead: i64 = Desk::glibc(["date", "+%s"]).await.with("clock").prints().await.parse().unwrap();
    assert!((34_664_400..34_665_000).contains(&(ahead - real)), "{real} {ahead}");
    let words = ["perl", "-e", "print time; select undef, undef, undef, 1.1; print q( ), time"];
    assert_eq!(Desk::glibc(words).await.with("clock-still").prints().await, "1620284889 1620284889");
    let script: i64 = Desk::glibc(["script"]).await.with("clock").prints().await.parse().unwrap();
    assert!(script >= ahead);
    for name in ["clock", "clock-still", "cpu-generation", "locale"] {
        assert!(Desk::shell("").await.refuses(name).contains("static"));
    }
}

#[tokio::test]
async fn random_numbers_that_stay() {
    let line = "head -c 16 /dev/urandom | busybox md5sum; head -c 16 /dev/random | busybox md5sum";
    let one = seen("entropy", line).await;
    assert_eq!(one, seen("entropy", line).await);
    assert_eq!(one.lines().collect::<BTreeSet<_>>().len(), 1);
    // The order of a hash table is drawn from the same source.
    let words = ["perl", "-e", "my %h = map { $_ => 1 } 1..50; print join q( ), keys %h"];
    for name in ["hash-seed", "entropy"] {
        let first = Desk::glibc(words).await.with(name).prints().await;
        assert_eq!(Desk::glibc(words).await.with(name).prints().await, first, "{name}");
    }
}

#[tokio::test]
async fn a_layout_of_memory_that_stays() {
    let words = ["perl", "-e", "open F, q(/proc/self/maps); print <F>"];
    let layout = |text: String| text.lines().map(|line| line[..12].to_owned()).collect::<Vec<_>>();
    let first = layout(Desk::glibc(words).await.with("aslr").prints().await);
    assert_eq!(layout(Desk::glibc(words).await.with("aslr").prints().await), first);
    assert_ne!(layout(Desk::glibc(words).await.prints().await), first);
}

/// One after another, all that are possible; and the same bytes come out.
#[tokio::test]
async fn all_at_once_and_a_stable_dapp_stays_the_same() {
    let shell = Desk::shell("echo 42 > /iexec/result").await;
    let glibc = Desk::glibc(["perl", "-e", "open F, q(>/iexec/result); print F qq(42\\n)"]).await;
    for (mut desk, least) in [(shell, 22), (glibc, 25)] {
        let mut applied = Vec::new();
        for variation in vary::all() {
            match variation.apply(&mut desk.arrangement, &desk.scene) {
                Ok(()) => applied.push(variation.name()),
                Err(why) => assert!(!why.to_string().is_empty()),
            }
        }
        assert!(applied.len() >= least, "{applied:?}");
        let result = desk.arrangement.spec.area.folder(Folder::Shared).join("result");
        assert_eq!(desk.writes(&result).await, "42\n");
    }
}

#[tokio::test]
async fn an_image_without_its_program_lets_nothing_be_preloaded() {
    let mut task = Task::new("").await;
    task.spec.launch.command = Some(vec!["no-such-program".into()]);
    let desk = Desk::of(task).await;
    assert_eq!(desk.refuses("clock"), "the dapp's program is not found in the image");
}

/// The last bits of a sum of many functions follow the processor's generation.
#[tokio::test]
async fn an_older_processor_has_other_last_digits() {
    let sum = "for (1..2000) { $s .= sprintf '%a %a %a ', exp($_ / 7), sin($_ / 3), $_ ** 1.37 } print $s";
    let desk = Desk::glibc(["perl", "-e", sum]).await;
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap();
    if !cpuinfo.split_whitespace().any(|flag| flag == "fma") {
        assert!(desk.refuses("cpu-generation").contains("neither"));
        return;
    }
    let older = desk.with("cpu-generation").prints().await;
    assert_ne!(Desk::glibc(["perl", "-e", sum]).await.prints().await, older);
}

/// It needs no container to tell how a program ended.
#[test]
fn the_shim_ends_as_its_program_does() {
    let status = |words: &[&str]| {
        let shim =
            std::process::Command::new(env!("CARGO_BIN_EXE_poco")).arg("shim").args(words).status().unwrap();
        shim.code().unwrap()
    };
    assert_eq!(status(&["--umask", "022", "--", "sh", "-c", "exit 7"]), 7);
    assert_eq!(status(&["--burn", "3", "--", "sh", "-c", "exit 7"]), 7);
    assert_eq!(status(&["--load", "1", "--", "sh", "-c", "kill -9 $$"]), 137);
    assert_eq!(status(&["--", "no-such-program"]), 127);
    assert_eq!(status(&["--burn", "1", "--", "/etc"]), 126);
    assert_eq!(status(&["--umask", "9", "--", "true"]), 2);
}

#[tokio::test]
async fn inputs_that_lie_otherwise() {
    let mut none = Desk::shell("").await;
    none.arrangement.layout.files = 0;
    for name in ["input-order", "input-times", "input-modes"] {
        assert!(none.refuses(name).contains("input"));
    }

    let desk = Desk::shell("").await.with("input-times").with("input-modes");
    assert_eq!(
        (desk.arrangement.layout.modified, desk.arrangement.layout.closed),
        (Some(1_000_000_000), true)
    );
    let desk = desk.with("input-order");
    assert!(desk.arrangement.layout.reversed);
    let root = desk.arrangement.spec.area.root().to_path_buf();
    let memory = root.parent().unwrap().to_path_buf();
    assert!(memory.starts_with("/dev/shm") && memory.is_dir(), "{}", memory.display());
    drop(desk);
    assert!(!memory.exists(), "nothing is left in memory");
}
