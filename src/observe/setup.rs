//! Where logs go.

use tracing_subscriber::EnvFilter;

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// A bare level is ours; of the libraries only warnings are of use to an operator.
fn ours(level: &str) -> String {
    if level.contains(['=', ',']) { level.to_owned() } else { format!("warn,poco={level}") }
}

/// Sends logs to stderr. `level` is used unless `POCO_LOG` says otherwise; calling it twice changes nothing.
pub fn init(level: &str, format: LogFormat) {
    let filter = EnvFilter::try_from_env("POCO_LOG").unwrap_or_else(|_| EnvFilter::new(ours(level)));
    let colour = anstream::stderr().current_choice() != anstream::ColorChoice::Never;
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let _already = match format {
        LogFormat::Text => lines.with_ansi(colour).compact().try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
}
