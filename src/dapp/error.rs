//! What can be wrong with a request, each with a stable code and a way out.

use crate::poco::{Class, Fault};

/// What can be wrong with a request. None of these passes by itself: whoever wrote the request must change it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DappError {
    /// The app's type is not one that runs here.
    #[error("app type `{0}` is not DOCKER")]
    AppType(String),
    /// A text is not JSON.
    #[error("{what} is not valid JSON at line {line}, column {column}: {problem}")]
    Json {
        /// Which text.
        what: &'static str,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong there.
        problem: String,
        /// How it is mended.
        help: &'static str,
    },
    /// A key that nothing reads.
    #[error("`{place}` has a key `{key}` that nothing reads{}", near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
    UnknownKey {
        /// The object that holds it.
        place: String,
        /// The key.
        key: String,
        /// A known key that looks like it.
        near: Option<&'static str>,
    },
    /// A value that cannot be what its key wants.
    #[error("`{place}` {problem}")]
    Field {
        /// Path of the value.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Something that must be there is not.
    #[error("`{0}` is missing")]
    Missing(String),
    /// A tuple of `envvars` without `=`.
    #[error("`envvars`: the tuple `{0}` has no `=`")]
    EnvTuple(String),
    /// A variable's name that no environment can hold.
    #[error("`envvars`: `{0}` cannot be the name of a variable")]
    EnvName(String),
    /// A variable that is set twice.
    #[error("`envvars`: `{0}` is set twice")]
    EnvRepeated(String),
    /// An `envvars` string without its image.
    #[error("`envvars` names no image: XWDOCKERIMAGE is missing or empty")]
    NoImage,
    /// Not a reference to an image.
    #[error("`{text}` is not an image reference: {problem}")]
    Image {
        /// The reference.
        text: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Not a sha-256 digest.
    #[error("`{0}` is not a sha-256 digest")]
    Checksum(String),
    /// The reference pins one digest and the chain another.
    #[error("the image reference pins {pinned} but the app's checksum is {checksum}")]
    ChecksumsDiffer {
        /// Digest in the reference.
        pinned: String,
        /// Checksum on chain.
        checksum: String,
    },
    /// Params with keys of both contracts.
    #[error("the params mix two contracts: `{classic}` is of the classic one, `{live}` of the live one")]
    MixedContracts {
        /// A key or property of the classic contract.
        classic: String,
        /// A key of the live contract.
        live: String,
    },
    /// A quote that is never closed.
    #[error("`cmdline`: the quote {quote} at character {column} is never closed")]
    OpenQuote {
        /// The quote.
        quote: char,
        /// Its place in the command line, from 1.
        column: usize,
    },
    /// A NUL, which neither an argument nor a variable can hold.
    #[error("{0} holds a NUL character")]
    Nul(&'static str),
    /// Not a URL.
    #[error("`{url}` is not a URL: {problem}")]
    InputUrl {
        /// The text.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A URL of a scheme that is not fetched.
    #[error("`{url}` is not fetched: its scheme `{scheme}` is neither http nor https")]
    InputScheme {
        /// The URL.
        url: String,
        /// Its scheme.
        scheme: String,
    },
    /// A dataset whose bytes nothing pins.
    #[error("the dataset {0} has no checksum, so nothing says which bytes are meant")]
    DatasetChecksum(String),
    /// A dataset whose location cannot be read.
    #[error("the dataset's location is not understood: {0}")]
    DatasetLocation(String),
    /// A dataset in a deal of the classic contract.
    #[error("the deal has a dataset ({0}), which the classic contract knows nothing of")]
    DatasetUnused(String),
    /// A wish that only an enclave can fulfil.
    #[error("`{0}` needs a trusted execution environment, which is not offered here")]
    EnclaveOnly(&'static str),
    /// A bulk request.
    #[error("`bulk_cid` asks for a bulk of datasets, which is not offered here")]
    Bulk,
}

impl Fault for DappError {
    fn code(&self) -> &'static str {
        match self {
            Self::AppType(_) => "P-DA-001",
            Self::Json { .. } => "P-DA-002",
            Self::UnknownKey { .. } => "P-DA-003",
            Self::Field { .. } => "P-DA-004",
            Self::Missing(_) => "P-DA-005",
            Self::EnvTuple(_) => "P-DA-006",
            Self::EnvName(_) => "P-DA-007",
            Self::EnvRepeated(_) => "P-DA-008",
            Self::NoImage => "P-DA-009",
            Self::Image { .. } => "P-DA-010",
            Self::Checksum(_) => "P-DA-011",
            Self::ChecksumsDiffer { .. } => "P-DA-012",
            Self::MixedContracts { .. } => "P-DA-013",
            Self::OpenQuote { .. } => "P-DA-014",
            Self::Nul(_) => "P-DA-015",
            Self::InputUrl { .. } => "P-DA-016",
            Self::InputScheme { .. } => "P-DA-017",
            Self::DatasetChecksum(_) => "P-DA-018",
            Self::DatasetLocation(_) => "P-DA-019",
            Self::DatasetUnused(_) => "P-DA-020",
            Self::EnclaveOnly(_) => "P-DA-021",
            Self::Bulk => "P-DA-022",
        }
    }

    fn class(&self) -> Class {
        Class::GiveUp
    }

    fn help(&self) -> String {
        match self {
            Self::AppType(_) => "register the app with the type DOCKER.",
            Self::Json { help, .. } => help,
            Self::UnknownKey { .. } => "remove the key or correct its name.",
            Self::Field { .. } => "correct the value.",
            Self::Missing(_) => "add it to iexec.json.",
            Self::EnvTuple(_) => "write NAME=value, tuples separated by commas; a value cannot hold a comma.",
            Self::EnvName(_) => "use letters, digits, `_`, `.` and `-`, beginning with a letter or `_`.",
            Self::EnvRepeated(_) => "keep one of the two.",
            Self::NoImage => "add XWDOCKERIMAGE=<image>, e.g. XWDOCKERIMAGE=jrottenberg/ffmpeg:scratch.",
            Self::Image { .. } => {
                "write [registry/]path[:tag][@sha256:digest] in lower case, as `docker pull` takes it."
            }
            Self::Checksum(_) => "write sha256: or 0x and 64 hexadecimal digits.",
            Self::ChecksumsDiffer { .. } => {
                "register the app anew with the digest of the image that is meant."
            }
            Self::MixedContracts { .. } => {
                "use either cmdline and dirinuri (classic) or the iexec_* keys (live), not both."
            }
            Self::OpenQuote { .. } => "close the quote, or put a backslash before it to mean the character.",
            Self::Nul(_) => "remove the NUL character.",
            Self::InputUrl { .. } => "write a whole URL, e.g. https://example.org/file.zip.",
            Self::InputScheme { .. } => "publish the file on an http or https server.",
            Self::DatasetChecksum(_) => "register the dataset with the sha-256 of its file.",
            Self::DatasetLocation(_) => "register the dataset with an http(s) URL or an /ipfs/<cid> address.",
            Self::DatasetUnused(_) => "order without a dataset, or write the params with the iexec_* keys.",
            Self::EnclaveOnly(_) => "leave the key out, or order from a workerpool with enclaves.",
            Self::Bulk => "order one task per dataset.",
        }
        .to_owned()
    }
}
