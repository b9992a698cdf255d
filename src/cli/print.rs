//! The only place that prints: data to stdout, words to stderr. A closed pipe ends the printing, not the program.

use std::fmt;
use std::io::Write;

/// A line of data.
pub(super) fn data(line: impl fmt::Display) {
    let _ = writeln!(anstream::stdout(), "{line}");
}

/// Where a stream of data goes.
pub(super) fn stream() -> impl Write {
    std::io::BufWriter::new(std::io::stdout())
}

/// A line of words.
pub(super) fn words(line: impl fmt::Display) {
    let _ = writeln!(anstream::stderr(), "{line}");
}
