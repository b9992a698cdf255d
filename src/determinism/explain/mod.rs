//! From differences, and the variations that bring them about, to findings.
//!
//! What was varied names the cause with most certainty; what a difference looks like only makes it finer, within what that
//! variation can bring about: a clock that is moved shows as a time, but also as the time within an archive. Where nothing
//! could be traced to a variation, looks are all there is, and the message says so.

mod words;

use super::finding::{Cause, Difference, Finding, Magnitude, Place};
use super::lab::Why;
use std::collections::{BTreeMap, BTreeSet};

/// How many differences a finding shows.
const SHOWN: usize = 5;
/// What many variations move without being about it: whatever a process is given moves what lies in its memory, and
/// whatever stands before it takes a number.
const MOVED_BY_MUCH: [Cause; 2] = [Cause::AddressLayout, Cause::ProcessId];

/// What brings a difference about.
#[derive(Clone, Debug)]
pub(super) struct Culprit<'a> {
    /// The variations, which do it together.
    pub(super) names: Vec<&'a str>,
    /// What they are signs of.
    pub(super) causes: Vec<Cause>,
    /// The variables that they set.
    pub(super) variables: Vec<String>,
    /// Whether they had to be held still, and not varied.
    pub(super) still: bool,
    /// How often they did it again, of how many tries.
    pub(super) confirmed: Option<(u32, u32)>,
}

/// The findings of a culprit: one for each cause that its differences show.
pub(super) fn of_culprit(culprit: &Culprit<'_>, differences: &[Difference]) -> Vec<Finding> {
    let own = culprit.causes.first().copied().unwrap_or(Cause::Unknown);
    let mut groups: BTreeMap<Cause, Vec<Difference>> = BTreeMap::new();
    for difference in differences {
        groups.entry(refine(culprit, own, difference)).or_default().push(difference.clone());
    }
    // What is only a part of another finding's story is no finding of its own.
    if groups.len() > 1 && groups.contains_key(&Cause::ArchiveMetadata) {
        groups.retain(|cause, differences| {
            *cause != own || differences.iter().any(|d| d.looks_like == Some(own))
        });
    }
    if groups.is_empty() {
        groups.insert(own, Vec::new());
    }
    let names = culprit.names.join(" and ");
    let how = match culprit.still {
        true => format!("holding {names} still makes runs agree"),
        false => format!("varying {names} changes the digest"),
    };
    groups.into_iter().map(|(cause, differences)| finding(cause, &how, culprit, differences)).collect()
}

/// The findings of runs that differ by themselves, of which nothing more is known than what the differences look like.
pub(super) fn of_looks(differences: &[Difference], tried: bool) -> Vec<Finding> {
    let mut groups: BTreeMap<Cause, Vec<Difference>> = BTreeMap::new();
    for difference in differences {
        groups.entry(difference.looks_like.unwrap_or(Cause::Unknown)).or_default().push(difference.clone());
    }
    // One place that looks like nothing known says less than another one beside it.
    if groups.len() > 1 {
        groups.remove(&Cause::Unknown);
    }
    if groups.is_empty() {
        groups.insert(Cause::Unknown, Vec::new());
    }
    let how = match tried {
        true => "it differs by itself, and what can be held still here did not help",
        false => "it differs by itself, and nothing could be held still here",
    };
    let nobody = Culprit {
        names: Vec::new(),
        causes: Vec::new(),
        variables: Vec::new(),
        still: true,
        confirmed: None,
    };
    groups.into_iter().map(|(cause, differences)| finding(cause, how, &nobody, differences)).collect()
}

/// A run that has no digest; with variations, those under which it has none.
pub(super) fn of_nothing(why: &Why, names: &[&str], confirmed: Option<(u32, u32)>) -> Finding {
    let (cause, mut message) = match why {
        Why::Unproved(cause, said) => (*cause, format!("{}: {said}.", words::sentence(*cause))),
        Why::Refused(reason) => (Cause::FailingRun, format!("The engine does not start it: {reason}.")),
        Why::Failed { end, stderr, wrote } => {
            let mut message = format!("The dapp fails: {end}.");
            if *wrote {
                message.push_str(
                    " It had written consensus.iexec all the same; no worker proves a run that failed.",
                );
            }
            if !stderr.is_empty() {
                message.push_str(&format!(" Its last words: {stderr}"));
            }
            (Cause::FailingRun, message)
        }
    };
    if !names.is_empty() {
        message =
            format!("Varying {} makes it fail, and without that it does not. {message}", names.join(" and "));
    }
    Finding {
        cause,
        message,
        variations: names.iter().map(ToString::to_string).collect(),
        differences: Vec::new(),
        confirmed,
        mend: words::mend(cause).into(),
    }
}

/// A dapp that fails at times.
pub(super) fn at_times(why: &Why, failed: usize, of: usize) -> Finding {
    let finding = of_nothing(why, &[], None);
    Finding {
        message: format!("{failed} of {of} identical runs have no digest. {}", finding.message),
        ..finding
    }
}

/// A digest that nothing changes.
pub(super) fn constant(tried: &[String]) -> Finding {
    let cause = Cause::ConstantProof;
    Finding {
        cause,
        message: format!("{}: it did not change with {}.", words::sentence(cause), tried.join(", nor with ")),
        variations: Vec::new(),
        differences: Vec::new(),
        confirmed: None,
        mend: words::mend(cause).into(),
    }
}

/// Drops what tells nothing more: what many variations move is told once where one of them stands for it, and a cause that
/// several show at the same places is told once.
pub(super) fn once(findings: &mut Vec<Finding>, stands_for: impl Fn(&str) -> Option<Cause>) {
    let stands =
        |finding: &Finding| finding.variations.iter().any(|name| stands_for(name) == Some(finding.cause));
    let told: BTreeSet<Cause> = findings.iter().filter(|finding| stands(finding)).map(|f| f.cause).collect();
    findings.retain(|finding| {
        !(MOVED_BY_MUCH.contains(&finding.cause) && told.contains(&finding.cause)) || stands(finding)
    });
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings.drain(..) {
        match kept.iter_mut().find(|other| tells_all_of(other, &finding)) {
            Some(other) => other.variations.extend(finding.variations),
            None => kept.push(finding),
        }
    }
    *findings = kept;
}

/// Whether a finding names the cause of another one, and every place.
fn tells_all_of(finding: &Finding, other: &Finding) -> bool {
    let at = |difference: &Difference| finding.differences.iter().any(|own| own.place == difference.place);
    finding.cause == other.cause && !other.differences.is_empty() && other.differences.iter().all(at)
}

/// What looks that a variation can bring about, besides what it is a sign of.
fn may_look_like(cause: Cause, look: Cause) -> bool {
    match cause {
        Cause::Timestamp => matches!(look, Cause::ArchiveMetadata),
        Cause::Entropy | Cause::RandomId => {
            matches!(look, Cause::RandomId | Cause::Entropy | Cause::Path | Cause::HashOrder)
        }
        Cause::AddressLayout => matches!(look, Cause::HashOrder),
        Cause::CpuModel | Cause::CpuCount | Cause::ThreadRace => matches!(look, Cause::FloatTail),
        Cause::FileMetadata => matches!(look, Cause::ArchiveMetadata),
        _ => false,
    }
}

/// Whether holding still what this cause is a sign of can help where such looks were seen.
pub(super) fn fits(cause: Cause, looks: &BTreeSet<Cause>) -> bool {
    looks.contains(&cause) || looks.iter().any(|look| may_look_like(cause, *look))
}

/// Whether a name stands in a text by itself.
fn has_word(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let (before, after) =
            (text.get(..at).unwrap_or_default(), text.get(at + name.len()..).unwrap_or_default());
        !before.ends_with(part) && !after.starts_with(part)
    })
}

fn refine(culprit: &Culprit<'_>, own: Cause, difference: &Difference) -> Cause {
    let shows = |name: &String| has_word(&difference.first, name) || has_word(&difference.second, name);
    if culprit.variables.iter().any(shows) {
        return Cause::Environment;
    }
    if own == Cause::CpuModel && matches!(difference.magnitude, Magnitude::Ulps { .. }) {
        return Cause::FloatTail;
    }
    match difference.looks_like {
        Some(look) if MOVED_BY_MUCH.contains(&look) => look,
        Some(look) if culprit.causes.contains(&look) => look,
        Some(look) if culprit.causes.iter().any(|cause| may_look_like(*cause, look)) => look,
        _ => own,
    }
}

fn finding(cause: Cause, how: &str, culprit: &Culprit<'_>, mut differences: Vec<Difference>) -> Finding {
    let shown = differences.first().map(|difference| {
        format!(" At {}: `{}` and `{}`.", place(&difference.place), difference.first, difference.second)
    });
    let message = format!("{}: {how}.{}", words::sentence(cause), shown.unwrap_or_default());
    differences.truncate(SHOWN);
    Finding {
        cause,
        message,
        variations: culprit.names.iter().map(ToString::to_string).collect(),
        differences,
        confirmed: culprit.confirmed,
        mend: words::mend(cause).into(),
    }
}

/// A place as compilers write it.
fn place(place: &Place) -> String {
    match place {
        Place::Text { path, line, column } => format!("{path}:{line}:{column}"),
        Place::Json { path, pointer, line, column } => format!("{path}:{line}:{column} ({pointer})"),
        Place::Binary { path, offset, part: None } => format!("{path}, byte {offset}"),
        Place::Binary { path, offset, part: Some(part) } => format!("{path}, byte {offset} ({part})"),
        Place::OnlyIn { path, .. } => path.clone(),
        Place::Metadata { path, property } => format!("{path}, its {property}"),
    }
}
