//! What stands before a dapp's own program in a bent run: it changes what no engine can, and becomes that program. It runs
//! in the image, as this very program with its libraries (see [`super::program`]), so that the image needs no shell.
//!
//! ```text
//! umask, personality, filter ──▶ exec                                      the usual way: nothing of the shim is left
//!                            └─▶ burn numbers, load ──▶ spawn ──▶ wait      when the program must not be process 1
//! ```
//!
//! It takes rights away or renames; what the engine forbids stays forbidden.

use nix::sys::personality::{self, Persona};
use rustix::fs::Mode;
use rustix::process::umask;
use rustix::termios::{Winsize, tcsetwinsize};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

/// The number of the system call `getrandom`, and the status that says that the kernel has no such call.
#[cfg(target_arch = "x86_64")]
const GETRANDOM: i64 = 318;
#[cfg(target_arch = "aarch64")]
const GETRANDOM: i64 = 278;
const NO_SUCH_CALL: u32 = 38;

/// What is changed before the program starts.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Setup {
    /// Rights that files are made without, in octal
    #[arg(long, value_parser = octal, value_name = "MODE")]
    pub umask: Option<u32>,
    /// What the kernel says of itself, or how it lays out memory
    #[arg(long, value_enum)]
    pub personality: Vec<Kernel>,
    /// Take the call away that gives random numbers, so that they come from /dev/urandom
    #[arg(long)]
    pub no_getrandom: bool,
    /// Read an empty pipe, and not a device
    #[arg(long)]
    pub empty_pipe: bool,
    /// Make the terminal so wide
    #[arg(long, value_name = "COUNT")]
    pub columns: Option<u16>,
    /// Have the program be a process with a number beyond so many others
    #[arg(long, value_name = "COUNT")]
    pub burn: Option<u32>,
    /// Keep so many threads busy beside the program
    #[arg(long, value_name = "THREADS")]
    pub load: Option<u32>,
}

/// What a kernel can be for one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kernel {
    /// It calls itself 2.6.
    Uname26,
    /// It lays out memory the same way each time.
    NoAslr,
}

/// The status with which the shim ends when it is the shim itself that failed, and nothing was run.
pub const FAILED: u8 = 125;
/// What it says on stderr begins with this.
pub const SAYS: &str = "poco shim: ";

/// Why a program could not be started as it was meant to.
#[derive(Debug, thiserror::Error)]
pub enum ShimError {
    /// Something could not be changed.
    #[error("cannot change {what}: {source}")]
    Change {
        /// What.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The program does not start.
    #[error("{}: {source}", program.display())]
    Start {
        /// Its name.
        program: OsString,
        /// What the system said.
        source: io::Error,
    },
}

impl ShimError {
    /// The status that shells end with in such a case, or [`FAILED`].
    pub fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Change { .. } => FAILED,
            Self::Start { source, .. } if source.kind() == io::ErrorKind::NotFound => 127,
            Self::Start { .. } => 126,
        })
    }
}

/// Changes this process and becomes the program, or waits for it and answers its status.
///
/// # Errors
/// What could not be changed, or why the program does not start. Nothing was run then.
pub fn start(setup: &Setup, words: &[OsString]) -> Result<ExitCode, ShimError> {
    let Some((program, rest)) = words.split_first() else { return Ok(ExitCode::SUCCESS) };
    let mut command = Command::new(program);
    command.args(rest);
    if setup.empty_pipe {
        let (reader, _) = io::pipe().map_err(failed("the standard input"))?;
        command.stdin(Stdio::from(reader));
    }
    change(setup)?;
    let started = |source| ShimError::Start { program: program.clone(), source };
    if setup.burn.is_none() && setup.load.is_none() {
        return Err(started(command.exec()));
    }
    burn(setup.burn.unwrap_or(0)).map_err(failed("process numbers"))?;
    for _ in 0..setup.load.unwrap_or(0) {
        std::thread::Builder::new().spawn(load).map_err(failed("the load"))?;
    }
    let status = command.spawn().and_then(|mut child| child.wait()).map_err(started)?;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

fn change(setup: &Setup) -> Result<(), ShimError> {
    if let Some(columns) = setup.columns {
        let size = Winsize { ws_row: 19, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(std::io::stdout(), size).map_err(|errno| failed("the terminal")(errno.into()))?;
    }
    if let Some(mode) = setup.umask {
        umask(Mode::from_raw_mode(mode));
    }
    if !setup.personality.is_empty() {
        let wanted = setup.personality.iter().fold(Persona::empty(), |all, kernel| {
            all | match kernel {
                Kernel::Uname26 => Persona::UNAME26,
                Kernel::NoAslr => Persona::ADDR_NO_RANDOMIZE,
            }
        });
        personality::set(wanted).map_err(|errno| failed("the personality")(errno.into()))?;
    }
    if setup.no_getrandom {
        without_getrandom().map_err(|error| failed("the filter of system calls")(io::Error::other(error)))?;
    }
    Ok(())
}

/// Has the kernel answer as one that is too old for `getrandom`; programs then read the device.
fn without_getrandom() -> Result<(), seccompiler::Error> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let rules = BTreeMap::from([(GETRANDOM, Vec::new())]);
    let answer = SeccompAction::Errno(NO_SUCH_CALL);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, answer, arch)?;
    let program: BpfProgram = filter.try_into()?;
    seccompiler::apply_filter(&program)
}

/// Uses up numbers: a thread takes one as a process does.
fn burn(count: u32) -> io::Result<()> {
    for _ in 0..count {
        let thread = std::thread::Builder::new().stack_size(64 * 1024).spawn(|| ())?;
        drop(thread.join());
    }
    Ok(())
}

/// Half of a processor, in short turns, so that others are put off at other moments.
fn load() {
    loop {
        let numbers = std::hint::black_box(0..400_000_u64);
        std::hint::black_box(numbers.fold(0, |sum, number| std::hint::black_box(sum ^ number)));
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn failed(what: &'static str) -> impl FnOnce(io::Error) -> ShimError {
    move |source| ShimError::Change { what, source }
}

fn octal(text: &str) -> Result<u32, String> {
    match u32::from_str_radix(text, 8) {
        Ok(mode) if mode <= 0o777 => Ok(mode),
        _ => Err("not a mode such as 077".into()),
    }
}
