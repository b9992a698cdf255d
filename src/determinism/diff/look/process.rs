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
    let closed = !in_brackets || hit.after.starts_with("]:");
    hit.stands_alone(&['.']) && SAID.is_match(hit.before) && closed
}

#[cfg(test)]
mod tests {
    use super::super::examples;
    use super::*;

    #[test]
    fn numbers_of_processes() {
        examples::are(
            Cause::ProcessId,
            &[
                ("pid 7", "pid 31"),
                ("PID: 1", "PID: 2"),
                ("{\"pid\": 12, \"x\": 1}", "{\"pid\": 9, \"x\": 1}"),
                ("app[123]: started", "app[140]: started"),
                ("worker_pid=12", "worker_pid=31"),
                ("/proc/12/maps", "/proc/13/maps"),
            ],
        );
        examples::are_not(
            Cause::ProcessId,
            &[("rapid 7", "rapid 9"), ("a[1] = 2", "a[3] = 2"), ("n 7", "n 9")],
        );
    }
}
