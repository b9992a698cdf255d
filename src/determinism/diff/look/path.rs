//! Paths of this run: folders of work, of a user, of a process.

use super::{Hit, Sight, Spot, hits, pattern, sight};
use crate::determinism::finding::Cause;

pattern!(PATH, r"(?:[A-Za-z]:\\[\w.+@%~\\-]+|(?:/[\w.+@%~-]+)+/?)");
pattern!(USER, r"^/(?:home/[^/]+|root)(?:/|$)");
pattern!(PROCESS, r"^/proc/\d+(?:/|$)");

pub(super) fn look(first: &Spot<'_>, second: &Spot<'_>) -> Option<Sight> {
    let (a, b) = hits(first, second, &PATH)?;
    let begins =
        |hit: &Hit<'_>| !hit.before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '<'));
    if !begins(&a) || !begins(&b) {
        return None;
    }
    let of = |pattern: &regex_lite::Regex| pattern.is_match(a.text()) && pattern.is_match(b.text());
    let either = |pattern: &regex_lite::Regex| pattern.is_match(a.text()) || pattern.is_match(b.text());
    let cause = if of(&PROCESS) {
        Cause::ProcessId
    } else if either(&USER) {
        Cause::User
    } else {
        Cause::Path
    };
    sight(cause, None, &a, &b)
}

#[cfg(test)]
mod tests {
    use super::super::examples;
    use super::*;

    #[test]
    fn paths() {
        examples::are(
            Cause::Path,
            &[("in /work/a/x.txt", "in /build/b/x.txt"), ("\"/opt/one\"", "\"/opt/two\"")],
        );
        examples::are(
            Cause::User,
            &[("/root/.cache", "/home/user/.cache"), ("HOME=/home/a", "HOME=/home/b")],
        );
        examples::are_not(Cause::Path, &[("and/or", "and/if"), ("1/2", "1/3"), ("</a>", "</b>")]);
    }
}
