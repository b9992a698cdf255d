//! From a [`RunSpec`] to what the engine is told: every rule of the sandbox is here, and nothing else is.
//!
//! The dapp is a stranger's program. Unless the operator opens one it gets no network, and never no privileges, no writable disk but its folders and a
//! bounded `/tmp`, and nothing that differs from one worker to the next.
//!
//! Settled here:
//! - `/tmp` is executable: programs that unpack themselves run from it, and `/iexec` is no different.
//! - No init process: a container behaves as under `docker run`, a missing program is told by the engine and not by
//!   status 127, and processes left over are bounded by the limit and die with the container.
//! - An image's own volumes stay what they are to the image, with its content; they are removed with the container,
//!   and what is written there counts as output.
//! - An image's health check is not run.
//! - A container sees as many processors as it may use (see [`super::Cores`]): it is kept on that many, and the kernel's
//!   list of those that are online, which the C library counts, is replaced by one of that length.
//! - The root is not writable, so a quota of the engine's storage would bound nothing; what can be written to is
//!   watched, by [`super::watch`].
//! - `HOME` is `/tmp` unless somebody set it: the user has no entry in the image, and the root is not writable.

use super::docker::dead;
use super::{Labels, Limits, RunSpec, egress, filter, rules};
use crate::dapp::EnvVar;
use bollard::models::{
    ContainerCreateBody, HealthConfig, HostConfig, HostConfigCgroupnsModeEnum, HostConfigLogConfig, Mount,
    MountBindOptions, MountBindOptionsPropagationEnum, MountType, ResourcesUlimits, RestartPolicy,
    RestartPolicyNameEnum,
};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The label that carries the task.
pub const LABEL_TASK: &str = "poco.task";
/// The label that carries the worker.
pub const LABEL_WORKER: &str = "poco.worker";
/// The label of a container that only keeps a network for the dapp's.
pub(super) const LABEL_KEEPER: &str = "poco.keeper";
/// The host name that every dapp sees, so that no result depends on a container's id.
pub const HOSTNAME: &str = "poco";

const OPEN_FILES: i64 = 16_384;
const SHM_BYTES: i64 = 64 * 1024 * 1024;
/// A quarter of what a process of this host gets where both want all: the worker itself has deadlines to keep.
const CPU_SHARES: i64 = 256;
/// Of the processes of this host, a dapp is the first to go when memory runs out.
const OOM_SCORE: i64 = 500;

/// What a run gets of this host, besides what its task asks for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ground<'a> {
    /// What it is run with; the engine's default if none.
    pub(super) runtime: Option<&'a str>,
    /// The processors that it is kept on; any if none.
    pub(super) cores: Option<&'a [usize]>,
    /// What it finds of a network.
    pub(super) network: Way<'a>,
}

/// What a container finds of a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Way<'a> {
    /// Nothing.
    #[default]
    None,
    /// The engine's bridge.
    Bridge,
    /// Nothing but the proxy that listens in the network of this container.
    Proxied(&'a str),
    /// The network of this name, which leads nowhere: only a check of a dapp asks for one.
    Dead(&'a str),
}

/// The kernel's list of processors, as it is shown to a container that is kept on some.
pub(super) fn online(cores: &[usize]) -> String {
    match cores.len() {
        0 | 1 => "0\n".into(),
        count => format!("0-{}\n", count - 1),
    }
}

/// Where that list lies on this host.
pub(super) fn online_file(spec: &RunSpec) -> PathBuf {
    spec.area.root().join("online")
}

/// `/etc/hosts`: a container without network gets an empty one, and programs expect localhost and the host's own name
/// to resolve.
pub(super) fn hosts(spec: &RunSpec) -> String {
    let name = hostname(spec);
    format!("127.0.0.1\tlocalhost {name}\n::1\tlocalhost ip6-localhost ip6-loopback\n")
}

fn hostname(spec: &RunSpec) -> &str {
    spec.bend.hostname.as_deref().unwrap_or(HOSTNAME)
}

/// Where the run's own `/etc/hosts` lies on this host.
pub(super) fn hosts_file(spec: &RunSpec) -> PathBuf {
    spec.area.root().join("hosts")
}

/// What the engine is told.
pub(super) fn body(spec: &RunSpec, ground: Ground<'_>) -> ContainerCreateBody {
    let (entrypoint, cmd) = program(spec);
    ContainerCreateBody {
        image: Some(spec.image.id.clone()),
        entrypoint,
        cmd,
        env: Some(env(spec, ground.network)),
        user: Some(format!("{}:{}", spec.user.uid, spec.user.gid)),
        // A container in another's network has the other's name.
        hostname: (!matches!(ground.network, Way::Proxied(_))).then(|| hostname(spec).into()),
        domainname: spec.bend.domain.clone(),
        network_disabled: Some(ground.network == Way::None),
        attach_stdin: Some(false),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        open_stdin: Some(false),
        tty: Some(spec.bend.terminal),
        stop_timeout: Some(0),
        // An engine that is shut down must not get a dapp to end well with half a result.
        stop_signal: Some("SIGKILL".into()),
        healthcheck: Some(HealthConfig { test: Some(vec!["NONE".into()]), ..Default::default() }),
        labels: Some(labels(&spec.labels)),
        host_config: Some(host(spec, ground)),
        ..Default::default()
    }
}

/// The image's own program stays what it is unless words stand before it; then it must be written out, for an engine
/// forgets the image's command when it is given another entrypoint.
fn program(spec: &RunSpec) -> (Option<Vec<String>>, Option<Vec<String>>) {
    if spec.bend.wrap.is_empty() {
        return (None, spec.launch.command.clone());
    }
    let own = &spec.image.config;
    let command = spec.launch.command.as_ref().unwrap_or(&own.command);
    (Some(spec.bend.wrap.clone()), Some(own.entrypoint.iter().chain(command).cloned().collect()))
}

fn host(spec: &RunSpec, ground: Ground<'_>) -> HostConfig {
    let limits = &spec.limits;
    HostConfig {
        runtime: ground.runtime.map(ToOwned::to_owned),
        network_mode: match ground.network {
            // Said twice: Podman does not heed what is said of the container, and gives it a bridge.
            Way::None => Some("none".into()),
            Way::Bridge => Some("bridge".into()),
            Way::Proxied(keeper) => Some(format!("container:{keeper}")),
            Way::Dead(name) => Some(name.into()),
        },
        dns: matches!(ground.network, Way::Dead(_)).then(|| vec![dead::NO_NAMES.into()]),
        readonly_rootfs: Some(!spec.bend.writable_root),
        privileged: Some(false),
        cap_drop: Some(vec!["ALL".into()]),
        security_opt: Some(security(spec)),
        ipc_mode: Some("private".into()),
        cgroupns_mode: Some(HostConfigCgroupnsModeEnum::PRIVATE),
        shm_size: Some(SHM_BYTES),
        tmpfs: Some(HashMap::from([("/tmp".into(), tmp_options(limits))])),
        mounts: Some(mounts(spec, ground)),
        memory: Some(signed(limits.memory_bytes)),
        memory_swap: Some(signed(limits.memory_bytes)),
        pids_limit: Some(i64::from(limits.pids)),
        nano_cpus: Some(nano_cpus(limits.cpus)),
        cpu_shares: Some(CPU_SHARES),
        cpuset_cpus: ground.cores.map(rules::list),
        ulimits: Some(ulimits(spec)),
        oom_score_adj: Some(OOM_SCORE),
        log_config: Some(log_config(limits)),
        restart_policy: Some(RestartPolicy {
            name: Some(RestartPolicyNameEnum::NO),
            maximum_retry_count: None,
        }),
        auto_remove: Some(false),
        init: Some(false),
        ..Default::default()
    }
}

/// The engine's own filter of system calls holds, but for a run that chooses its own layout.
fn security(spec: &RunSpec) -> Vec<String> {
    let filter = spec.bend.own_layout.then(|| format!("seccomp={}", filter::own_layout()));
    ["no-new-privileges".to_owned()].into_iter().chain(filter).collect()
}

/// The labels of a container, and the filter that finds it.
pub(super) fn labels(labels: &Labels) -> HashMap<String, String> {
    HashMap::from([
        (LABEL_TASK.to_owned(), labels.task.clone()),
        (LABEL_WORKER.to_owned(), labels.worker.clone()),
    ])
}

fn env(spec: &RunSpec, network: Way<'_>) -> Vec<String> {
    let bent = &spec.bend.env;
    let kept = |var: &&EnvVar| !bent.iter().any(|other| other.name == var.name);
    let given: Vec<&EnvVar> = spec.launch.env.iter().filter(kept).chain(bent).collect();
    let home_is_set = given.iter().any(|var| var.name == "HOME")
        || spec.image.config.env.iter().any(|var| var.starts_with("HOME="));
    let home = (!home_is_set).then(|| EnvVar { name: "HOME".into(), value: "/tmp".into() });
    let proxied = matches!(network, Way::Proxied(_));
    // A proxy that somebody else names is not there.
    let given = given.into_iter().filter(|var| !proxied || !egress::VARIABLES.contains(&var.name.as_str()));
    let proxy = egress::variables().filter(|_| proxied);
    home.into_iter()
        .chain(given.cloned())
        .chain(proxy)
        .map(|var| format!("{}={}", var.name, var.value))
        .collect()
}

fn mounts(spec: &RunSpec, ground: Ground<'_>) -> Vec<Mount> {
    let folders = spec
        .launch
        .mounts
        .iter()
        .map(|mount| bind(&spec.area.folder(mount.folder), mount.target, !mount.writable));
    let hosts = bind(&hosts_file(spec), "/etc/hosts", true);
    let online = ground.cores.map(|_| bind(&online_file(spec), "/sys/devices/system/cpu/online", true));
    let overlays = spec.bend.overlays.iter().map(|overlay| bind(&overlay.source, &overlay.target, true));
    folders.chain([hosts]).chain(online).chain(overlays).collect()
}

fn bind(source: &Path, target: &str, read_only: bool) -> Mount {
    Mount {
        source: Some(source.to_string_lossy().into_owned()),
        target: Some(target.to_owned()),
        typ: Some(MountType::BIND),
        read_only: Some(read_only),
        bind_options: Some(MountBindOptions {
            propagation: Some(MountBindOptionsPropagationEnum::RPRIVATE),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn tmp_options(limits: &Limits) -> String {
    format!("rw,exec,nosuid,nodev,size={},mode=1777", limits.tmp_bytes)
}

/// How large the engine's own copy of what is printed may grow before it goes on in a second file, and then in the
/// first one anew: as long as all that is left is smaller than this, nothing was lost.
pub(super) fn log_room_bytes(limits: &Limits) -> u64 {
    limits.log_bytes.max(64 * 1024).saturating_mul(2)
}

/// The engine's own copy of what is printed is bounded too, or a flood would fill its disk.
fn log_config(limits: &Limits) -> HostConfigLogConfig {
    let options = [("max-size", format!("{}b", log_room_bytes(limits))), ("max-file", "2".into())];
    HostConfigLogConfig {
        typ: Some("json-file".into()),
        config: Some(options.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
    }
}

fn ulimits(spec: &RunSpec) -> Vec<ResourcesUlimits> {
    let bent = &spec.bend.ulimits;
    let own = [("nofile", OPEN_FILES), ("core", 0)];
    let kept = own.into_iter().filter(|(name, _)| !bent.iter().any(|limit| limit.name == *name));
    kept.chain(bent.iter().map(|limit| (limit.name, limit.most)))
        .map(|(name, most)| ulimit(name, most))
        .collect()
}

fn ulimit(name: &str, most: i64) -> ResourcesUlimits {
    ResourcesUlimits { name: Some(name.into()), soft: Some(most), hard: Some(most) }
}

/// A float cast saturates, so that no number of cores can turn into none.
fn nano_cpus(cpus: f64) -> i64 {
    (cpus.max(0.01) * 1e9) as i64
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::policy::Party;
    use super::super::{Bend, Image, Overlay, SandboxUser, Ulimit};
    use super::*;
    use crate::dapp::{self, Folder, ImageConfig, Launch, ProofRule, RunAs, WorkArea};

    fn spec() -> RunSpec {
        RunSpec {
            app: Party::Unknown,
            labels: Labels { task: "0xtask".into(), worker: "0xworker".into() },
            image: Image {
                id: "sha256:id".into(),
                digests: vec![],
                config: ImageConfig { env: vec!["PATH=/bin".into()], ..Default::default() },
                volumes: vec!["/data".into(), "/iexec".into(), "/tmp/".into()],
            },
            launch: Launch {
                mounts: vec![
                    dapp::Mount { folder: Folder::Shared, target: "/iexec", writable: true },
                    dapp::Mount { folder: Folder::In, target: "/iexec_in", writable: false },
                ],
                env: vec![EnvVar { name: "A".into(), value: "b=c".into() }],
                command: Some(vec!["-i".into(), "a b".into()]),
                user: RunAs::Worker,
                outputs: Folder::Shared,
                proof: ProofRule::Consensus { callback: false },
            },
            area: WorkArea::new("/area"),
            user: SandboxUser { uid: 65_532, gid: 65_533 },
            limits: Limits { cpus: 1.5, ..Limits::default() },
            measured: false,
            bend: Bend::default(),
        }
    }

    fn built() -> (ContainerCreateBody, HostConfig) {
        built_on(Ground::default())
    }

    fn built_on(ground: Ground<'_>) -> (ContainerCreateBody, HostConfig) {
        let body = body(&spec(), ground);
        let host = body.host_config.clone().unwrap();
        (body, host)
    }

    #[test]
    fn there_is_no_network_and_no_terminal() {
        let (body, host) = built();
        assert_eq!(body.network_disabled, Some(true));
        assert_eq!(host.network_mode.as_deref(), Some("none"));
        assert_eq!((host.port_bindings, host.dns), (None, None));
        assert_eq!((body.tty, body.open_stdin, body.attach_stdin), (Some(false), Some(false), Some(false)));
    }

    #[test]
    fn the_operator_alone_opens_a_network() {
        let (body, host) = built_on(Ground { network: Way::Bridge, ..Ground::default() });
        assert_eq!((body.network_disabled, host.network_mode.as_deref()), (Some(false), Some("bridge")));
        assert_eq!((host.port_bindings, host.publish_all_ports, host.extra_hosts), (None, None, None));
    }

    #[test]
    fn a_proxied_dapp_joins_a_network_and_is_told_of_no_proxy_but_ours() {
        let mut spec = spec();
        spec.launch.env.push(EnvVar { name: "http_proxy".into(), value: "http://192.0.2.1".into() });
        let body = body(&spec, Ground { network: Way::Proxied("id"), ..Ground::default() });
        assert_eq!(body.host_config.unwrap().network_mode.as_deref(), Some("container:id"));
        assert_eq!((body.network_disabled, body.hostname), (Some(false), None));
        let env = body.env.unwrap();
        let proxies: Vec<_> = env.iter().filter(|var| var.starts_with("http_proxy=")).collect();
        assert_eq!(proxies, ["http_proxy=http://127.0.0.1:3128"]);
        assert!(!built().0.env.unwrap().iter().any(|var| var.to_lowercase().contains("proxy")));
    }

    #[test]
    fn there_are_no_privileges() {
        let (body, host) = built();
        assert_eq!(body.user.as_deref(), Some("65532:65533"));
        assert_eq!(host.cap_drop, Some(vec!["ALL".into()]));
        assert_eq!((host.cap_add, host.privileged, host.devices), (None, Some(false), None));
        assert_eq!(host.security_opt, Some(vec!["no-new-privileges".into()]), "and the engine's own seccomp");
        assert_eq!(host.ipc_mode.as_deref(), Some("private"));
        assert_eq!(host.cgroupns_mode, Some(HostConfigCgroupnsModeEnum::PRIVATE));
        assert_eq!((host.masked_paths, host.readonly_paths), (None, None), "the engine's own");
        assert_eq!((host.pid_mode, host.uts_mode, host.userns_mode, host.binds), (None, None, None, None));
    }

    #[test]
    fn the_disk_is_bounded() {
        let (_, host) = built();
        assert_eq!(host.readonly_rootfs, Some(true));
        let tmp = &host.tmpfs.unwrap()["/tmp"];
        assert_eq!(tmp, "rw,exec,nosuid,nodev,size=536870912,mode=1777");
        let log = host.log_config.unwrap();
        assert_eq!(log.typ.as_deref(), Some("json-file"));
        assert_eq!(log.config.as_ref().unwrap()["max-size"], "16777216b");
        assert_eq!(log.config.unwrap()["max-file"], "2");
        let ulimits = host.ulimits.unwrap();
        assert!(ulimits.contains(&ulimit("core", 0)) && ulimits.contains(&ulimit("nofile", 16_384)));
    }

    #[test]
    fn memory_processes_and_cores_are_bounded() {
        let (_, host) = built();
        assert_eq!((host.memory, host.memory_swap), (Some(2 << 30), Some(2 << 30)));
        assert_eq!(host.pids_limit, Some(512));
        assert_eq!(host.nano_cpus, Some(1_500_000_000));
        assert_eq!((host.cpu_shares, host.cpuset_cpus, host.runtime), (Some(256), None, None));
        assert_eq!(host.shm_size, Some(64 << 20));
        assert_eq!(host.oom_score_adj, Some(500));
    }

    #[test]
    fn the_operator_decides_the_runtime_and_the_processors_that_are_seen() {
        let (_, host) =
            built_on(Ground { runtime: Some("runsc"), cores: Some(&[3, 5]), ..Ground::default() });
        assert_eq!((host.runtime.as_deref(), host.cpuset_cpus.as_deref()), (Some("runsc"), Some("3,5")));
        let online = host.mounts.unwrap().pop().unwrap();
        assert_eq!(online.source.as_deref(), Some("/area/online"));
        assert_eq!(online.target.as_deref(), Some("/sys/devices/system/cpu/online"));
        assert_eq!((super::online(&[3, 5]), super::online(&[7])), ("0-1\n".into(), "0\n".into()));
    }

    #[test]
    fn the_task_decides_what_is_mounted() {
        let (_, host) = built();
        let mounts: Vec<_> = host
            .mounts
            .unwrap()
            .into_iter()
            .map(|m| (m.typ.unwrap(), m.source, m.target.unwrap(), m.read_only.unwrap()))
            .collect();
        assert_eq!(
            mounts,
            [
                (MountType::BIND, Some("/area/iexec".into()), "/iexec".into(), false),
                (MountType::BIND, Some("/area/in".into()), "/iexec_in".into(), true),
                (MountType::BIND, Some("/area/hosts".into()), "/etc/hosts".into(), true),
            ]
        );
    }

    #[test]
    fn the_image_keeps_its_entrypoint_and_folder_and_loses_its_health_check() {
        let (body, host) = built();
        assert_eq!(body.image.as_deref(), Some("sha256:id"));
        assert_eq!((body.entrypoint, body.working_dir), (None, None));
        assert_eq!(body.cmd, Some(vec!["-i".into(), "a b".into()]));
        assert_eq!(body.healthcheck.unwrap().test, Some(vec!["NONE".into()]));
        assert_eq!((host.init, host.auto_remove, body.stop_timeout), (Some(false), Some(false), Some(0)));
    }

    #[test]
    fn nothing_differs_between_workers_but_the_labels() {
        let (body, _) = built();
        assert_eq!(body.hostname.as_deref(), Some("poco"));
        assert_eq!(body.env.unwrap(), ["HOME=/tmp", "A=b=c"]);
        let labels = body.labels.unwrap();
        assert_eq!((labels[LABEL_TASK].as_str(), labels[LABEL_WORKER].as_str()), ("0xtask", "0xworker"));
        assert!(hosts(&spec()).contains("127.0.0.1\tlocalhost poco\n"));
    }

    #[test]
    fn a_home_of_the_image_or_the_task_stays() {
        let mut by_image = spec();
        by_image.image.config.env.push("HOME=/home/app".into());
        assert_eq!(env(&by_image, Way::None), ["A=b=c"]);
        let mut by_task = spec();
        by_task.launch.env.push(EnvVar { name: "HOME".into(), value: "/x".into() });
        assert_eq!(env(&by_task, Way::None), ["A=b=c", "HOME=/x"]);
    }

    #[test]
    fn a_bend_that_wins_over_the_task_wraps_the_image_s_program_and_adds_to_the_rest() {
        let mut spec = spec();
        spec.image.config.entrypoint = vec!["/app".into()];
        spec.bend = Bend {
            hostname: Some("other".into()),
            wrap: vec!["/shim".into(), "--".into()],
            overlays: vec![Overlay { source: "/ours".into(), target: "/proc/cpuinfo".into() }],
            ulimits: vec![Ulimit { name: "nofile", most: 9 }],
            ..Bend::default()
        };
        spec.bend.set("A", "1");
        spec.bend.set("HOME", "/x");
        spec.bend.set("A", "2");
        let bent = body(&spec, Ground::default());
        assert_eq!(bent.env.unwrap(), ["HOME=/x", "A=2"]);
        assert_eq!(bent.entrypoint.unwrap(), ["/shim", "--"]);
        assert_eq!(bent.cmd.unwrap(), ["/app", "-i", "a b"]);
        assert_eq!(bent.hostname.as_deref(), Some("other"));
        let host = bent.host_config.unwrap();
        assert_eq!(host.ulimits.unwrap(), [ulimit("core", 0), ulimit("nofile", 9)]);
        let shown = host.mounts.unwrap().pop().unwrap();
        assert_eq!((shown.target.as_deref(), shown.read_only), (Some("/proc/cpuinfo"), Some(true)));
        assert!(hosts(&spec).contains("localhost other\n"));
        spec.launch.command = None;
        spec.image.config.command = vec!["own".into()];
        assert_eq!(body(&spec, Ground::default()).cmd.unwrap(), ["/app", "own"]);
    }
}
