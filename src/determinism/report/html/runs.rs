//! The timeline: a bar for each run, as long as the run took, and in the colour of its digest.

use super::{Report, esc, words};
use crate::determinism::report::{Purpose, RunNote};
use bytesize::ByteSize;

/// The width that all bars together have, in the units of the picture.
const SCALE: u64 = 1000;
/// The colours of runs, and what they say.
const KINDS: [(&str, &str); 4] = [
    ("agrees", "the first run’s digest"),
    ("parts", "another digest"),
    ("other", "another digest, of another input"),
    ("none", "no digest"),
];
/// No run is so short that its bar cannot be seen.
const THIN: u64 = 6;

pub(super) fn section(report: &Report) -> String {
    if report.runs.is_empty() {
        return String::new();
    }
    let total = report.runs.iter().map(|run| run.started.saturating_add(run.milliseconds)).max();
    let total = total.unwrap_or_default().max(1);
    let first = report.digest.as_ref().map(|digest| digest.value.as_str());
    let rows: String = report.runs.iter().map(|run| row(run, total, class(run, first))).collect();
    let shown = |kind: &&(&str, &str)| report.runs.iter().any(|run| class(run, first) == kind.0);
    let keys: String = KINDS.iter().filter(shown).map(|(class, text)| key(class, text)).collect();
    format!(
        "<section><h2>Runs</h2><p class=\"legend\">{keys}</p>\
         <ol class=\"runs\">{rows}</ol><p class=\"scale muted\"><span>0</span><span>{}</span></p></section>",
        words::span(total)
    )
}

/// What a colour means.
pub(super) fn key(class: &str, text: &str) -> String {
    format!("<span class=\"state\"><span class=\"key {class}\"></span><span>{text}</span></span>")
}

/// What its colour says of a run.
fn class(run: &RunNote, first: Option<&str>) -> &'static str {
    match &run.digest {
        None => "none",
        Some(digest) if Some(digest.as_str()) == first => "agrees",
        Some(_) if run.purpose == Purpose::OtherInput => "other",
        Some(_) => "parts",
    }
}

fn row(run: &RunNote, total: u64, class: &str) -> String {
    let part =
        |time: u64| u64::try_from(u128::from(time) * u128::from(SCALE) / u128::from(total)).unwrap_or(SCALE);
    let width = part(run.milliseconds).clamp(THIN, SCALE);
    let x = part(run.started).min(SCALE - width);
    let ended = run.error.as_deref().unwrap_or(&run.end);
    let digest = run.digest.as_deref().map(words::short);
    let memory = run.memory.map(|bytes| format!(" title=\"at most {} of memory\"", ByteSize(bytes)));
    let varied = match run.variations.as_slice() {
        [] => String::new(),
        names if names.len() <= 3 => names.join(" + "),
        names => words::counted(names.len() as u64, "variation"),
    };
    format!(
        "<li><span class=\"number\">{}</span><span class=\"what\"><b>{}</b> <span class=\"muted\" title=\"{}\">{}</span>\
         </span><svg class=\"{class}\" viewBox=\"0 0 {SCALE} 10\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"{}\"><rect class=\"track\" width=\"{SCALE}\" height=\"10\"/><rect class=\"bar\" x=\"{x}\" \
         width=\"{width}\" height=\"10\"/></svg><span class=\"time\"{}>{}</span><span class=\"end\">{}</span></li>",
        run.number,
        words::purpose(run.purpose),
        esc(&run.variations.join(", ")),
        esc(&varied),
        esc(&format!("from {} for {}", words::span(run.started), words::span(run.milliseconds))),
        memory.unwrap_or_default(),
        words::span(run.milliseconds),
        digest.map_or_else(|| esc(ended), |digest| format!("<code>{}</code>", esc(&digest))),
    )
}
