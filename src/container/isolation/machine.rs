//! The checks that need no probe: what the engine says of itself, the disk, and whether a proxy can be had.

use super::{Finding, Verdict};
use crate::container::{DockerEngine, Facts, Limits, Network, Rules, Users};
use std::error::Error;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// More than this between the engine's clock and ours, and the two are not on one host.
const CLOCKS_APART: Duration = Duration::from_secs(5);

/// Looks at this machine. `now` is this host's clock, `folder` an existing one on the disk of the tasks.
pub fn machine(
    facts: &Facts,
    rules: &Rules,
    limits: &Limits,
    folder: &Path,
    now: SystemTime,
) -> Vec<Finding> {
    let runtimes = facts.runtimes.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let used = facts.runtime(rules);
    vec![
        Finding::new("runtime", Verdict::Pass, format!("{used}; the engine has {runtimes}"), ""),
        Finding::new("storage", Verdict::Pass, storage(facts), ""),
        Finding::new("users", Verdict::Pass, users(facts.users), ""),
        groups(facts),
        Finding::held(
            "limits",
            facts.cannot_limit.is_empty(),
            match facts.cannot_limit.as_slice() {
                [] => "memory, swap, processes and processors can be limited".to_owned(),
                missing => format!("this kernel cannot limit {}", missing.join(", ")),
            },
            "turn on the kernel's control groups; for swap boot with swapaccount=1, or use version 2 of them",
        ),
        Finding::held(
            "seccomp",
            facts.seccomp,
            if facts.seccomp { "system calls are filtered" } else { "system calls are not filtered" },
            "take `seccomp-profile: unconfined` out of the engine's configuration",
        ),
        disk(limits, folder),
        clock(facts, now),
    ]
}

/// Tries the proxy, if containers are to have one. `folder` is an existing one that the engine can mount from.
pub async fn proxy(engine: &DockerEngine, folder: &Path) -> Option<Finding> {
    let mend = "run the worker as root (CAP_SYS_ADMIN) on the engine's own host";
    if engine.rules().network != Network::Proxy {
        return None;
    }
    let tried = engine.try_proxy(folder).await;
    let found = match &tried {
        Ok(()) => "it listens in a container's network".into(),
        Err(error) => {
            let causes = std::iter::successors(error.source(), |cause| Error::source(*cause));
            causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
        }
    };
    Some(Finding::held("proxy", tried.is_ok(), found, mend))
}

fn storage(facts: &Facts) -> String {
    format!("{}; a container's root is read-only, and its folder is watched", facts.storage)
}

fn users(users: Users) -> String {
    match users {
        Users::Same => "a container's users have the same numbers on this host; `userns-remap` in the engine's configuration would part them".into(),
        Users::Shifted(by) => format!("a container's user 0 is {} on this host", by.uid),
        Users::Rootless => "the engine is not root".into(),
    }
}

fn groups(facts: &Facts) -> Finding {
    let mend = "use an engine that tells it, or look at /sys/fs/cgroup";
    match facts.cgroup_version {
        Some(version) => Finding::new("cgroup", Verdict::Pass, format!("version {version}"), mend),
        None => Finding::new("cgroup", Verdict::Unknown, "the engine does not say which version", mend),
    }
}

fn disk(limits: &Limits, folder: &Path) -> Finding {
    let mend = "free some, or give tasks less `output`";
    let wanted = bytesize::ByteSize(limits.output_bytes);
    match rustix::fs::statvfs(folder) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let found = format!("{} free, a dapp may write {wanted}", bytesize::ByteSize(free));
            Finding::held("disk", free > limits.output_bytes, found, mend)
        }
        Err(errno) => Finding::new("disk", Verdict::Unknown, format!("{}: {errno}", folder.display()), mend),
    }
}

fn clock(facts: &Facts, now: SystemTime) -> Finding {
    let mend = "set the clocks, and run the worker on the engine's host";
    let Some(there) = crate::container::docker::time(&facts.time) else {
        return Finding::new("clock", Verdict::Unknown, "the engine does not tell the time", mend);
    };
    let apart = now.duration_since(there).or_else(|_| there.duration_since(now)).unwrap_or_default();
    let found = format!("the engine's differs by {:.1} s from this program's", apart.as_secs_f64());
    Finding::held("clock", apart < CLOCKS_APART, found, mend)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(facts: &Facts, limits: &Limits, rule: &str) -> Verdict {
        let now = crate::container::docker::time("2026-03-01T10:00:00Z").unwrap();
        let found = machine(facts, &Rules::default(), limits, Path::new("/"), now);
        found.into_iter().find(|finding| finding.rule == rule).unwrap().verdict
    }

    #[test]
    fn a_machine_that_cannot_hold_a_rule_is_told() {
        let limits = Limits { output_bytes: 1, ..Limits::default() };
        let good = Facts {
            seccomp: true,
            cgroup_version: Some(2),
            time: "2026-03-01T10:00:01Z".into(),
            ..Facts::default()
        };
        for rule in ["limits", "seccomp", "disk", "clock", "cgroup"] {
            assert_eq!(verdict(&good, &limits, rule), Verdict::Pass, "{rule}");
        }
        let bad =
            Facts { cannot_limit: vec!["swap"], time: "2026-03-01T11:00:00Z".into(), ..Facts::default() };
        let limits = Limits { output_bytes: u64::MAX, ..Limits::default() };
        for rule in ["limits", "seccomp", "disk", "clock"] {
            assert_eq!(verdict(&bad, &limits, rule), Verdict::Fail, "{rule}");
        }
        assert_eq!(verdict(&bad, &limits, "cgroup"), Verdict::Unknown);
        assert_eq!(verdict(&Facts::default(), &limits, "clock"), Verdict::Unknown);
    }
}
