//! What the engine says of itself and of its host, asked once when it is connected to.

use crate::container::{ContainerError, Network, Rules, SandboxUser};
use bollard::models::{SystemInfo, SystemInfoCgroupVersionEnum};
use std::collections::BTreeSet;

/// What matters here of what an engine says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// What it can run containers with.
    pub runtimes: BTreeSet<String>,
    /// What it runs them with unless told otherwise.
    pub default_runtime: String,
    /// Whose users a container's users are on the host.
    pub users: Users,
    /// How many processors its host has.
    pub cpus: usize,
    /// 1 or 2; none when it does not say.
    pub cgroup_version: Option<u8>,
    /// Whether a filter of system calls is set by default.
    pub seccomp: bool,
    /// Limits that its kernel does not know.
    pub cannot_limit: Vec<&'static str>,
    /// Where it keeps images and containers, on its host.
    pub root: String,
    /// What holds the layers, and the file system below, as it names them.
    pub storage: String,
    /// Its clock, RFC 3339.
    pub time: String,
    /// Whether its own copy of what a container prints loses nothing unseen. Podman starts its copy anew when that is full,
    /// and nobody can tell.
    pub keeps_logs: bool,
}

/// Whose users a container's users are on the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Users {
    /// The same numbers.
    #[default]
    Same,
    /// The container's 0 is this one here, and all others follow it.
    Shifted(SandboxUser),
    /// The engine itself is not root, and only its own user's numbers are known.
    Rootless,
}

impl Users {
    /// Who on the host is `inside` a container.
    pub(in crate::container) fn on_host(self, inside: SandboxUser) -> SandboxUser {
        match self {
            Self::Same | Self::Rootless => inside,
            Self::Shifted(by) => {
                SandboxUser { uid: by.uid.saturating_add(inside.uid), gid: by.gid.saturating_add(inside.gid) }
            }
        }
    }
}

impl From<SystemInfo> for Facts {
    fn from(said: SystemInfo) -> Self {
        let options = said.security_options.unwrap_or_default();
        let has = |name: &str| options.iter().any(|option| option.split(',').any(|part| part == name));
        let root = said.docker_root_dir.unwrap_or_default();
        let users = match shift(&root) {
            _ if has("name=rootless") => Users::Rootless,
            Some(by) if has("name=userns") => Users::Shifted(by),
            _ => Users::Same,
        };
        let limits = [
            ("memory", said.memory_limit),
            ("swap", said.swap_limit),
            ("processes", said.pids_limit),
            ("processor time", said.cpu_cfs_quota),
            ("processor shares", said.cpu_shares),
            ("processors", said.cpu_set),
        ];
        let below = said.driver_status.unwrap_or_default().into_iter();
        let below = below.filter(|pair| pair.first().is_some_and(|name| name == "Backing Filesystem"));
        let parts = said.driver.into_iter().chain(below.filter_map(|pair| pair.into_iter().nth(1)));
        Self {
            runtimes: said.runtimes.unwrap_or_default().into_keys().collect(),
            default_runtime: said.default_runtime.unwrap_or_default(),
            users,
            cpus: said.ncpu.and_then(|count| usize::try_from(count).ok()).unwrap_or(0),
            cgroup_version: match said.cgroup_version {
                Some(SystemInfoCgroupVersionEnum::_1) => Some(1),
                Some(SystemInfoCgroupVersionEnum::_2) => Some(2),
                _ => None,
            },
            seccomp: has("name=seccomp") && !has("profile=unconfined"),
            cannot_limit: limits
                .iter()
                .filter(|(_, can)| *can == Some(false))
                .map(|(name, _)| *name)
                .collect(),
            root,
            storage: parts.collect::<Vec<_>>().join(" on "),
            time: said.system_time.unwrap_or_default(),
            keeps_logs: true,
        }
    }
}

impl Facts {
    /// Holds the operator's rules against what the engine can do.
    ///
    /// # Errors
    /// [`ContainerError::RuntimeMissing`], [`ContainerError::ProxyUnseen`].
    pub(super) fn check(&self, rules: &Rules) -> Result<(), ContainerError> {
        match &rules.runtime {
            Some(name) if !self.runtimes.contains(name) => Err(ContainerError::RuntimeMissing {
                name: name.clone(),
                known: self.runtimes.iter().cloned().collect::<Vec<_>>().join(", "),
            }),
            _ if rules.network == Network::Proxy && !self.shares_kernel(rules) => {
                Err(ContainerError::ProxyUnseen { runtime: self.runtime(rules).to_owned() })
            }
            _ => Ok(()),
        }
    }

    /// What containers run with.
    pub(in crate::container) fn runtime<'a>(&'a self, rules: &'a Rules) -> &'a str {
        rules.runtime.as_ref().unwrap_or(&self.default_runtime)
    }

    /// Whether the kernel that a container finds is this host's. Other runtimes bring one of their own, with a network of
    /// its own, and what that says of itself is no word of this host.
    pub(in crate::container) fn shares_kernel(&self, rules: &Rules) -> bool {
        let program = self.runtime(rules).rsplit('/').next().unwrap_or_default();
        matches!(program, "" | "runc" | "io.containerd.runc.v2" | "crun" | "youki")
    }
}

/// An engine that shifts users keeps its files in a folder named after the shift: `/var/lib/docker/100000.100000`.
fn shift(root: &str) -> Option<SandboxUser> {
    let (uid, gid) = root.rsplit('/').next()?.split_once('.')?;
    Some(SandboxUser { uid: uid.parse().ok()?, gid: gid.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poco::Fault;

    fn said(options: &[&str], root: &str) -> Facts {
        let options = options.iter().map(ToString::to_string).collect();
        let info = SystemInfo {
            security_options: Some(options),
            docker_root_dir: Some(root.into()),
            swap_limit: Some(false),
            memory_limit: Some(true),
            ..Default::default()
        };
        info.into()
    }

    #[test]
    fn users_are_shifted_as_the_engines_folder_says() {
        let seccomp = "name=seccomp,profile=default";
        let inside = SandboxUser { uid: 5, gid: 6 };
        let plain = said(&[seccomp], "/var/lib/docker/100000.200000");
        assert_eq!((plain.users, plain.seccomp), (Users::Same, true));
        let shifted = said(&[seccomp, "name=userns"], "/var/lib/docker/100000.200000");
        assert_eq!(shifted.users.on_host(inside), SandboxUser { uid: 100_005, gid: 200_006 });
        assert_eq!(said(&["name=rootless"], "/home/me/docker").users, Users::Rootless);
        assert!(!said(&["name=seccomp,profile=unconfined"], "").seccomp);
    }

    #[test]
    fn a_limit_that_the_kernel_does_not_know_and_a_runtime_that_is_missing_are_told() {
        let facts = said(&[], "");
        assert_eq!(facts.cannot_limit, ["swap"]);
        let rules = Rules { runtime: Some("runsc".into()), ..Rules::default() };
        assert!(matches!(facts.check(&rules), Err(ContainerError::RuntimeMissing { .. })));
        facts.check(&Rules::default()).unwrap();
        let proxied = |runtime: &str| {
            let facts = Facts { runtimes: [runtime.to_owned()].into(), ..Facts::default() };
            let rules = Rules { runtime: Some(runtime.into()), network: Network::Proxy, ..Rules::default() };
            facts.check(&rules).map_err(|error| error.code())
        };
        assert_eq!(proxied("/usr/bin/runc"), Ok(()));
        assert_eq!(
            (proxied("runc"), proxied("runsc"), proxied("kata")),
            (Ok(()), Err("P-CO-035"), Err("P-CO-035"))
        );
    }
}
