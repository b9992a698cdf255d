//! Formats that follow a language: marks within numbers, quotes, names of months and days, what cannot be written.

use super::{Hit, Sight, Spot, hits, pattern, sight};
use crate::determinism::finding::Cause;

pattern!(NUMBER, r"\d+(?:[.,'’ \u{a0}\u{202f}]\d+)*");
pattern!(QUOTED, r#"[‘’“”«»„‚'"`]+"#);
pattern!(WORD, r"[A-Za-zÀ-ɏͰ-ӿ一-鿿ぁ-ヿ가-힣]+\.?");
pattern!(UNWRITTEN, r"\?+|\\[xuU][0-9a-fA-F{}]+|[^\x00-\x7f]+");

/// Names of months and days in English.
const ENGLISH: &str = "january february march april may june july august september october november december jan feb mar apr \
    jun jul aug sep oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun";
/// The same in German, French, Spanish and Italian.
const OTHER: &str = "januar februar märz mai juni juli oktober dezember mär okt dez montag dienstag mittwoch donnerstag \
    freitag samstag sonntag mo di mi do fr sa so janvier février mars avril juin juillet août septembre octobre novembre \
    décembre janv févr avr juil sept déc lundi mardi mercredi jeudi vendredi samedi dimanche lun mer jeu ven sam dim \
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre ene abr ago dic lunes martes \
    miércoles jueves viernes sábado domingo gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre gen \
    mag giu lug set ott lunedì martedì mercoledì giovedì venerdì sabato domenica";

pub(super) fn look(first: &Spot<'_>, second: &Spot<'_>) -> Option<Sight> {
    let found = hits(first, second, &NUMBER).filter(|(a, b)| same_digits(a.text(), b.text()));
    let found = found.or_else(|| hits(first, second, &QUOTED));
    let found = found.or_else(|| hits(first, second, &WORD).filter(|(a, b)| translated(a, b)));
    let found =
        found.or_else(|| hits(first, second, &UNWRITTEN).filter(|(a, b)| unwritten(a.text(), b.text())));
    let (a, b) = found?;
    sight(Cause::Locale, None, &a, &b)
}

/// `1,234.5` and `1.234,5`: the digits agree, the marks do not.
fn same_digits(one: &str, other: &str) -> bool {
    let digits = |text: &'_ str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    one.len() > 2 && digits(one) == digits(other)
}

fn translated(a: &Hit<'_>, b: &Hit<'_>) -> bool {
    let is = |names: &str, hit: &Hit<'_>| {
        let word = hit.text().trim_end_matches('.').to_lowercase();
        names.split_whitespace().any(|name| name == word)
    };
    let either = (is(ENGLISH, a) && is(OTHER, b)) || (is(OTHER, a) && is(ENGLISH, b));
    a.stands_alone(&[]) && b.stands_alone(&[]) && either
}

/// `?` or an escape on one side, the character itself on the other.
fn unwritten(one: &str, other: &str) -> bool {
    one.is_ascii() != other.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::super::examples;
    use super::*;

    #[test]
    fn formats_of_languages() {
        examples::are(
            Cause::Locale,
            &[
                ("1,234.5", "1.234,5"),
                ("total 3.14", "total 3,14"),
                ("1,234,567", "1 234 567"),
                ("November", "novembre"),
                ("Monday", "Montag"),
                ("cannot stat ‘x’", "cannot stat 'x'"),
                ("caf?", "café"),
                ("M\\xfcller", "Müller"),
            ],
        );
        examples::are_not(
            Cause::Locale,
            &[("1.5", "2.5"), ("November", "December"), ("red", "blue"), ("12", "21")],
        );
    }
}
