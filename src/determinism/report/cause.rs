//! What a cause is called: for machines, for people, and where it is explained.

use crate::determinism::finding::Cause;

/// The page of the documentation that has a chapter for each cause.
const PAGE: &str = "docs/check.md";

impl Cause {
    /// Every cause, in the order of the documentation's chapters.
    pub const ALL: [Self; 33] = [
        Self::Timestamp,
        Self::TimeZone,
        Self::Locale,
        Self::HostName,
        Self::User,
        Self::Umask,
        Self::Path,
        Self::RandomId,
        Self::Entropy,
        Self::HashOrder,
        Self::FloatTail,
        Self::ThreadRace,
        Self::ListingOrder,
        Self::FileMetadata,
        Self::ArchiveMetadata,
        Self::ProcessId,
        Self::AddressLayout,
        Self::CpuModel,
        Self::CpuCount,
        Self::Memory,
        Self::Kernel,
        Self::Environment,
        Self::Terminal,
        Self::Network,
        Self::Ulimit,
        Self::RootFilesystem,
        Self::Runtime,
        Self::NoProof,
        Self::EmptyProof,
        Self::FailingRun,
        Self::ProofFromInputs,
        Self::ConstantProof,
        Self::Unknown,
    ];

    /// Its name, which never changes: in JSON, and as the anchor of its chapter.
    pub fn name(self) -> &'static str {
        match self {
            Self::Timestamp => "timestamp",
            Self::TimeZone => "time-zone",
            Self::Locale => "locale",
            Self::HostName => "host-name",
            Self::User => "user",
            Self::Umask => "umask",
            Self::Path => "path",
            Self::RandomId => "random-id",
            Self::Entropy => "entropy",
            Self::HashOrder => "hash-order",
            Self::FloatTail => "float-tail",
            Self::ThreadRace => "thread-race",
            Self::ListingOrder => "listing-order",
            Self::FileMetadata => "file-metadata",
            Self::ArchiveMetadata => "archive-metadata",
            Self::ProcessId => "process-id",
            Self::AddressLayout => "address-layout",
            Self::CpuModel => "cpu-model",
            Self::CpuCount => "cpu-count",
            Self::Memory => "memory",
            Self::Kernel => "kernel",
            Self::Environment => "environment",
            Self::Terminal => "terminal",
            Self::Network => "network",
            Self::Ulimit => "ulimit",
            Self::RootFilesystem => "root-filesystem",
            Self::Runtime => "runtime",
            Self::NoProof => "no-proof",
            Self::EmptyProof => "empty-proof",
            Self::FailingRun => "failing-run",
            Self::ProofFromInputs => "proof-from-inputs",
            Self::ConstantProof => "constant-proof",
            Self::Unknown => "unknown",
        }
    }

    /// Where it is explained.
    pub fn chapter(self) -> String {
        format!("{PAGE}#{}", self.name())
    }

    /// Whether it is about the proof itself and not about two runs that part.
    pub(super) fn is_of_the_proof(self) -> bool {
        matches!(
            self,
            Self::NoProof | Self::EmptyProof | Self::FailingRun | Self::ProofFromInputs | Self::ConstantProof
        )
    }
}

/// How a name in kebab-case stands at the head of a paragraph: `Time zone`.
pub(super) fn title(name: &str) -> String {
    let mut text = name.replace('-', " ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_causes_name_is_the_one_in_json() {
        let mut seen = BTreeSet::new();
        for cause in Cause::ALL {
            assert_eq!(serde_json::to_value(cause).unwrap(), cause.name());
            assert!(seen.insert(cause), "{cause:?} is there twice");
        }
        // A new variant is the last but one, so that `Unknown` tells whether the list is whole.
        assert_eq!(Cause::Unknown as usize + 1, Cause::ALL.len());
    }

    #[test]
    fn a_title_begins_with_a_capital_letter() {
        assert_eq!(title("time-zone"), "Time zone");
        assert_eq!(title(""), "");
    }
}
