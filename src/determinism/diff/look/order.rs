//! Why the same members stand in another order: a guess by what the members are.

use super::pattern;
use crate::determinism::finding::Cause;

pattern!(
    FILE,
    r#"(?:^|[\s"'(=])(?:[\w+@%~.-]*[\w+@%~-]\.[A-Za-z][A-Za-z0-9]{0,4}|\.{0,2}/[\w+@%~./-]*\w[\w+@%~./-]*|[\w+@%~.-]+/[\w+@%~./-]+)(?:$|[\s"'),:;])"#
);
pattern!(
    THREAD,
    r"(?i)\b(?:thread|worker|part|task|job|goroutine|process|pool|proc|shard|chunk|core|cpu|rank)\w*[-_ #:=\[\]]*\d*|\b(?:started|finished|done)\b"
);

/// Members of both sides, and which of them stand elsewhere.
pub(in crate::determinism::diff) fn guess(
    first: &[&str],
    second: &[&str],
    moved: &[(usize, usize)],
) -> Cause {
    if sorted_otherwise(first, second) || sorted_otherwise(second, first) {
        return Cause::Locale;
    }
    let items = || moved.iter().filter_map(|(at, _)| first.get(*at)).map(|item| item.trim());
    let most =
        |pattern: &regex_lite::Regex| items().filter(|item| pattern.is_match(item)).count() * 2 > moved.len();
    if most(&FILE) {
        Cause::ListingOrder
    } else if most(&THREAD) {
        Cause::ThreadRace
    } else {
        Cause::HashOrder
    }
}

/// Whether one is sorted by its bytes and the other as a dictionary is, and these are not the same.
fn sorted_otherwise(by_bytes: &[&str], by_words: &[&str]) -> bool {
    let key = |item: &str| {
        let letters = item.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(|c| plain(c).to_lowercase()).collect::<String>()
    };
    let sorted = |items: &[&str]| items.iter().filter(|item| !item.is_empty()).is_sorted();
    let sorted_by_words =
        |items: &[&str]| items.iter().map(|item| key(item)).filter(|key| !key.is_empty()).is_sorted();
    by_bytes.len() > 2
        && sorted(by_bytes)
        && sorted_by_words(by_words)
        && !sorted(by_words)
        && !sorted_by_words(by_bytes)
}

/// A letter without its marks, as far as dictionaries of the languages around put it elsewhere.
fn plain(c: char) -> char {
    match c {
        'à'..='å' | 'À'..='Å' => 'a',
        'ç' | 'Ç' => 'c',
        'è'..='ë' | 'È'..='Ë' => 'e',
        'ì'..='ï' | 'Ì'..='Ï' => 'i',
        'ñ' | 'Ñ' => 'n',
        'ò'..='ö' | 'Ò'..='Ö' => 'o',
        'ù'..='ü' | 'Ù'..='Ü' => 'u',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples;
    use super::*;

    #[test]
    fn members_tell_who_put_them_there() {
        examples::are(
            Cause::HashOrder,
            &[("{'a', 'b', 'c'}", "{'c', 'a', 'b'}"), ("red\ngreen\nblue\n", "blue\nred\ngreen\n")],
        );
        examples::are(
            Cause::ListingOrder,
            &[
                ("['b.txt', 'a.txt']", "['a.txt', 'b.txt']"),
                ("in/z.csv\nin/a.csv\n", "in/a.csv\nin/z.csv\n"),
                ("z.txt 12 0\na.txt 13 0\n", "a.txt 13 0\nz.txt 12 0\n"),
            ],
        );
        examples::are(
            Cause::ThreadRace,
            &[("worker 1 done\nworker 2 done\n", "worker 2 done\nworker 1 done\n")],
        );
        examples::are(Cause::Locale, &[("Apple\nZebra\nant\nbee\n", "ant\nApple\nbee\nZebra\n")]);
    }
}
