//! What each cause is, in one sentence, and what to do about it.

use crate::determinism::finding::Cause;

/// What it is.
pub(super) fn sentence(cause: Cause) -> &'static str {
    match cause {
        Cause::Timestamp => "The time of the run is in the output",
        Cause::TimeZone => "A time is written in the machine's own zone",
        Cause::Locale => "Numbers, dates, sorting or messages follow the machine's language",
        Cause::HostName => "The machine's name is in the output",
        Cause::User => "The user, the group or the home folder is in the output",
        Cause::Umask => "The modes of files that are written follow the umask, and the output shows them",
        Cause::Path => "A path of this run is in the output",
        Cause::RandomId => "An identifier is drawn anew in each run",
        Cause::Entropy => "Numbers are drawn anew in each run",
        Cause::HashOrder => "The order of a hash table is in the output",
        Cause::FloatTail => "The last digits of floating-point numbers differ",
        Cause::ThreadRace => "Threads finish in another order each time",
        Cause::ListingOrder => "A folder's names are taken in the order in which the file system lists them",
        Cause::FileMetadata => "Times, owners or modes of the input files are in the output",
        Cause::ArchiveMetadata => "An archive or a picture carries its own time, names or versions",
        Cause::ProcessId => "The number of a process is in the output",
        Cause::AddressLayout => "Where the program lies in memory is in the output",
        Cause::CpuModel => "The output depends on what the processor can do, or is called",
        Cause::CpuCount => "The output depends on the number of processors",
        Cause::Memory => "The output depends on how much memory there is",
        Cause::Kernel => "The kernel's release, or how long it has been up, is in the output",
        Cause::Environment => "The variables of the environment are in the output",
        Cause::Terminal => "The output depends on whether there is a terminal, and how wide it is",
        Cause::Network => "The output depends on whether there is a network",
        Cause::Ulimit => "The output depends on the limits of the process",
        Cause::RootFilesystem => "The output depends on whether the image's own files can be written to",
        Cause::Runtime => "The output depends on what runs the container",
        Cause::NoProof => "There is nothing to prove",
        Cause::EmptyProof => "consensus.iexec is empty",
        Cause::FailingRun => "The dapp fails",
        Cause::ProofFromInputs => "consensus.iexec came with the inputs and was not written anew",
        Cause::ConstantProof => "The digest stays the same whatever the dapp is given, so it proves nothing",
        Cause::Unknown => "The output differs, and it is not known why",
    }
}

/// What to do about it.
pub(super) fn mend(cause: Cause) -> &'static str {
    match cause {
        Cause::Timestamp => "leave the time out of what is proved, or take it from the input",
        Cause::TimeZone => "write times in UTC, or set TZ in the image",
        Cause::Locale => "set LC_ALL=C.UTF-8 in the image, or format and sort without the locale",
        Cause::HostName => "leave the host's name out of what is proved",
        Cause::User => {
            "leave user, group and HOME out of what is proved; read settings from the image or /iexec"
        }
        Cause::Umask => "set the modes of what you write, or leave them out of what is proved",
        Cause::Path => "write paths relative to the output folder, and give temporary files a fixed name",
        Cause::RandomId => "derive the identifier from the input, by a hash of it for example",
        Cause::Entropy => "seed the generator with a number that is fixed or comes from the input",
        Cause::HashOrder => "sort before you write",
        Cause::FloatTail => {
            "round to the digits that matter before you write, and build for one generation of processors"
        }
        Cause::ThreadRace => "collect what threads have computed in a fixed order, and write it in the end",
        Cause::ListingOrder => "sort the names of a folder before you use them",
        Cause::FileMetadata => "use the content of the inputs alone",
        Cause::ArchiveMetadata => {
            "give the archive's entries a fixed time (SOURCE_DATE_EPOCH, gzip -n, zip -X)"
        }
        Cause::ProcessId => "leave the process's number out of what is proved",
        Cause::AddressLayout => "do not write addresses, nor sort by them; give objects a name of their own",
        Cause::CpuModel => {
            "build without -march=native, and leave the processor's name out of what is proved"
        }
        Cause::CpuCount => "fix the number of threads and pieces, whatever the machine has",
        Cause::Memory => "fix sizes of buffers and caches, whatever the machine has",
        Cause::Kernel => "leave the kernel out of what is proved",
        Cause::Environment => "read only the variables that the order sets",
        Cause::Terminal => "fix the width, and do not ask whether there is a terminal",
        Cause::Network => "bring everything with the image and the inputs: on the network there is none",
        Cause::Ulimit => "do not derive sizes from the process's limits",
        Cause::RootFilesystem => "write below /iexec and /tmp alone",
        Cause::Runtime => "look at what the two runtimes show the dapp differently",
        Cause::NoProof => "write what every run must agree on to /iexec/consensus.iexec",
        Cause::EmptyProof => "write what every run must agree on into it",
        Cause::FailingRun => "let the dapp end with status 0 wherever it runs",
        Cause::ProofFromInputs => "let the dapp write consensus.iexec, and take it out of the inputs",
        Cause::ConstantProof => "write the result itself, or its hash, into consensus.iexec",
        Cause::Unknown => "look at the two outputs, which --keep leaves on disk",
    }
}
