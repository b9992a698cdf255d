//! An error as a person sees it: code, sentence, causes, help.

use super::print;
use crate::poco::{Class, Fault};
use std::process::ExitCode;

/// Exit code: the configuration or this machine must be mended first.
pub(super) const MEND_FIRST: u8 = 4;
/// Exit code: a daemon was told three times to stop.
pub(super) const STOPPED_BY_FORCE: u8 = 5;
const CANNOT: u8 = 1;
const NOT_NOW: u8 = 3;

/// An error at the edge of the program.
pub(super) struct Report {
    code: &'static str,
    text: String,
    help: String,
    exit: u8,
}

impl<F: Fault> From<F> for Report {
    fn from(fault: F) -> Self {
        let exit = match fault.class() {
            Class::Retry => NOT_NOW,
            Class::GiveUp => CANNOT,
            Class::Fatal => MEND_FIRST,
        };
        Self { code: fault.code(), text: crate::poco::chain_of(&fault), help: fault.help(), exit }
    }
}

impl Report {
    /// Prints the error and gives the exit code.
    pub(super) fn print(self) -> ExitCode {
        let (red, bold, plain) = ("\x1b[1;31m", "\x1b[1m", "\x1b[0m");
        print::words(format_args!("{red}error[{}]{plain}{bold}: {}{plain}", self.code, self.text));
        print::words(format_args!("  {bold}help{plain}: {}", self.help));
        ExitCode::from(self.exit)
    }
}
