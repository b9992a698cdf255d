//! The report as JUnit XML, which every CI shows: a test case for the identical runs, one for the proof, one for all
//! variations together, and one for each variation.

use super::words;
use super::{Answer, Purpose, Report, RunNote, VariationNote, VariationState};
use crate::determinism::finding::Finding;

const IDENTICAL: &str = "identical runs";
const PROOF: &str = "proof";
const TOGETHER: &str = "all variations together";

/// What became of a test case.
enum Outcome<'a> {
    Passed,
    Failed(Vec<&'a Finding>),
    Error(&'a str),
    Skipped(&'a str),
}

struct Case<'a> {
    name: &'a str,
    milliseconds: u64,
    outcome: Outcome<'a>,
}

/// The report as XML in UTF-8.
pub fn junit(report: &Report) -> String {
    let cases = cases(report);
    let count = |wanted: fn(&Outcome<'_>) -> bool| cases.iter().filter(|case| wanted(&case.outcome)).count();
    let numbers = format!(
        r#"tests="{}" failures="{}" errors="{}" skipped="{}" time="{}""#,
        cases.len(),
        count(|outcome| matches!(outcome, Outcome::Failed(_))),
        count(|outcome| matches!(outcome, Outcome::Error(_))),
        count(|outcome| matches!(outcome, Outcome::Skipped(_))),
        seconds(report.milliseconds),
    );
    let image = escaped(&report.image);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"poco check\" {numbers}>\n  \
         <testsuite name=\"{image}\" {numbers}>\n    <properties>\n"
    );
    for (name, value) in properties(report) {
        out.push_str(&format!("      <property name=\"{name}\" value=\"{}\"/>\n", escaped(&value)));
    }
    out.push_str("    </properties>\n");
    for case in &cases {
        let (name, time) = (escaped(case.name), seconds(case.milliseconds));
        let head = format!("    <testcase classname=\"{image}\" name=\"{name}\" time=\"{time}\"");
        match &case.outcome {
            Outcome::Passed => out.push_str(&format!("{head}/>\n")),
            Outcome::Skipped(why) => {
                let why = escaped(why);
                out.push_str(&format!("{head}>\n      <skipped message=\"{why}\"/>\n    </testcase>\n"));
            }
            Outcome::Error(why) => {
                let why = escaped(why);
                out.push_str(&format!(
                    "{head}>\n      <error type=\"could-not-run\" message=\"{why}\"/>\n    </testcase>\n"
                ));
            }
            Outcome::Failed(findings) => {
                out.push_str(&format!("{head}>\n"));
                findings.iter().for_each(|finding| out.push_str(&failure(finding)));
                out.push_str("    </testcase>\n");
            }
        }
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn properties(report: &Report) -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("tool", report.tool.clone()),
        ("image id", report.image_id.clone()),
        ("command", words::command(&report.command)),
        ("seed", report.seed.to_string()),
        ("summary", report.summary.clone()),
    ];
    all.extend(report.digest.as_ref().map(|digest| ("digest", words::digest(digest))));
    all
}

fn cases(report: &Report) -> Vec<Case<'_>> {
    let time = |wanted: &dyn Fn(&RunNote) -> bool| -> u64 {
        report.runs.iter().filter(|run| wanted(run)).map(|run| run.milliseconds).sum()
    };
    let fixed = [
        (IDENTICAL, time(&|run| run.purpose == Purpose::Identical)),
        (PROOF, time(&|run| run.purpose == Purpose::OtherInput)),
        (TOGETHER, time(&|run| run.purpose == Purpose::AllVariations)),
    ];
    let mut cases: Vec<Case<'_>> = fixed
        .into_iter()
        .map(|(name, milliseconds)| Case { name, milliseconds, outcome: fixed_outcome(report, name) })
        .collect();
    cases.extend(report.variations.iter().map(|note| {
        let alone = |run: &RunNote| run.variations.len() == 1 && run.variations.contains(&note.name);
        Case { name: &note.name, milliseconds: time(&alone), outcome: of_variation(report, note) }
    }));
    cases
}

/// What becomes of a test case that is there for every dapp.
fn fixed_outcome<'a>(report: &'a Report, name: &str) -> Outcome<'a> {
    let found: Vec<&Finding> =
        report.findings.iter().filter(|finding| case_of(report, finding) == name).collect();
    let purpose = if name == TOGETHER { Purpose::AllVariations } else { Purpose::Identical };
    let ran = report.runs.iter().any(|run| run.purpose == purpose);
    match report.answer {
        _ if !found.is_empty() => Outcome::Failed(found),
        Answer::CouldNotRun if name == IDENTICAL => Outcome::Error(&report.summary),
        _ if !ran => Outcome::Skipped("there was no such run"),
        _ => Outcome::Passed,
    }
}

/// The test case that stands for a finding which no variation brought about.
fn case_of(report: &Report, finding: &Finding) -> &'static str {
    let identical = report.runs.iter().filter(|run| run.purpose == Purpose::Identical);
    let mut digests: Vec<_> = identical.map(|run| &run.digest).collect();
    digests.dedup();
    match finding {
        finding if finding.cause.is_of_the_proof() => PROOF,
        finding if !finding.variations.is_empty() => "",
        _ if digests.len() > 1 => IDENTICAL,
        _ => TOGETHER,
    }
}

fn of_variation<'a>(report: &'a Report, note: &'a VariationNote) -> Outcome<'a> {
    let found: Vec<&Finding> =
        report.findings.iter().filter(|finding| finding.variations.contains(&note.name)).collect();
    match &note.state {
        _ if !found.is_empty() => Outcome::Failed(found),
        VariationState::Varied => Outcome::Passed,
        VariationState::NotPossible { why } => Outcome::Skipped(why),
        VariationState::LeftOut => Outcome::Skipped("left out"),
    }
}

fn failure(finding: &Finding) -> String {
    let mut text = String::new();
    for difference in &finding.differences {
        text.push_str(&format!(
            "{}\n  first   {}\n  second  {}\n  size    {}\n",
            words::place(&difference.place),
            difference.first,
            difference.second,
            words::magnitude(&difference.magnitude)
        ));
    }
    text.push_str(&format!("mend: {}\nmore: {}", finding.mend, finding.cause.chapter()));
    let (cause, message) = (finding.cause.name(), escaped(&finding.message));
    format!("      <failure type=\"{cause}\" message=\"{message}\">{}</failure>\n", escaped_lines(&text))
}

/// Seconds with three decimals.
fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

/// The text as it may stand in the document, in one line.
fn escaped(text: &str) -> String {
    words::marked_up(text, &[])
}

fn escaped_lines(text: &str) -> String {
    text.lines().map(escaped).collect::<Vec<_>>().join("\n")
}
