//! What can go wrong around a container, each with a stable code. How a dapp ends is [`super::FailedRun`].

use super::policy::Denied;
use super::registry::CredentialError;
use super::trust::Untrusted;
use crate::dapp::{ImageDigest, ImageRef};
use crate::poco::{Class, Fault};
use bollard::errors::Error as ApiError;
use std::path::PathBuf;

/// What can go wrong around a container.
#[derive(Debug, thiserror::Error)]
pub enum ContainerError {
    /// No engine answers.
    #[error("no container engine answers")]
    Away {
        /// What the connection said.
        #[source]
        source: ApiError,
    },
    /// The image's name is none.
    #[error("`{reference}` is not the name of an image")]
    BadReference {
        /// The name, with control characters escaped.
        reference: String,
    },
    /// The image is not here, and its registry has none of that name for us.
    #[error("the image {reference} is not here and its registry does not give it")]
    ImageMissing {
        /// The image.
        reference: ImageRef,
        /// What the registry said.
        #[source]
        source: ApiError,
    },
    /// The registry of an image that is not here, or that may be an old one, does not answer.
    #[error("the registry of {reference} cannot be asked for it")]
    RegistryAway {
        /// The image.
        reference: ImageRef,
        /// What the engine said; none when it said nothing in time.
        #[source]
        source: Option<ApiError>,
    },
    /// A pull broke off.
    #[error("the pull of {reference} broke off")]
    PullBroken {
        /// The image.
        reference: ImageRef,
        /// What the engine said.
        #[source]
        source: ApiError,
    },
    /// A pull made no progress.
    #[error("the pull of {reference} made no progress for {seconds} s")]
    PullStalled {
        /// The image.
        reference: ImageRef,
        /// The time without progress.
        seconds: u64,
    },
    /// The image is not the one that the chain names.
    #[error("the image {reference} is {found}, but the chain names {wanted}")]
    WrongDigest {
        /// The image.
        reference: ImageRef,
        /// Its digests, separated by blanks.
        found: String,
        /// The digest on chain.
        wanted: ImageDigest,
    },
    /// The operator's rules refuse the image.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Nobody whom the operator trusts vouches for the image.
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
    /// It is not known who we are to the image's registry.
    #[error("the login for the registry of {reference} cannot be read")]
    Login {
        /// The image.
        reference: ImageRef,
        /// What is wrong.
        #[source]
        source: CredentialError,
    },
    /// The image's program cannot be started.
    #[error("the container cannot be started: {reason}")]
    NotStarted {
        /// What the engine said.
        reason: String,
    },
    /// The engine failed at something else.
    #[error("the engine failed to {doing}")]
    Engine {
        /// What it was asked to do.
        doing: &'static str,
        /// What it said.
        #[source]
        source: ApiError,
    },
    /// A container did not end when it was killed.
    #[error("a container does not end, though it was killed")]
    Undead,
    /// A run was started here and its container is gone, or was ended by the engine's own end.
    #[error("the container of an earlier run is gone, and what it left cannot be told from a result")]
    Gone,
    /// The engine has not what the operator wants containers to run with.
    #[error("the engine has no runtime `{name}`; it has {known}")]
    RuntimeMissing {
        /// The name in the configuration.
        name: String,
        /// The names that the engine knows.
        known: String,
    },
    /// Rules of the sandbox do not hold on this host.
    #[error("these rules do not hold on this host: {rules}")]
    RulesBroken {
        /// Their names, with commas between them.
        rules: String,
    },
    /// The same, found by a daemon before its first task.
    #[error("nothing is run here, for these rules do not hold: {rules}")]
    Unsafe {
        /// Their names, with commas between them.
        rules: String,
    },
    /// One of two settings that mean nothing without each other.
    #[error("`network = \"proxy\"` and `network-domains` go together, and only one of them is set")]
    DomainsOrProxy,
    /// A runtime whose containers no proxy can be put into.
    #[error("with the runtime `{runtime}` no proxy of this host's can be reached from a container")]
    ProxyUnseen {
        /// The runtime.
        runtime: String,
    },
    /// A socket in a container's network cannot be opened.
    #[error("cannot listen in a container's network")]
    NotEntered {
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The same, or what keeps it from being tried, found by a daemon before its first task.
    #[error("no proxy can serve the containers of this host")]
    NoProxy {
        /// What went wrong.
        #[source]
        source: Box<ContainerError>,
    },
    /// Nobody would see what is written there.
    #[error("the image declares the volume {volume}, and this worker cannot see what is written there")]
    VolumeUnseen {
        /// The volume's place in the image.
        volume: String,
    },
    /// This host's own disk failed.
    #[error("cannot prepare or clear {path}")]
    Disk {
        /// What was being worked on.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl Fault for ContainerError {
    fn code(&self) -> &'static str {
        match self {
            Self::Away { .. } => "P-CO-001",
            Self::BadReference { .. } => "P-CO-002",
            Self::ImageMissing { .. } => "P-CO-003",
            Self::RegistryAway { .. } => "P-CO-004",
            Self::PullBroken { .. } => "P-CO-005",
            Self::PullStalled { .. } => "P-CO-006",
            Self::WrongDigest { .. } => "P-CO-007",
            Self::NotStarted { .. } => "P-CO-008",
            Self::Engine { .. } => "P-CO-009",
            Self::Undead => "P-CO-010",
            Self::Disk { .. } => "P-CO-011",
            Self::Gone => "P-CO-012",
            Self::RuntimeMissing { .. } => "P-CO-030",
            Self::VolumeUnseen { .. } => "P-CO-031",
            Self::RulesBroken { .. } => "P-CO-032",
            Self::Unsafe { .. } => "P-CO-033",
            Self::DomainsOrProxy => "P-CO-034",
            Self::ProxyUnseen { .. } => "P-CO-035",
            Self::NotEntered { .. } => "P-CO-036",
            Self::NoProxy { .. } => "P-CO-037",
            Self::Denied(denied) => denied.code(),
            Self::Untrusted(untrusted) => untrusted.code(),
            Self::Login { .. } => "P-CO-047",
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::Away { .. }
            | Self::RegistryAway { .. }
            | Self::PullBroken { .. }
            | Self::PullStalled { .. }
            | Self::Engine { .. }
            | Self::NotEntered { .. }
            | Self::Gone => Class::Retry,
            Self::BadReference { .. }
            | Self::ImageMissing { .. }
            | Self::WrongDigest { .. }
            | Self::NotStarted { .. }
            | Self::VolumeUnseen { .. }
            | Self::RulesBroken { .. }
            | Self::Undead
            | Self::Disk { .. } => Class::GiveUp,
            Self::RuntimeMissing { .. }
            | Self::Unsafe { .. }
            | Self::DomainsOrProxy
            | Self::ProxyUnseen { .. }
            | Self::NoProxy { .. } => Class::Fatal,
            Self::Denied(denied) => denied.class(),
            Self::Untrusted(untrusted) => untrusted.class(),
            Self::Login { .. } => Class::Retry,
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Denied(denied) => return denied.help(),
            Self::Untrusted(untrusted) => return untrusted.help(),
            Self::Login { .. } => "mend it with `docker login` as the user that the worker runs as",
            Self::Away { .. } => "start the engine, or name its socket in DOCKER_HOST",
            Self::BadReference { .. } => "give the image as name:tag or name@sha256:digest",
            Self::ImageMissing { .. } => {
                "check the image's name and tag, that it is public, or build it on this host"
            }
            Self::RegistryAway { .. } | Self::PullBroken { .. } | Self::PullStalled { .. } => {
                "check this host's way to the registry, or load the image here beforehand"
            }
            Self::WrongDigest { .. } => {
                "register the app anew with the digest of its image, or push the right one"
            }
            Self::NotStarted { .. } => {
                "check the image's entrypoint, its platform and the command line with `docker run`"
            }
            Self::Engine { .. } | Self::Undead => "look into the engine's own log",
            Self::Gone => "nothing is to be done: the task is prepared and run anew",
            Self::RuntimeMissing { .. } => {
                "install it and name it in the engine's configuration, or change `runtime`"
            }
            Self::Unsafe { .. } => {
                "see what `poco doctor --isolation` says, or name what may fail under `accept-broken`"
            }
            Self::RulesBroken { .. } => "do what stands below each rule that failed",
            Self::DomainsOrProxy => "set both, or neither of them",
            Self::ProxyUnseen { .. } => {
                "take a runtime whose containers use this host's kernel, such as runc, or another `network`"
            }
            Self::NotEntered { .. } | Self::NoProxy { .. } => {
                "run the worker as root (CAP_SYS_ADMIN) on the engine's own host, or take another `network`"
            }
            Self::VolumeUnseen { .. } => "run the worker as root, or build the image without VOLUME",
            Self::Disk { .. } => "check the free space and the rights of the work folder",
        }
        .into()
    }
}
