//! The report as one HTML file: it asks the network for nothing and runs no script, and a policy in its head forbids both. It is
//! well-formed XML too, so that a test can hold it against a strict reader.
//!
//! ```text
//! head (answer, facts) ─▶ findings (place, both sides, mend) ─▶ timeline of the runs ─▶ variations ─▶ what is not claimed
//! ```
//!
//! Every text that is not written in these files goes through [`esc`].

mod chapter;
mod findings;
mod runs;
mod variations;

use super::words;
use super::{Answer, Report};
use base64::Engine as _;
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("style.css");
const NOT_CLAIMED: &str = "Two runs that agree show that no difference was found, and no more. What this host or this image \
    did not let vary was not tried, and is named above. The machines that will run this dapp may differ in ways that no \
    variation stands for.";

/// The report as a page.
pub fn html(report: &Report) -> String {
    let (answer, class) = match report.answer {
        Answer::Same => ("Same", "same"),
        Answer::Differs => ("Differs", "differs"),
        Answer::CouldNotRun => ("Could not run", "could-not-run"),
    };
    // The policy allows this one style sheet by its hash: not even a style can be smuggled in.
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(STYLE));
    let policy =
        format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'");
    let (image, summary) = (esc(&report.image), esc(&report.summary));
    let body = [
        facts(report),
        findings::section(report),
        runs::section(report),
        variations::section(report),
        format!("<footer><h2>What is not claimed</h2><p>{NOT_CLAIMED}</p>{}</footer>", again(report)),
    ]
    .concat();
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="{policy}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<meta name="referrer" content="no-referrer"/>
<title>{answer}: {image}</title>
<style>{STYLE}</style>
</head>
<body class="{class}">
<main>
<header>
<p class="tool">poco check</p>
<h1><span class="answer">{answer}</span> <span class="image">{image}</span></h1>
<p class="summary">{summary}</p>
</header>
{body}
</main>
</body>
</html>
"#
    )
}

/// What was checked, and how.
fn facts(report: &Report) -> String {
    let tally = words::tally(report);
    let varied = tally.quiet.len() + words::culprits(report).len();
    let mut cards = vec![
        ("Findings", report.findings.len().to_string()),
        ("Runs", report.runs.len().to_string()),
        ("Variations in force", varied.to_string()),
        ("Not possible here", tally.not_possible.len().to_string()),
        ("Time", words::span(report.milliseconds)),
    ];
    cards.retain(|(name, _)| report.answer != Answer::Same || *name != "Findings");
    let cards =
        cards.iter().map(|(name, value)| format!("<div><dd>{}</dd><dt>{name}</dt></div>", esc(value)));
    let none = || "none".to_owned();
    let mut rows = vec![
        ("Image", report.image_id.clone()),
        (
            "Command",
            Some(words::command(&report.command)).filter(|line| !line.is_empty()).unwrap_or_else(none),
        ),
        ("Inputs", Some(report.inputs.join(", ")).filter(|line| !line.is_empty()).unwrap_or_else(none)),
    ];
    if let Some(digest) = &report.digest {
        rows.insert(0, ("Digest", words::digest(digest)));
    }
    let rows = rows.iter().map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>", esc(value)));
    format!(
        "<dl class=\"cards\">{}</dl>\n<dl class=\"facts\">{}</dl>",
        cards.collect::<String>(),
        rows.collect::<String>()
    )
}

/// How the report is made again.
fn again(report: &Report) -> String {
    let command = esc(&words::command(&report.invocation));
    let (tool, seed) = (esc(&report.tool), report.seed);
    format!("<h2>Try it again</h2><pre>{command}</pre><p class=\"muted\">{tool}, seed {seed}</p>")
}

/// The text as it may stand in the page, in its lines.
fn esc(text: &str) -> String {
    words::marked_up(text, &['\n', '\t'])
}
