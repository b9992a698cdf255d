//! Identifiers that are drawn anew: UUIDs, hex ids of containers and traces, ULIDs, nano ids, base64 tokens, names of
//! temporary files.

use super::{Hit, Sight, Spot, hits, pattern, sight};
use crate::determinism::finding::Cause;

pattern!(UUID, r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");
pattern!(HEX, r"(?:0x)?[0-9a-fA-F]{8,128}");
pattern!(TOKEN, r"[A-Za-z0-9_+/-]{10,256}={0,2}");
pattern!(
    TEMPORARY,
    r"(?:/(?:var/)?tmp/)?(?i:tmp|temp)[._-]?[A-Za-z0-9_]{6,12}|/(?:var/)?tmp/[\w.-]*[A-Za-z0-9_]{6,12}"
);

pub(super) fn look(first: &Spot<'_>, second: &Spot<'_>) -> Option<Sight> {
    let found = hits(first, second, &UUID);
    let found = found.or_else(|| hits(first, second, &HEX).filter(|(a, b)| both(a, b, is_hex)));
    let found = found.or_else(|| hits(first, second, &TEMPORARY).filter(|(a, b)| is_temporary(a, b)));
    let found = found.or_else(|| hits(first, second, &TOKEN).filter(|(a, b)| both(a, b, is_drawn)));
    let (a, b) = found?;
    // Of a temporary file it is the path that shows, whatever it was drawn by.
    let cause =
        if a.text().starts_with('/') && b.text().starts_with('/') { Cause::Path } else { Cause::RandomId };
    sight(cause, None, &a, &b)
}

/// Of one length, each drawn by itself, and unlike all over: a counter or a name differs in a few places only.
fn both(a: &Hit<'_>, b: &Hit<'_>, is: fn(&str) -> bool) -> bool {
    let (one, other) = (a.text(), b.text());
    let alike = one.bytes().zip(other.bytes()).filter(|(x, y)| x == y).count();
    let alone = a.stands_alone(&[]) && b.stands_alone(&[]);
    alone && one.len() == other.len() && is(one) && is(other) && alike * 2 <= one.len()
}

fn is_hex(text: &str) -> bool {
    let digits = text.trim_start_matches("0x");
    let upper = digits.contains(|c: char| c.is_ascii_uppercase());
    let lower = digits.contains(|c: char| c.is_ascii_lowercase());
    digits.contains(|c: char| c.is_ascii_digit()) && (upper != lower)
}

/// Words change between letters and digits, or between large and small, once or twice; what is drawn does all the time.
fn is_drawn(text: &str) -> bool {
    let class = |c: char| match c {
        'a'..='z' => 0,
        'A'..='Z' => 1,
        '0'..='9' => 2,
        _ => 3,
    };
    let chars: Vec<char> = text.chars().collect();
    let changes = chars.iter().zip(chars.iter().skip(1)).filter(|(a, b)| class(**a) != class(**b)).count();
    let classes = (0..3).filter(|wanted| chars.iter().any(|c| class(*c) == *wanted)).count();
    classes >= 2 && changes * 4 >= chars.len()
}

fn is_temporary(a: &Hit<'_>, b: &Hit<'_>) -> bool {
    let folder = |text: &'_ str| text.rfind('/').map(|at| text.get(..at).unwrap_or_default().to_owned());
    let ends = |hit: &Hit<'_>| !hit.after.starts_with(|c: char| c.is_alphanumeric());
    let words = |hit: &Hit<'_>| !hit.before.ends_with(|c: char| c.is_alphanumeric());
    let (one, other) = (a.text(), b.text());
    let alike = one.bytes().zip(other.bytes()).take_while(|(x, y)| x == y).count();
    let drawn = one.len() == other.len() && one.len().saturating_sub(alike) >= 4;
    folder(one) == folder(other) && drawn && ends(a) && ends(b) && words(a) && words(b)
}

#[cfg(test)]
mod tests {
    use super::super::examples;
    use super::*;

    #[test]
    fn drawn_names() {
        examples::are(
            Cause::RandomId,
            &[
                ("8f14e45f-ceea-467f-a8d2-91d2c9e1f0aa", "1c2d3e4f-aaaa-4bbb-8ccc-0123456789ab"),
                (
                    "urn:uuid:0191e45f-ceea-767f-a8d2-91d2c9e1f0aa",
                    "urn:uuid:0191e460-aaaa-7bbb-8ccc-0123456789ab",
                ),
                ("trace=4bf92f3577b34da6a3ce929d0e0e4736", "trace=00f067aa0ba902b7d1c8e3f5a6b79801"),
                ("container 3f2a9c81d07e", "container b81c04d2e9a6"),
                ("token aZ3kQ9xB7mP2wT5v", "token Lf8Yd1Rc6Hn4Js0G"),
                ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "01HQ7MZX2K9PTB3CWA8VNE4D6J"),
                ("V1StGXR8_Z5jdHi6B-myT", "k9Q2xW7b-LmPa0sZr4_Td"),
                ("tmp.Xa93kLmQ2Z", "tmp.bB71wqPo0e"),
            ],
        );
    }

    #[test]
    fn paths_of_temporary_files() {
        examples::are(
            Cause::Path,
            &[
                ("/tmp/tmpab12cd34/x", "/tmp/tmpzz98yx76/x"),
                ("wrote /tmp/render-k3j2_x9a/f", "wrote /tmp/render-0qpz71mb/f"),
            ],
        );
    }

    #[test]
    fn what_is_not_drawn() {
        examples::are_not(
            Cause::RandomId,
            &[
                ("configuration_one", "configuration_two"),
                ("deadbeefdeadbee1", "deadbeefdeadbee2"),
                ("internationalization", "characteristically!!"),
                ("12345678", "87654321"),
            ],
        );
    }
}
