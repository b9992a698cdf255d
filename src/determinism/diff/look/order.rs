//! Why the same members stand in another order: a guess by what the members are.

use super::pattern;
use crate::determinism::finding::Cause;

pattern!(
    FILE,
    r#"^["'(]*(?:\.{0,2}/)?[\w .+@%~/-]*(?:/[\w.+@%~-]+|[\w+@%~-]+\.[A-Za-z][A-Za-z0-9]{0,4})["'),:]*$"#
);
pattern!(
    THREAD,
    r"(?i)\b(?:thread|worker|task|job|goroutine|process|pool|proc|shard|chunk|core|cpu|rank)\w*[-_ #:=\[\]]*\d*|\b(?:started|finished|done)\b"
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
        item.chars().filter(|c| c.is_alphanumeric()).flat_map(|c| plain(c).to_lowercase()).collect::<String>()
    };
    by_bytes.len() > 2
        && by_bytes.len() == by_words.len()
        && by_bytes.is_sorted()
        && by_words.iter().map(|item| key(item)).is_sorted()
        && !by_words.is_sorted()
        && !by_bytes.iter().map(|item| key(item)).is_sorted()
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
