//! How long something took.

use super::{Hit, Sight, Spot, hits, pattern, sight};
use crate::determinism::finding::{Cause, Magnitude};

pattern!(
    NUMBER,
    r"(?:(?<min>\d+) ?m(?:in)? ?)?(?<n>\d+(?:\.\d+)?(?:[eE]-?\d+)?)(?: ?(?<u>ns|us|µs|μs|ms|sec(?:ond)?s?|s|minutes?|min|milliseconds?)\b)?"
);
pattern!(
    NAMED,
    r"(?i)(?:elapsed|took|duration|runtime|run_time|latency|time_taken|wall|seconds|millis|uptime|perf|time)(?:[a-z_.-]*)(?: ?\((?<u>ns|us|ms|s)\))?(?:[_ ](?<v>ns|us|ms|s|secs?|seconds))?\W{1,4}(?:in )?$"
);

pub(super) fn look(first: &Spot<'_>, second: &Spot<'_>) -> Option<Sight> {
    let (a, b) = hits(first, second, &NUMBER)?;
    let (one, other) = (milliseconds(&a)?, milliseconds(&b)?);
    let apart = (one - other).abs().round() as i128;
    sight(Cause::Timestamp, Some(Magnitude::Seconds { milliseconds: apart }), &a, &b)
}

fn milliseconds(hit: &Hit<'_>) -> Option<f64> {
    let named = NAMED.captures(hit.before);
    let of_name =
        named.as_ref().and_then(|named| named.name("u").or(named.name("v"))).map(|unit| unit.as_str());
    let unit = hit.group("u").or(of_name);
    let joined = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ':');
    let cut =
        hit.before.ends_with(joined) || hit.after.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    // A named one may stand behind a colon or a dash; a bare one with a unit must stand by itself.
    if (named.is_none() && (hit.group("u").is_none() || cut)) || hit.after.starts_with(char::is_alphanumeric)
    {
        return None;
    }
    let number: f64 = hit.group("n")?.parse().ok()?;
    let minutes: f64 = hit.group("min").map_or(Some(0.0), |minutes| minutes.parse().ok())?;
    let factor = match unit.map(str::to_ascii_lowercase).as_deref() {
        Some("ns") => 1e-6,
        Some("us" | "µs" | "μs") => 1e-3,
        Some("ms" | "millisecond" | "milliseconds") => 1.0,
        Some("min" | "minute" | "minutes") => 60_000.0,
        _ => 1000.0,
    };
    let ms = number * factor + minutes * 60_000.0;
    (ms < 1e12).then_some(ms)
}
