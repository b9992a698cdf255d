//! What can go wrong with an input, each with a stable code.

use super::Barred;
use crate::poco::{Class, Fault};
use std::path::PathBuf;
use url::Url;

/// What can go wrong with an input.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The URL's scheme, or that of a redirect, is not http or https.
    #[error("{url} leads to a `{scheme}:` address")]
    Scheme {
        /// The URL as asked for.
        url: Url,
        /// The scheme that was met.
        scheme: Box<str>,
    },
    /// The URL's path does not end with a name.
    #[error("the path of {url} does not end with a file name")]
    NoName {
        /// The URL as asked for.
        url: Url,
    },
    /// A name that no file can have, or that would leave the folder.
    #[error("`{name}` cannot be the name of an input")]
    BadName {
        /// The name, with control characters escaped.
        name: String,
    },
    /// Nothing answers at the URL.
    #[error("cannot reach {url}")]
    Unreachable {
        /// The URL as asked for.
        url: Url,
        /// What the connection said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server will not give the file.
    #[error("{url} answered with status {status}")]
    Refused {
        /// The URL as asked for.
        url: Url,
        /// The HTTP status.
        status: u16,
    },
    /// The server is in trouble.
    #[error("{url} answered with status {status}, after every try")]
    ServerTrouble {
        /// The URL as asked for.
        url: Url,
        /// The HTTP status.
        status: u16,
    },
    /// More redirects than are followed, or one without a usable address.
    #[error("{url} redirects without an end, or to no address")]
    Redirects {
        /// The URL as asked for.
        url: Url,
    },
    /// No byte came for longer than the idle time-out.
    #[error("{url} went silent for {seconds} s")]
    Stalled {
        /// The URL as asked for.
        url: Url,
        /// The idle time-out.
        seconds: u64,
    },
    /// The download took longer than the total time-out.
    #[error("{url} was not complete after {seconds} s")]
    TooSlow {
        /// The URL as asked for.
        url: Url,
        /// The total time-out.
        seconds: u64,
    },
    /// The file is larger than one input may be.
    #[error("{url} is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The URL as asked for.
        url: Url,
        /// The cap on one input.
        limit_bytes: u64,
    },
    /// The answer broke off.
    #[error("the download of {url} broke off")]
    Broken {
        /// The URL as asked for.
        url: Url,
        /// What the connection said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The bytes are not the ones that were promised.
    #[error("the sha-256 of {url} is {found}, but {wanted} was asked for")]
    Checksum {
        /// The URL as asked for.
        url: Url,
        /// Digest of what came, in hexadecimal.
        found: Box<str>,
        /// Digest that was asked for, in hexadecimal.
        wanted: Box<str>,
    },
    /// More inputs than a task may name.
    #[error("the task names {count} inputs, and {limit} are allowed")]
    TooMany {
        /// How many it names.
        count: usize,
        /// How many it may name.
        limit: usize,
    },
    /// All inputs together are larger than a task's inputs may be.
    #[error("the inputs are larger than {limit_bytes} bytes together")]
    TotalTooLarge {
        /// The cap on all inputs together.
        limit_bytes: u64,
    },
    /// Two inputs, or an input and an archive's entry, land on one name.
    #[error("two inputs land on the name `{name}`")]
    NameTaken {
        /// The name in the folder.
        name: String,
    },
    /// The task was called off.
    #[error("the download was called off")]
    Cancelled,
    /// This host's own disk failed.
    #[error("cannot write {path}")]
    Disk {
        /// What was being written.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot start")]
    Client {
        /// What it said.
        #[source]
        source: reqwest::Error,
    },
    /// It starts like an archive and is none.
    #[error("{url} starts like an archive and is damaged")]
    Damaged {
        /// The URL as asked for.
        url: Url,
        /// What the reader said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An entry of the archive that is never written.
    #[error("the archive {url} has an entry `{entry}` that {fault}")]
    Entry {
        /// The URL as asked for.
        url: Url,
        /// The entry's path, with control characters escaped.
        entry: Box<str>,
        /// What is wrong with it.
        fault: EntryFault,
    },
    /// More entries than an archive may have, or longer paths together.
    #[error("the archive {url} has more than {limit} entries, or {limit_bytes} bytes of paths")]
    TooManyEntries {
        /// The URL as asked for.
        url: Url,
        /// How many it may have.
        limit: usize,
        /// How long their paths may be together.
        limit_bytes: usize,
    },
    /// The archive unpacks to more than it may.
    #[error("the archive {url} unpacks to more than {limit_bytes} bytes")]
    UnpacksTooLarge {
        /// The URL as asked for.
        url: Url,
        /// The cap on what one archive unpacks to.
        limit_bytes: u64,
    },
    /// The archive unpacks to implausibly more than its own size.
    #[error("the archive {url} unpacks to more than {limit} times its size")]
    Ratio {
        /// The URL as asked for.
        url: Url,
        /// The highest ratio that is accepted.
        limit: u64,
    },
    /// The URL, or a redirect of it, leads into a network that is not the open internet.
    #[error("{url} leads to an address that is not reached: {why}")]
    Barred {
        /// The URL as asked for.
        url: Url,
        /// Host, address, and what that is.
        why: Barred,
    },
    /// No gateway of IPFS is configured.
    #[error("{url} is on IPFS, and this worker has no gateway to it")]
    NoGateway {
        /// The URL as asked for.
        url: Url,
    },
    /// It cannot be had from IPFS.
    #[error("{url} cannot be had: {fault}")]
    Ipfs {
        /// The URL as asked for.
        url: Url,
        /// What is wrong.
        fault: IpfsFault,
    },
    /// The URL promises a checksum that is none.
    #[error("{url} promises a sha-256 that is not 64 hexadecimal digits")]
    Promise {
        /// The URL as asked for.
        url: Url,
    },
}

/// What is wrong with an entry of an archive. The text completes "has an entry … that".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryFault {
    /// It starts with a slash.
    #[error("is an absolute path")]
    Absolute,
    /// It climbs with `..`.
    #[error("climbs out with `..`")]
    Climbs,
    /// It holds a backslash, which other systems take for a separator.
    #[error("holds a backslash")]
    Backslash,
    /// It starts with a drive letter.
    #[error("starts with a drive letter")]
    Drive,
    /// It holds NUL or another control character.
    #[error("holds a control character")]
    Control,
    /// It names nothing.
    #[error("has no name")]
    Nameless,
    /// It, or a part of it, is longer than a path may be, or lies too deep.
    #[error("is too long or lies too deep")]
    Long,
    /// It is a symbolic link.
    #[error("is a symbolic link")]
    Link,
    /// It is another name of a file.
    #[error("is a hard link")]
    HardLink,
    /// It is a device, a FIFO or a socket, or a folder with content.
    #[error("is neither a file nor a folder")]
    Special,
    /// Another entry has the same path, or is a file where this one needs a folder.
    #[error("stands where another entry does")]
    Twice,
    /// It needs a password.
    #[error("is encrypted")]
    Encrypted,
    /// It is compressed by a method other than stored and deflate.
    #[error("is compressed by a method that is not supported")]
    Method,
    /// Its bytes are shared with another entry.
    #[error("shares its bytes with another entry")]
    Overlaps,
    /// Its content does not match what the archive says of it.
    #[error("is damaged")]
    Damaged,
}

/// Why something cannot be had from IPFS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IpfsFault {
    /// Not a CID, or one of another hash or codec.
    #[error("its name is no CID of sha-256 with raw or dag-pb blocks")]
    Name,
    /// The path leads nowhere.
    #[error("there is nothing at its path, or a folder on it is kept in pieces")]
    NoPath,
    /// It is a folder or a link.
    #[error("it is not a file")]
    NoFile,
    /// A block is too large or cannot be read.
    #[error("a block is larger than 2 MiB, or cannot be read, or links to what cannot be verified")]
    Block,
    /// It has more blocks than any honest file.
    #[error("its blocks have no end")]
    Endless,
    /// A gateway sent bytes that are not the block.
    #[error("a gateway sent other bytes than were asked for")]
    Lie,
}

impl Fault for InputError {
    fn code(&self) -> &'static str {
        match self {
            Self::Scheme { .. } => "P-IN-001",
            Self::NoName { .. } => "P-IN-002",
            Self::BadName { .. } => "P-IN-003",
            Self::Unreachable { .. } => "P-IN-004",
            Self::Refused { .. } => "P-IN-005",
            Self::ServerTrouble { .. } => "P-IN-006",
            Self::Redirects { .. } => "P-IN-007",
            Self::Stalled { .. } => "P-IN-008",
            Self::TooSlow { .. } => "P-IN-009",
            Self::TooLarge { .. } => "P-IN-010",
            Self::Broken { .. } => "P-IN-011",
            Self::Checksum { .. } => "P-IN-012",
            Self::TooMany { .. } => "P-IN-013",
            Self::TotalTooLarge { .. } => "P-IN-014",
            Self::NameTaken { .. } => "P-IN-015",
            Self::Cancelled => "P-IN-016",
            Self::Disk { .. } => "P-IN-017",
            Self::Client { .. } => "P-IN-018",
            Self::Damaged { .. } => "P-IN-019",
            Self::Entry { .. } => "P-IN-020",
            Self::TooManyEntries { .. } => "P-IN-021",
            Self::UnpacksTooLarge { .. } => "P-IN-022",
            Self::Ratio { .. } => "P-IN-023",
            Self::Barred { .. } => "P-IN-024",
            Self::Promise { .. } => "P-IN-025",
            Self::NoGateway { .. } => "P-IN-026",
            Self::Ipfs { .. } => "P-IN-027",
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::Unreachable { .. }
            | Self::ServerTrouble { .. }
            | Self::Stalled { .. }
            | Self::TooSlow { .. }
            | Self::Broken { .. } => Class::Retry,
            Self::Client { .. } => Class::Fatal,
            _ => Class::GiveUp,
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Scheme { .. } => "give inputs by http or https only".into(),
            Self::NoName { .. } => "use a URL whose path ends with the name the file shall have".into(),
            Self::BadName { .. } => "use a name of at most 255 bytes without slashes".into(),
            Self::Unreachable { .. } => "check that the server runs and that this host may reach it".into(),
            Self::Refused { .. } => {
                "check that the address is right and open to everyone; no password is sent".into()
            }
            Self::ServerTrouble { .. } => "wait until the server is well, or use another".into(),
            Self::Redirects { .. } => "use the address that the redirects end at".into(),
            Self::Stalled { .. } | Self::TooSlow { .. } | Self::Broken { .. } => {
                "put the file on a server that delivers it faster and whole".into()
            }
            Self::TooLarge { .. } | Self::TotalTooLarge { .. } => {
                "use smaller inputs, or a worker whose operator allows larger ones".into()
            }
            Self::Checksum { .. } => {
                "the file was changed after its checksum was given: publish the right one".into()
            }
            Self::NoGateway { .. } => "an operator adds a gateway to `ipfs-gateways` under [inputs]".into(),
            Self::Ipfs { .. } => {
                "add the file with `ipfs add --cid-version 1`, and check that a gateway serves its blocks"
                    .into()
            }
            Self::Promise { .. } => {
                "end the URL with #sha256= and what `sha256sum` prints of the file".into()
            }
            Self::TooMany { .. } => "pack the inputs into one zip".into(),
            Self::NameTaken { .. } => "rename one of them: nothing is ever overwritten".into(),
            Self::Cancelled => "nothing is to be done: the task ended for another reason".into(),
            Self::Disk { .. } => "check the free space and the rights of the work folder".into(),
            Self::Client { .. } => "install the system's CA certificates (`ca-certificates`)".into(),
            Self::Damaged { .. } => "make the archive anew and upload it whole".into(),
            Self::Entry { .. } => {
                "make the archive anew with plain files and folders, relative paths and no password".into()
            }
            Self::Barred { why, .. } => format!(
                "put the file on the open internet; an operator who trusts that place adds \"{}\" or a range with \
                 {} to `allow-hosts` under [inputs]",
                why.host, why.address
            ),
            Self::TooManyEntries { .. } | Self::UnpacksTooLarge { .. } | Self::Ratio { .. } => {
                "use a smaller archive, or a worker whose operator allows larger ones".into()
            }
        }
    }
}
