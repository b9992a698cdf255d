//! The target `words`.

use poco::dapp::{DappError, words as split};

/// `data` is a command line.
pub fn words(data: &[u8]) {
    let line = &String::from_utf8_lossy(data);
    let posix = split::posix(line);
    match &posix {
        Ok(words) => {
            assert!(words.iter().all(|word| !word.contains('\0')));
            assert!(is_part_of(&words.concat(), line), "{words:?} of {line:?}");
            let quoted: Vec<String> = words.iter().map(|word| quote(word)).collect();
            assert_eq!(split::posix(&quoted.join(" ")).as_ref(), Ok(words));
        }
        Err(DappError::OpenQuote { quote, column }) => {
            assert_eq!(line.chars().nth(column - 1), Some(*quote), "column {column} of {line:?}");
        }
        Err(DappError::Nul(_)) => assert!(line.contains('\0')),
        Err(other) => panic!("{other:?}"),
    }
    let maven = split::maven(line);
    if let Some(words) = &maven {
        assert!(words.iter().all(|word| !word.is_empty()));
        assert!(is_part_of(&words.concat(), line), "{words:?} of {line:?}");
        let letters = |text: &str| text.chars().filter(|c| !" '\"".contains(*c)).collect::<String>();
        assert_eq!(letters(&words.concat()), letters(line));
    }
    if !line.contains(['\'', '"', '\\', '\t', '\n', '\0']) {
        assert_eq!(posix.ok(), maven, "the two ways differ on {line:?}");
    }
}

fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Whether all of `part` stands in `whole`, in its order.
fn is_part_of(part: &str, whole: &str) -> bool {
    let mut rest = whole.chars();
    part.chars().all(|wanted| rest.any(|c| c == wanted))
}
