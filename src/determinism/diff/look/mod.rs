//! What a difference looks like by itself: one small recogniser a file, asked one after another, the most certain first.
//!
//! A recogniser sees a stretch that differs, on each side, within its line; it says what it takes it for and how far that
//! reaches. It says nothing rather than guess wildly: the variations are asked as well.

mod address;
mod clock;
mod elapsed;
mod entropy;
#[cfg(test)]
mod examples;
pub(super) mod float;
mod id;
mod known;
mod locale;
mod mode;
pub(super) mod order;
mod path;
mod process;
mod time;
mod unix;
mod zone;

use super::{Known, words};
use crate::determinism::finding::{Cause, Magnitude};
use regex_lite::{Captures, Regex};
use std::ops::Range;

/// How many bytes before and behind what differs are looked at.
const AROUND: usize = 96;
/// How many bytes of what differs are looked at.
const MOST: usize = 512;

/// A stretch of one side that differs from the other's.
#[derive(Clone, Debug)]
pub(super) struct Spot<'a> {
    pub(super) text: &'a str,
    pub(super) at: Range<usize>,
    pub(super) known: &'a Known,
}

/// What a difference was taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sight {
    pub(super) cause: Cause,
    /// How large it is, where there is a unit for it.
    pub(super) magnitude: Option<Magnitude>,
    /// How far it reaches on each side.
    pub(super) cover: (Range<usize>, Range<usize>),
}

type Recogniser = fn(&Spot<'_>, &Spot<'_>) -> Option<Sight>;

const RECOGNISERS: [Recogniser; 14] = [
    known::look,
    mode::look,
    time::look,
    zone::look,
    unix::look,
    elapsed::look,
    address::look,
    process::look,
    id::look,
    locale::look,
    clock::look,
    path::look,
    float::look,
    entropy::look,
];

/// Asks every recogniser; none when nothing known is seen.
pub(super) fn look(first: &Spot<'_>, second: &Spot<'_>) -> Option<Sight> {
    RECOGNISERS.iter().find_map(|recogniser| recogniser(first, second))
}

/// A match of a pattern that covers or touches what differs.
#[derive(Debug)]
struct Hit<'a> {
    captures: Captures<'a>,
    /// In the whole text.
    range: Range<usize>,
    /// The same line's text before it.
    before: &'a str,
    /// And behind it.
    after: &'a str,
}

impl<'a> Hit<'a> {
    fn text(&self) -> &'a str {
        self.captures.get(0).map_or("", |found| found.as_str())
    }

    fn group(&self, name: &str) -> Option<&'a str> {
        self.captures.name(name).map(|found| found.as_str())
    }

    /// Whether neither a letter, a digit nor one of `joined` stands next to it.
    fn stands_alone(&self, joined: &[char]) -> bool {
        let joins = |c: char| c.is_alphanumeric() || c == '_' || joined.contains(&c);
        !self.before.ends_with(joins) && !self.after.starts_with(joins)
    }
}

impl<'a> Spot<'a> {
    /// The part of the line that is looked at, with its offset.
    fn window(&self) -> (usize, &'a str) {
        let from = words::boundary(self.text, self.at.start.saturating_sub(AROUND));
        let to = self.at.end.min(self.at.start + MOST).saturating_add(AROUND);
        let to = words::boundary(self.text, to).max(from);
        let before = self.text.get(from..self.at.start).unwrap_or_default();
        let from = before.rfind('\n').map_or(from, |at| from + at + 1);
        let after = self.text.get(self.at.end..to.max(self.at.end)).unwrap_or_default();
        let to = after.find('\n').map_or(to, |at| self.at.end + at);
        (from, self.text.get(from..to.max(from)).unwrap_or_default())
    }

    /// The first match that holds all that differs, or else the first that has a part of it.
    fn hit(&self, pattern: &Regex) -> Option<Hit<'a>> {
        let (base, window) = self.window();
        let mut touching = None;
        for captures in pattern.captures_iter(window) {
            let Some(whole) = captures.get(0) else { continue };
            let range = base + whole.start()..base + whole.end();
            if range.start > self.at.end || range.is_empty() {
                continue;
            }
            let covers = range.start <= self.at.start && range.end >= self.at.end;
            let touches = range.start < self.at.end && range.end > self.at.start;
            let before = window.get(..whole.start()).unwrap_or_default();
            let after = window.get(whole.end()..).unwrap_or_default();
            let hit = Hit { captures, range, before, after };
            if covers {
                return Some(hit);
            }
            if touches && touching.is_none() {
                touching = Some(hit);
            }
        }
        touching
    }
}

/// Matches of one pattern on both sides, with different texts.
fn hits<'a>(first: &Spot<'a>, second: &Spot<'a>, pattern: &Regex) -> Option<(Hit<'a>, Hit<'a>)> {
    let (a, b) = (first.hit(pattern)?, second.hit(pattern)?);
    (a.text() != b.text()).then_some((a, b))
}

fn sight(cause: Cause, magnitude: Option<Magnitude>, a: &Hit<'_>, b: &Hit<'_>) -> Option<Sight> {
    Some(Sight { cause, magnitude, cover: (a.range.clone(), b.range.clone()) })
}

/// A pattern of this room's own, compiled once.
macro_rules! pattern {
    ($name:ident, $source:expr) => {
        static $name: std::sync::LazyLock<regex_lite::Regex> =
            std::sync::LazyLock::new(|| regex_lite::Regex::new($source).expect("a pattern of ours"));
    };
}
use pattern;
