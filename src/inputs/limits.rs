//! What a task's inputs may cost this host.

use std::time::Duration;

/// Caps on downloads and archives. The defaults suit a home worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time for a TCP and TLS connection to stand.
    pub connect_timeout: Duration,
    /// Time without a single byte after which a download is given up.
    pub idle_timeout: Duration,
    /// Time for one input, retries included.
    pub total_timeout: Duration,
    /// How often one input is tried, at least once.
    pub attempts: usize,
    /// Pause before the second try; it doubles with each further one.
    pub first_pause: Duration,
    /// How many redirects are followed.
    pub redirects: usize,
    /// How many inputs are downloaded at once.
    pub parallel: usize,
    /// How many inputs a task may name.
    pub max_inputs: usize,
    /// Size of one input, by its declared and by its counted bytes.
    pub max_file_bytes: u64,
    /// Size of all inputs of a task as downloaded.
    pub max_total_bytes: u64,
    /// Entries of one archive, folders that have none of their own included.
    pub max_entries: usize,
    /// Length of the paths of all entries of one archive together.
    pub max_name_bytes: usize,
    /// Size of one archive once unpacked.
    pub max_unpacked_bytes: u64,
    /// Unpacked bytes per archive byte, looked at once an archive unpacks to more than `ratio_free_bytes`.
    pub max_ratio: u64,
    /// Unpacked size up to which no ratio is suspicious.
    pub ratio_free_bytes: u64,
    /// Length of an entry's path in bytes.
    pub max_path_bytes: usize,
    /// Folders above an entry.
    pub max_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            total_timeout: Duration::from_secs(30 * 60),
            attempts: 3,
            first_pause: Duration::from_millis(200),
            redirects: 5,
            parallel: 4,
            max_inputs: 64,
            max_file_bytes: 2048 * MIB,
            max_total_bytes: 4096 * MIB,
            max_entries: 100_000,
            max_name_bytes: 16 << 20,
            max_unpacked_bytes: 8192 * MIB,
            max_ratio: 200,
            ratio_free_bytes: 64 * MIB,
            max_path_bytes: 1024,
            max_depth: 64,
        }
    }
}
