//! Permissions of files, which follow the umask.

use super::{Hit, Sight, Spot, hits, pattern, sight};
use crate::determinism::finding::Cause;

pattern!(LETTERS, r"[-dlbcps](?:[r-][w-][xsS-]){2}[r-][w-][xtT-]");
pattern!(OCTAL, r"(?:0o)?(?:0|0?100|0?40)?(?<bits>[0-7]{3})");
pattern!(SAID, r"(?i)\b(?:mode|st_mode|perms?|permissions?|umask|chmod)\b");

pub(super) fn look(first: &Spot<'_>, second: &Spot<'_>) -> Option<Sight> {
    let found =
        hits(first, second, &LETTERS).filter(|(a, b)| a.text().chars().next() == b.text().chars().next());
    let found = found.or_else(|| hits(first, second, &OCTAL).filter(|(a, b)| is_mode(a) && is_mode(b)));
    let (a, b) = found?;
    sight(Cause::Umask, None, &a, &b)
}

fn is_mode(hit: &Hit<'_>) -> bool {
    let bits = hit.group("bits").unwrap_or_default();
    let usual = matches!(
        bits,
        "644"
            | "664"
            | "666"
            | "640"
            | "660"
            | "600"
            | "755"
            | "775"
            | "777"
            | "750"
            | "770"
            | "700"
            | "022"
            | "002"
            | "027"
            | "077"
            | "000"
            | "007"
    );
    let octal = hit.text().starts_with('0') && hit.text().len() > 3 || hit.text().len() > 4;
    hit.stands_alone(&['.', '-', ':', ',']) && (SAID.is_match(hit.before) || (octal && usual))
}

#[cfg(test)]
mod tests {
    use super::super::examples;
    use super::*;

    #[test]
    fn permissions() {
        examples::are(
            Cause::Umask,
            &[
                ("-rw-r--r-- 1 root", "-rw-rw-rw- 1 root"),
                ("drwx------", "drwxr-xr-x"),
                ("0644 out.txt", "0600 out.txt"),
                ("mode=644", "mode=600"),
                ("umask 022", "umask 077"),
                ("0o100644", "0o100600"),
            ],
        );
        examples::are_not(Cause::Umask, &[("644", "600"), ("page 755", "page 700"), ("1.0644", "1.0600")]);
    }
}
