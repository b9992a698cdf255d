//! Command lines into words, in the two ways of the two contracts. No shell is ever run: nothing is expanded,
//! globbed, commented out or intercepted.

use super::DappError;

/// Splits as a POSIX shell splits words (XCU 2.2, 2.6.5): blanks, tabs and line breaks part words, single quotes keep
/// everything, double quotes keep all but a backslash before `$`, `` ` ``, `"`, `\` or a line break, and outside of quotes a
/// backslash keeps the next character. `$`, `*`, `#`, `;` and the like are ordinary characters.
pub fn posix(line: &str) -> Result<Vec<String>, DappError> {
    let mut words = Vec::new();
    // None between words, so that `''` is an empty word and a blank is none.
    let mut word: Option<String> = None;
    let mut chars = line.chars().enumerate();
    while let Some((at, c)) = chars.next() {
        match c {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\'' => {
                let text = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some((_, '\'')) => break,
                        Some((_, c)) => text.push(c),
                        None => return Err(DappError::OpenQuote { quote: c, column: at + 1 }),
                    }
                }
            }
            '"' => {
                let text = word.get_or_insert_default();
                let open = || DappError::OpenQuote { quote: '"', column: at + 1 };
                loop {
                    match chars.next().ok_or_else(open)?.1 {
                        '"' => break,
                        '\\' => match chars.next().ok_or_else(open)?.1 {
                            '\n' => {}
                            c @ ('$' | '`' | '"' | '\\') => text.push(c),
                            c => text.extend(['\\', c]),
                        },
                        c => text.push(c),
                    }
                }
            }
            '\\' => match chars.next() {
                Some((_, '\n')) => {}
                Some((_, c)) => word.get_or_insert_default().push(c),
                None => word.get_or_insert_default().push('\\'),
            },
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    refuse_nul(&words)?;
    Ok(words)
}

/// Splits as the live network's worker does (maven-shared-utils 3.4.2, `translateCommandline`; reference, chapter
/// 3.4). Only the ASCII blank parts words; quotes group and vanish, and an empty quoted text yields no word; a
/// backslash is kept, parts nothing, and makes the next quote an ordinary character. None stands for unbalanced
/// quotes, with which that worker goes on as if there were no words at all.
pub fn maven(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for c in line.chars() {
        match (c, quote) {
            ('\'' | '"', None) if !escaped => quote = Some(c),
            (_, Some(open)) if c == open && !escaped => quote = None,
            // A blank outside of quotes leaves the escape standing, as it does there.
            (' ', None) => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => {
                word.push(c);
                escaped = c == '\\';
            }
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    quote.is_none().then_some(words)
}

/// An argument with a NUL would reach the container cut short.
pub(super) fn refuse_nul(words: &[String]) -> Result<(), DappError> {
    if words.iter().any(|word| word.contains('\0')) {
        Err(DappError::Nul("the command line"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_shells_words() {
        for (line, words) in [
            ("-i /iexec/small.mp4 /iexec/small.avi", &["-i", "/iexec/small.mp4", "/iexec/small.avi"][..]),
            (" perl  /iexec/hello.pl\n", &["perl", "/iexec/hello.pl"]),
            ("-i -b '(gimp-quit 0)'", &["-i", "-b", "(gimp-quit 0)"]),
            (r#"a "b c"'d e'f"#, &["a", "b cd ef"]),
            (r#""\$\`\"\\\a" \a\ b"#, &["$`\"\\\\a", "a b"]),
            ("'' \"\"", &["", ""]),
            (
                "--help --xwimage X *.jpg #fff $(id) a;b",
                &["--help", "--xwimage", "X", "*.jpg", "#fff", "$(id)", "a;b"],
            ),
            ("a\\\nb \"c\\\nd\"", &["ab", "cd"]),
            ("end\\", &["end\\"]),
            (" \t\n", &[]),
        ] {
            assert_eq!(posix(line).unwrap(), words, "{line}");
        }
    }

    #[test]
    fn an_open_quote_is_told_with_its_place() {
        for (line, quote, column) in [("a 'b", '\'', 3), ("é \"b c", '"', 3), ("\"a\\", '"', 1)] {
            assert_eq!(posix(line), Err(DappError::OpenQuote { quote, column }), "{line}");
        }
        assert_eq!(posix("a\0b"), Err(DappError::Nul("the command line")));
    }

    #[test]
    fn the_live_workers_words() {
        for (line, words) in [
            (
                "1st_param 2nd_param '3rd param' \"4th param\"",
                Some(&["1st_param", "2nd_param", "3rd param", "4th param"][..]),
            ),
            ("a'b c'd", Some(&["ab cd"])),
            ("'' a", Some(&["a"])),
            (r"a\ b", Some(&[r"a\", "b"])),
            (r#"\"a b\""#, Some(&[r#"\"a"#, r#"b\""#])),
            (r#"'a\'b'"#, Some(&[r#"a\'b"#])),
            ("a\tb\nc", Some(&["a\tb\nc"])),
            (r#""it's""#, Some(&["it's"])),
            ("a 'b", None),
            ("", Some(&[])),
        ] {
            assert_eq!(
                maven(line).as_deref(),
                words.map(|w| w.iter().map(|w| w.to_string()).collect::<Vec<_>>()).as_deref(),
                "{line}"
            );
        }
    }

    /// What `/bin/sh` itself makes of a line without its own operators.
    fn shell(line: &str) -> Option<Vec<String>> {
        let script = format!("set -f; printf '%s\\0' x {line}");
        let out = std::process::Command::new("/bin/sh").args(["-c", &script]).output().unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        let mut words: Vec<_> = text.split('\0').map(str::to_owned).collect();
        words.pop();
        (out.status.success() && !words.is_empty()).then(|| words.split_off(1))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(150))]
        #[test]
        fn a_real_shell_agrees(line in r#"[ab '"\\\t=/.-]{0,14}[ab]"#) {
            prop_assert_eq!(posix(&line).ok(), shell(&line), "{}", line);
        }
    }

    proptest! {
        #[test]
        fn what_is_quoted_comes_back(words in prop::collection::vec("[^\0]{0,8}", 0..6)) {
            prop_assert_eq!(posix(&shell_words::join(&words)).unwrap(), words);
        }

        #[test]
        fn without_quotes_and_backslashes_both_agree(line in r"[a-z0-9 *#$;]{0,30}") {
            prop_assert_eq!(posix(&line).ok(), maven(&line));
        }

        #[test]
        fn the_live_words_lose_only_quotes_and_blanks(line in r#"[ab '"\\]{0,20}"#) {
            if let Some(words) = maven(&line) {
                prop_assert!(words.iter().all(|word| !word.is_empty()));
                let keep = |text: &str| text.chars().filter(|c| !" '\"".contains(*c)).collect::<String>();
                prop_assert_eq!(keep(&words.concat()), keep(&line));
            }
        }
    }
}
