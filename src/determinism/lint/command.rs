//! Rules about the command line: no shell reads it, so what only a shell does is not done.

use super::Lint;
use super::Severity::{Note, Warning};
use super::draft::{Draft, Form, Text};
use crate::dapp::words;

pub(super) const SHELL_OPERATOR: &str = "shell-operator";
pub(super) const NOBODY_EXPANDS: &str = "nobody-expands";
pub(super) const OTHER_WORDS: &str = "other-words";
pub(super) const TEMPLATE: &str = "template";

const SHELL: &str = "let a script of the image do it, or write: sh -c '…' (the image must have a shell).";
const SHELLS: [&str; 5] = ["sh", "bash", "dash", "ash", "zsh"];

struct Line {
    text: String,
    form: Form,
    path: Vec<String>,
    words: Vec<String>,
}

fn line(draft: &Draft<'_>) -> Option<Line> {
    let (text, form, path) = draft.command()?;
    let words = match form {
        Form::Classic => words::posix(&text).ok()?,
        Form::Live => words::maven(&text).unwrap_or_default(),
    };
    Some(Line { text, form, path, words })
}

impl Line {
    /// Whether a shell is called that reads one of the words as a script.
    fn calls_a_shell(&self) -> bool {
        let is_shell = |word: &String| SHELLS.contains(&word.rsplit('/').next().unwrap_or_default());
        let flag = |word: &String| word.starts_with('-') && !word.starts_with("--") && word.contains('c');
        self.words.iter().position(is_shell).is_some_and(|at| self.words.iter().skip(at + 1).any(flag))
    }

    /// A lint about a part of the line.
    fn lint(
        &self,
        draft: &Draft<'_>,
        part: &str,
        kind: (&'static str, super::Severity),
        message: String,
        mend: &str,
    ) -> Lint {
        let at = self.text.find(part).unwrap_or_default();
        let nth = self.text.get(..at).unwrap_or_default().chars().count();
        draft.within(&Text { says: &self.text, path: self.path.clone() }, nth, kind, message, mend)
    }
}

/// Operators of a shell that stand as words of their own and reach the dapp as arguments.
pub(super) fn shell_operator(draft: &Draft<'_>) -> Vec<Lint> {
    let Some(line) = line(draft).filter(|line| !line.calls_a_shell()) else { return Vec::new() };
    let operator = |word: &str| {
        let bare = word.trim_start_matches(|c: char| c.is_ascii_digit());
        matches!(word, "|" | "||" | "&&" | "&" | ";")
            || ["2>&1", "1>&2"].contains(&word)
            || matches!(bare, ">" | ">>" | "<" | "<<")
    };
    let found = line.words.iter().filter(|word| operator(word)).take(1);
    found
        .map(|word| {
            let message =
                format!("`{word}` reaches the dapp as an argument: no shell reads the command line");
            line.lint(draft, word, (SHELL_OPERATOR, Warning), message, SHELL)
        })
        .collect()
}

/// Variables, commands and patterns that a shell would have replaced.
pub(super) fn nobody_expands(draft: &Draft<'_>) -> Vec<Lint> {
    let Some(line) = line(draft).filter(|line| !line.calls_a_shell()) else { return Vec::new() };
    let kind = |word: &str| {
        let variable = word
            .split('$')
            .skip(1)
            .any(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || "_({".contains(c)));
        let ticks = word.matches('`').count() > 1;
        let pattern = word.starts_with("~/") || (word.contains('*') && word.contains(['/', '.']));
        if variable || ticks { Some(Warning) } else { pattern.then_some(Note) }
    };
    let found = line.words.iter().filter_map(|word| Some((word, kind(word)?)));
    found
        .map(|(word, severity)| {
            let message =
                format!("`{word}` reaches the dapp as it is written: no shell replaces anything in it");
            line.lint(draft, word, (NOBODY_EXPANDS, severity), message, SHELL)
        })
        .collect()
}

/// Words that a shell would have split otherwise than the contract does.
pub(super) fn other_words(draft: &Draft<'_>) -> Vec<Lint> {
    let Some(line) = line(draft).filter(|line| line.form == Form::Live) else { return Vec::new() };
    let message = match (words::posix(&line.text), words::maven(&line.text)) {
        (_, None) => {
            "a quote is never closed, and the live contract then runs the image without any arguments"
                .to_owned()
        }
        (Ok(shell), Some(live)) if shell != live => {
            format!(
                "the live contract makes {} of this and a shell {}: {live:?} and {shell:?}",
                counted(&live),
                counted(&shell)
            )
        }
        _ => return Vec::new(),
    };
    let mend = "keep to blanks and whole words in quotes; in iexec_args a backslash means itself, and an empty word is none.";
    vec![line.lint(draft, "", (OTHER_WORDS, Warning), message, mend)]
}

fn counted(words: &[String]) -> String {
    format!("{} word{}", words.len(), if words.len() == 1 { "" } else { "s" })
}

/// What a template has and nobody filled in.
pub(super) fn template(draft: &Draft<'_>) -> Vec<Lint> {
    let Some(line) = line(draft) else { return Vec::new() };
    let mut found = Vec::new();
    if line.words == ["--help"] {
        let message =
            "the command line is that of a fresh template: the dapp would print its help, and be paid for it"
                .to_owned();
        found.push(line.lint(draft, "", (TEMPLATE, Warning), message, "write the arguments of the dapp."));
    }
    let placeholder = |word: &&String| word.len() > 2 && word.starts_with('<') && word.ends_with('>');
    found.extend(line.words.iter().filter(placeholder).map(|word| {
        let message = format!("`{word}` looks like a place that was to be filled in");
        line.lint(draft, word, (TEMPLATE, Warning), message, "write the value itself.")
    }));
    found
}
