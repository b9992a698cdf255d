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

#[cfg(test)]
mod tests {
    use super::super::examples;
    use super::*;

    #[test]
    fn how_long_it_took() {
        examples::are(
            Cause::Timestamp,
            &[
                ("took 0.123 s", "took 0.131 s"),
                ("done in 1.5s", "done in 1.7s"),
                ("12ms", "15ms"),
                ("{\"elapsed\": 0.01234}", "{\"elapsed\": 0.04321}"),
                ("{\"duration_ms\": 123}", "{\"duration_ms\": 130}"),
                ("real 0m1.234s", "real 0m1.301s"),
                ("elapsed time: 3 seconds", "elapsed time: 4 seconds"),
                ("finished (341 µs)", "finished (298 µs)"),
            ],
        );
        assert_eq!(examples::milliseconds("took 1.5 s", "took 1.25 s"), 250);
    }

    #[test]
    fn what_is_no_time() {
        examples::are_not(
            Cause::Timestamp,
            &[("5 apples", "6 apples"), ("x1s2", "x3s2"), ("score: 0.5", "score: 0.75")],
        );
    }
}
