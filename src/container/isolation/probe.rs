//! What the container does: it tries to break each rule of the sandbox, from within, and tells what came of it. It is
//! harmless where it is not in a container, too: it writes nothing that it does not remove, but for the deeds that a
//! limit must end.

use crate::container::egress::VARIABLES;
use rustix::io::Errno;
use rustix::mount::{MountFlags, mount};
use rustix::process::{Resource, getrlimit};
use rustix::thread::{sched_getaffinity, set_thread_uid};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

/// What came of trying to break one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// The rule's name.
    pub rule: String,
    /// Whether it held.
    pub held: bool,
    /// What was found.
    pub found: String,
}

/// What a probe is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Deed {
    /// Try everything that ends by itself.
    Try,
    /// Take more memory than there is.
    Memory,
    /// Write more than may be written.
    Disk,
    /// Go on for ever.
    Time,
}

/// Does it, and tells what came of it.
pub fn probe(deed: Deed) -> Vec<Tried> {
    match deed {
        Deed::Try => tries(),
        Deed::Memory => memory(),
        Deed::Disk => disk(),
        Deed::Time => loop {
            std::thread::park();
        },
    }
}

fn tried(rule: &str, held: bool, found: impl Into<String>) -> Tried {
    Tried { rule: rule.to_owned(), held, found: found.into() }
}

fn tries() -> Vec<Tried> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("").trim();
    let rights = ["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"].map(field);
    let user = rustix::process::getuid().as_raw();
    let become_root = set_thread_uid(rustix::fs::Uid::ROOT);
    let mounted = mount("none", "/tmp", "tmpfs", MountFlags::empty(), None::<&std::ffi::CStr>);
    vec![
        network(),
        tried(
            "no-root",
            user != 0 && become_root.is_err(),
            format!("user {user}, becoming root: {}", said(&become_root)),
        ),
        tried(
            "no-capabilities",
            rights.iter().all(|set| set.bytes().all(|b| b == b'0') && !set.is_empty()),
            rights.join(" "),
        ),
        tried("no-new-privileges", field("NoNewPrivs:") == "1", field("NoNewPrivs:")),
        tried("system-calls", field("Seccomp:") == "2", format!("filter {}", field("Seccomp:"))),
        tried("no-mounts", mounted.is_err(), said(&mounted)),
        read_only(),
        kernel_files(),
        devices(),
        host_files(),
        processes_of_others(),
        groups(),
        tried("hostname", hostname() == super::super::HOSTNAME, hostname()),
        environment(),
        processors(),
        process_limit(),
        files_and_cores(),
        bounded("tmp", Path::new("/tmp")),
        bounded("shared-memory", Path::new("/dev/shm")),
    ]
}

fn said<T>(done: &Result<T, Errno>) -> String {
    done.as_ref().map_or_else(ToString::to_string, |_| "it worked".into())
}

fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn network() -> Tried {
    let routes = fs::read_to_string("/proc/net/route").unwrap_or_default();
    let ways = routes.lines().skip(1).filter(|line| !line.trim().is_empty()).count();
    let interfaces = names("/sys/class/net");
    let held = ways == 0 && interfaces.iter().all(|name| name == "lo");
    tried("no-network", held, format!("interfaces {}, {ways} routes", interfaces.join(" ")))
}

/// Tries to make a file in each place that is not the dapp's.
fn read_only() -> Tried {
    let places = ["/", "/etc", "/usr", "/var", "/run", "/dev", "/proc", "/sys", "/iexec_in"];
    let written: Vec<&str> =
        places.into_iter().filter(|place| can_write(&Path::new(place).join("poco-probe"))).collect();
    tried(
        "read-only-root",
        written.is_empty(),
        if written.is_empty() {
            "nothing could be written".into()
        } else {
            format!("written: {}", written.join(" "))
        },
    )
}

fn can_write(path: &Path) -> bool {
    let made = File::create_new(path).is_ok();
    let _ = fs::remove_file(path);
    made
}

/// Opens what the kernel lets root write, and reads what tells of the host.
fn kernel_files() -> Tried {
    let writable = [
        "/proc/sys/kernel/core_pattern",
        "/proc/sysrq-trigger",
        "/sys/kernel/uevent_helper",
        "/sys/fs/cgroup/cgroup.procs",
        "/sys/fs/cgroup/release_agent",
    ];
    let telling = ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/dev/mem", "/dev/kmsg"];
    let opened = writable.into_iter().filter(|path| OpenOptions::new().write(true).open(path).is_ok());
    let read = telling.into_iter().filter(|path| holds_something(path));
    let broken: Vec<&str> = opened.chain(read).collect();
    tried(
        "kernel-files",
        broken.is_empty(),
        if broken.is_empty() { "closed".into() } else { format!("open: {}", broken.join(" ")) },
    )
}

fn holds_something(path: &str) -> bool {
    File::open(path).and_then(|mut file| file.read(&mut [0])).is_ok_and(|count| count > 0)
}

fn devices() -> Tried {
    let usual = [
        "core", "fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout",
        "tty", "urandom", "zero",
    ];
    let others: Vec<String> =
        names("/dev").into_iter().filter(|name| !usual.contains(&name.as_str())).collect();
    tried(
        "no-devices",
        others.is_empty(),
        if others.is_empty() { "the usual ones".into() } else { others.join(" ") },
    )
}

fn host_files() -> Tried {
    let files = [
        "/etc/shadow",
        "/root",
        "/home",
        "/var/run/docker.sock",
        "/run/docker.sock",
        "/run/podman/podman.sock",
    ];
    let seen: Vec<&str> = files.into_iter().filter(|path| Path::new(path).exists()).collect();
    tried("no-host-files", seen.is_empty(), if seen.is_empty() { "none seen".into() } else { seen.join(" ") })
}

fn processes_of_others() -> Tried {
    let seen = names("/proc").iter().filter(|name| name.bytes().all(|b| b.is_ascii_digit())).count();
    tried("own-processes", seen == 1, format!("{seen} seen"))
}

fn groups() -> Tried {
    let text = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let others = text.lines().filter(|line| !line.ends_with(":/")).count();
    tried("own-groups", others == 0, format!("{others} control groups of this host seen"))
}

fn hostname() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

fn environment() -> Tried {
    let given: Vec<String> =
        std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned()).collect();
    let others = given.iter().filter(|name| !matches!(name.as_str(), "PATH" | "HOME" | "HOSTNAME"));
    // A dapp that has a proxy is told where.
    let others: Vec<&String> = others.filter(|name| !VARIABLES.contains(&name.as_str())).collect();
    tried("environment", others.is_empty(), format!("{} variables, {} unexpected", given.len(), others.len()))
}

fn processors() -> Tried {
    let may = sched_getaffinity(None).map_or(0, |set| set.count());
    let online = fs::read_to_string("/sys/devices/system/cpu/online").unwrap_or_default();
    tried(
        "processors",
        may == 1 && online.trim() == "0",
        format!("{may} to run on, online {}", online.trim()),
    )
}

/// Starts threads until it is refused.
fn process_limit() -> Tried {
    const MANY: usize = 512;
    let (end, waiting) = std::sync::mpsc::channel::<()>();
    let waiting = std::sync::Arc::new(std::sync::Mutex::new(waiting));
    let mut threads = Vec::new();
    for _ in 0..MANY {
        let waiting = waiting.clone();
        let wait = move || {
            if let Ok(waiting) = waiting.lock() {
                let _ = waiting.recv();
            }
        };
        match std::thread::Builder::new().stack_size(64 * 1024).spawn(wait) {
            Ok(thread) => threads.push(thread),
            Err(_) => break,
        }
    }
    let started = threads.len();
    drop(end);
    threads.into_iter().for_each(|thread| drop(thread.join()));
    tried("processes", started < MANY, format!("{started} threads started"))
}

fn files_and_cores() -> Tried {
    let (files, core) = (getrlimit(Resource::Nofile), getrlimit(Resource::Core));
    let held = files.maximum.is_some_and(|most| most <= 16_384) && core.maximum == Some(0);
    let show = |limit: Option<u64>| limit.map_or("any".into(), |most| most.to_string());
    tried(
        "files-and-cores",
        held,
        format!("{} files, cores of {} bytes", show(files.maximum), show(core.maximum)),
    )
}

/// How much a place in memory takes, as its file system says.
fn bounded(rule: &str, place: &Path) -> Tried {
    const MOST: u64 = 64 << 20;
    match rustix::fs::statvfs(place) {
        Ok(space) => {
            let bytes = space.f_blocks.saturating_mul(space.f_frsize);
            tried(rule, bytes <= MOST, format!("{} MiB", bytes >> 20))
        }
        Err(errno) => tried(rule, errno == Errno::NOENT, errno.to_string()),
    }
}

/// Takes memory, and uses it, far beyond the limit of a probe.
fn memory() -> Vec<Tried> {
    const STEP: usize = 1 << 20;
    let taken: Vec<Vec<u8>> = (0..1024_u32).map(|step| vec![step.to_le_bytes()[0] | 1; STEP]).collect();
    vec![tried("memory", false, format!("{} MiB were taken", std::hint::black_box(taken).len()))]
}

/// Writes beyond the limit of a probe, and waits to be ended.
fn disk() -> Vec<Tried> {
    let block = vec![1; 1 << 20];
    let written =
        File::create("/iexec/probe").and_then(|mut file| (0..16).try_for_each(|_| file.write_all(&block)));
    match written {
        Ok(()) => probe(Deed::Time),
        Err(error) => vec![tried("disk", true, error.to_string())],
    }
}
