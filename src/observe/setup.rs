//! Where logs go.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Sends logs to stderr. `level` is a level or a filter of `tracing`; calling it twice changes nothing.
pub fn init(level: &str, format: LogFormat) {
    let filter = EnvFilter::new(directives(level));
    let colour = anstream::stderr().current_choice() != anstream::ColorChoice::Never;
    // Where nobody reads the log any more, what cannot be written is let go: to tell of it on the same way would panic.
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .log_internal_errors(false);
    let _already = match format {
        LogFormat::Text => lines.with_ansi(colour).compact().try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
}

/// What these say of a connection that breaks, the endpoint itself says by its name and once.
const DOUBLES: &str = "alloy_transport_ws=off,alloy_pubsub=off";

/// A bare level is meant for this program: libraries that tell of their own sockets are held to warnings.
fn directives(asked: &str) -> String {
    match asked.trim().parse::<LevelFilter>() {
        Ok(level) => format!("{},{DOUBLES},poco={level}", level.min(LevelFilter::WARN)),
        Err(_) => asked.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{DOUBLES, directives};

    #[test]
    fn a_level_is_this_programs_and_a_filter_is_taken_as_it_stands() {
        assert_eq!(directives("info"), format!("warn,{DOUBLES},poco=info"));
        assert_eq!(directives("error"), format!("error,{DOUBLES},poco=error"));
        assert_eq!(directives("off"), format!("off,{DOUBLES},poco=off"));
        assert_eq!(directives("poco=debug,alloy=trace"), "poco=debug,alloy=trace");
    }
}
