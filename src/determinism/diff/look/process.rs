//! Numbers of processes.

use super::{Hit, Sight, Spot, hits, pattern, sight};
use crate::determinism::finding::Cause;

pattern!(NUMBER, r"\d{1,7}");
pattern!(SAID, r"(?i)(?:\b|_)(?:p?pid|getpid|process(?:[ _]?id)?|proc)\b\W{0,5}$|/proc/$|[a-z]\[$");

pub(super) fn look(first: &Spot<'_>, second: &Spot<'_>) -> Option<Sight> {
    let (a, b) = hits(first, second, &NUMBER)?;
    if is_process(&a) && is_process(&b) { sight(Cause::ProcessId, None, &a, &b) } else { None }
}

fn is_process(hit: &Hit<'_>) -> bool {
    let in_brackets = hit.before.ends_with('[');
    let closed = !in_brackets || hit.after.starts_with("]:") || hit.after.starts_with("] ");
    hit.stands_alone(&['.']) && SAID.is_match(hit.before) && closed
}
