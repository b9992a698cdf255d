//! The `poco` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    poco::cli::run()
}
