//! What was found of a dapp: causes, places and sizes, in words that every report shares.

use serde::{Deserialize, Serialize};

/// Why two runs disagree, in the field's words. The name in reports is the variant's in kebab-case, and `docs/check.md` has a
/// chapter for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The time of the run is in the output.
    Timestamp,
    /// A time is written in the machine's own zone.
    TimeZone,
    /// Numbers, dates, sorting or messages follow the machine's language.
    Locale,
    /// The machine's name is in the output.
    HostName,
    /// The user, the group or the home folder is in the output.
    User,
    /// The modes of what was written follow the umask.
    Umask,
    /// A path of this run is in the output.
    Path,
    /// An identifier that is drawn anew each time.
    RandomId,
    /// Numbers that are drawn anew each time.
    Entropy,
    /// The order of a hash table.
    HashOrder,
    /// The last digits of floating-point numbers.
    FloatTail,
    /// Threads that finish in another order.
    ThreadRace,
    /// The order in which a folder's names are listed.
    ListingOrder,
    /// Times, owners or modes of the input files.
    FileMetadata,
    /// Times, names or versions within a gzip, zip, PNG or PDF.
    ArchiveMetadata,
    /// A process's number.
    ProcessId,
    /// Where the program lies in memory.
    AddressLayout,
    /// What the processor can do, or is called.
    CpuModel,
    /// How many processors there are.
    CpuCount,
    /// How much memory there is.
    Memory,
    /// The kernel's release, or how long it has been up.
    Kernel,
    /// The environment's variables, or their order.
    Environment,
    /// Whether there is a terminal, and how wide.
    Terminal,
    /// Whether there is a network, or what came from it.
    Network,
    /// The limits of the process.
    Ulimit,
    /// Whether the image's own files can be written to.
    RootFilesystem,
    /// What runs the container.
    Runtime,
    /// There is no `consensus.iexec` where one was meant, or nothing to prove.
    NoProof,
    /// `consensus.iexec` is empty.
    EmptyProof,
    /// The dapp fails, or fails at times.
    FailingRun,
    /// `consensus.iexec` came with the inputs and was not written anew.
    ProofFromInputs,
    /// The digest stays the same whatever the dapp is given: the proof proves nothing.
    ConstantProof,
    /// Seen to differ, and not known why.
    Unknown,
}

/// Where two outputs part. Paths are below the dapp's output folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Place {
    /// In a text: line and column count from 1, columns in characters.
    Text {
        /// The file.
        path: String,
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// In a JSON document.
    Json {
        /// The file.
        path: String,
        /// The value, as an RFC 6901 pointer.
        pointer: String,
        /// The line in the first of the two.
        line: usize,
        /// The column in the first of the two.
        column: usize,
    },
    /// In anything else.
    Binary {
        /// The file.
        path: String,
        /// The first byte that differs, from 0.
        offset: u64,
        /// What that byte belongs to, where the format is known: `gzip: mtime`, `PNG: tEXt chunk`, `zip: time of a.txt`.
        part: Option<String>,
    },
    /// A name that only one of the two has.
    OnlyIn {
        /// The file or folder.
        path: String,
        /// Whether the first of the two has it.
        first: bool,
    },
    /// A name that stands for something else in each. Permissions enter no digest.
    Metadata {
        /// The file or folder.
        path: String,
        /// Which property: `kind`, or the `target` of a link.
        property: String,
    },
}

/// How large a difference is, in the unit of what differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Magnitude {
    /// Floating-point numbers, by at most so many units in the last place of a double.
    Ulps {
        /// The largest distance.
        most: u64,
        /// How many numbers differ.
        numbers: usize,
    },
    /// Times, apart by so much.
    Seconds {
        /// The distance in milliseconds.
        #[serde(with = "narrow")]
        milliseconds: i128,
    },
    /// The same lines, members or elements in another order.
    Reordered {
        /// How many stand elsewhere.
        moved: usize,
    },
    /// So many bytes differ, of the larger one's length.
    Bytes {
        /// How many.
        differ: u64,
        /// Of how many.
        of: u64,
    },
    /// So many places in all files together.
    Places {
        /// How many.
        count: usize,
    },
}

/// A number of at most 64 bits: serde cannot read a longer one back within a tagged form.
mod narrow {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(number: &i128, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(i64::try_from(*number).unwrap_or(i64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<i128, D::Error> {
        i64::deserialize(from).map(i128::from)
    }
}

/// One difference between the outputs of two runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Where.
    pub place: Place,
    /// What the first has there, shortened, made printable; bytes as hex.
    pub first: String,
    /// What the second has there.
    pub second: String,
    /// How large it is.
    pub magnitude: Magnitude,
    /// What it looks like by itself, before any variation is asked; none when it looks like nothing known.
    pub looks_like: Option<Cause>,
}

/// One cause that was found, with what shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Why.
    pub cause: Cause,
    /// One sentence for the person who reads it.
    pub message: String,
    /// Names of the variations that bring it about together; empty when nothing had to be varied.
    pub variations: Vec<String>,
    /// The differences that show it, the most telling first; shortened to a few.
    pub differences: Vec<Difference>,
    /// How often it was brought about again, of how many tries.
    pub confirmed: Option<(u32, u32)>,
    /// What to do about it.
    pub mend: String,
}
