//! `poco shim`: changes what only a process itself can change of itself, and becomes the program behind it.

use super::print;
use crate::container::shim::{SAYS, Setup, start};
use std::ffi::OsString;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    setup: Setup,
    /// The program and its words
    #[arg(required = true, last = true, value_name = "PROGRAM")]
    program: Vec<OsString>,
}

pub(super) fn run(args: Args) -> ExitCode {
    match start(&args.setup, &args.program) {
        Ok(code) => code,
        Err(error) => {
            print::words(format_args!("{SAYS}{error}"));
            error.code()
        }
    }
}
