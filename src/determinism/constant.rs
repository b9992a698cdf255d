//! A proof that proves nothing: the same dapp with other inputs, then with other arguments, must come to another digest or
//! to none. Changes are small and stay within what a format allows, where that can be had for nothing: digits become other
//! digits, letters other letters.

use super::{DeterminismError, Subject};
use crate::dapp::{Launch, WorkArea};
use std::fs;
use std::io;
use std::path::Path;

/// A file beyond this is changed at its beginning only.
const MOST_BYTES: usize = 16 << 20;

/// The subject with something of it changed.
#[derive(Clone, Debug)]
pub(super) struct Other {
    /// What is changed, in words.
    pub(super) what: String,
    /// How it is started.
    pub(super) launch: Launch,
    /// Its inputs.
    pub(super) stock: WorkArea,
}

/// All that can be changed of a subject; for a thread that may block.
pub(super) fn others(subject: &Subject, scratch: &Path, seed: u64) -> Result<Vec<Other>, DeterminismError> {
    let mut others = Vec::new();
    if !subject.inputs.is_empty() {
        let stock = WorkArea::new(scratch.join("other-inputs"));
        for mount in &subject.launch.mounts {
            let (from, to) = (subject.stock.folder(mount.folder), stock.folder(mount.folder));
            let failed = |source| DeterminismError::Scratch { path: to.clone(), source };
            if from.is_dir() {
                alter_folder(&from, &to, seed).map_err(failed)?;
            }
        }
        others.push(Other { what: "other inputs".into(), launch: subject.launch.clone(), stock });
    }
    if let Some(command) = subject.launch.command.as_deref().filter(|words| !words.is_empty()) {
        let command = other_words(command, subject.image.config.entrypoint.is_empty(), seed);
        let launch = Launch { command: Some(command), ..subject.launch.clone() };
        others.push(Other { what: "other arguments".into(), launch, stock: subject.stock.clone() });
    }
    Ok(others)
}

/// Other words where a word is no more than that: not the program, nor an option or a path, without which it would only
/// fail. Where there are none of them, all are changed.
fn other_words(command: &[String], with_program: bool, seed: u64) -> Vec<String> {
    let plain =
        |at: usize, word: &str| !(with_program && at == 0 || word.starts_with('-') || word.contains('/'));
    let any = command.iter().enumerate().any(|(at, word)| plain(at, word));
    let words = command.iter().enumerate();
    words.map(|(at, word)| if !any || plain(at, word) { text(word, seed) } else { word.clone() }).collect()
}

fn alter_folder(from: &Path, to: &Path, seed: u64) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            alter_folder(&source, &target, seed)?;
        } else {
            let bytes = fs::read(&source)?;
            fs::write(&target, content(&bytes, seed))?;
        }
    }
    Ok(())
}

/// Other content: a text's characters are changed as [`text`] does and a line is added; of anything else a byte in its
/// middle, and an empty file gets one.
fn content(bytes: &[u8], seed: u64) -> Vec<u8> {
    match std::str::from_utf8(bytes) {
        Ok(whole) if bytes.len() <= MOST_BYTES => {
            let mut changed = text(whole, seed);
            // A document that ends here, JSON for one, must not have more unless nothing else in it could be changed;
            // elsewhere a line more is a change of its own.
            if changed == whole || !whole.trim_end().ends_with(['}', ']', '>']) {
                changed.push_str("7\n");
            }
            changed.into_bytes()
        }
        _ => {
            let mut bytes = bytes.to_vec();
            let middle = bytes.len() / 2;
            if let Some(byte) = bytes.get_mut(middle) {
                *byte ^= 1;
            }
            bytes
        }
    }
}

/// Every digit another digit; in a text without digits, every letter another letter, and one more. Which, the seed says.
fn text(text: &str, seed: u64) -> String {
    let digits = text.contains(|c: char| c.is_ascii_digit());
    let (by_digits, by_letters) = ((seed % 8) as u8 + 1, (seed % 25) as u8 + 1);
    let change = |c: char| match c {
        // A nought is never made: in JSON no number begins with one.
        '1'..='9' if digits => turned(c, b'1', 9, by_digits),
        '0' if digits => '1',
        'a'..='z' if !digits => turned(c, b'a', 26, by_letters),
        'A'..='Z' if !digits => turned(c, b'A', 26, by_letters),
        c => c,
    };
    let more = text.chars().next_back().filter(|c| !digits && c.is_ascii_alphabetic());
    text.chars().chain(more).map(change).collect()
}

/// The character `by` places further among the `of` from `first` on, in a circle.
fn turned(c: char, first: u8, of: u8, by: u8) -> char {
    match u8::try_from(c) {
        Ok(byte) => char::from(first + (byte.wrapping_sub(first) + by) % of),
        Err(_) => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn documents_stay_documents() {
        let changed = content(br#"{"a": [1, 29], "b": "x"}"#, 0);
        assert_eq!(changed, br#"{"a": [2, 31], "b": "x"}"#);
        serde_json::from_slice::<serde_json::Value>(&changed).unwrap();
        assert_eq!(content(b"two words\n", 0), b"uxp xpset\n7\n");
        assert_eq!(content(b"", 0), b"7\n");
    }

    #[test]
    fn a_program_its_options_and_its_files_stay_where_there_are_other_words() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        for (with_program, line, other) in [
            (true, "sh -c /x/y question", "sh -c /x/y rvftujpoo"),
            (false, "4 -v /iexec/a", "5 -v /iexec/a"),
            (true, "sh -c /x/y", "tii -dd /y/zz"),
        ] {
            assert_eq!(other_words(&words(line), with_program, 0), words(other));
        }
    }

    proptest! {
        #[test]
        fn content_is_always_another(bytes in prop::collection::vec(any::<u8>(), 0..50), words in "\\PC{0,20}", seed in any::<u64>()) {
            prop_assert_ne!(content(&bytes, seed), bytes);
            let document = format!("[{words}]");
            prop_assert_ne!(content(document.as_bytes(), seed), document.into_bytes());
        }
    }
}
