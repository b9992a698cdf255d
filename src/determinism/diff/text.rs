//! Two texts: lines that moved, lines that only one has, and the places within lines that differ.

use super::align::{Gap, part};
use super::gather::Gathered;
use super::look::{self, Spot, order};
use super::show::{self, Stretch};
use super::{Known, pairs, words};
use crate::determinism::finding::{Magnitude, Place};
use std::ops::Range;

/// The most bytes of one line that are compared word by word.
const LINE: usize = 64 * 1024;

/// One side's text.
#[derive(Debug)]
pub(super) struct Doc<'a> {
    pub(super) text: &'a str,
    known: &'a Known,
    /// Line and column of its first character: a large file is only seen from there.
    from: (usize, usize),
    /// Where each line starts.
    starts: Vec<usize>,
}

impl<'a> Doc<'a> {
    pub(super) fn new(text: &'a str, from: (usize, usize), known: &'a Known) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, known, from, starts }
    }

    /// The line with this index, without its end.
    fn line(&self, index: usize) -> Range<usize> {
        let start = self.starts.get(index).copied().unwrap_or(self.text.len());
        let end = self.starts.get(index + 1).map_or(self.text.len(), |next| next - 1);
        start..end.max(start)
    }

    /// The lines from this one on.
    fn lines(&self, from: usize) -> Vec<&'a str> {
        (from..self.starts.len()).map(|index| self.get(self.line(index))).collect()
    }

    /// The index of the line in which a byte stands.
    fn index(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    fn get(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }

    /// Line and column, from 1, columns in characters.
    fn position(&self, offset: usize) -> (usize, usize) {
        let index = self.index(offset);
        let before = self.get(self.line(index).start..offset).chars().count();
        let column = if index == 0 { self.from.1 } else { 1 };
        (self.from.0 + index, column + before)
    }
}

/// Both sides' texts of one file.
#[derive(Debug)]
pub(super) struct Texts<'a> {
    pub(super) path: &'a str,
    pub(super) first: Doc<'a>,
    pub(super) second: Doc<'a>,
    /// How many bytes the larger file has. Of a very large one these are parts, which begin with lines that differ.
    pub(super) of: u64,
}

/// A stretch of each side.
pub(super) type Both = (Range<usize>, Range<usize>);

impl<'a> Texts<'a> {
    /// Compares line by line.
    pub(super) fn lines(&self, out: &mut Gathered) {
        let before = out.count();
        self.aligned(out);
        if out.count() == before {
            self.within(&(self.first.line(0), self.second.line(0)), None, out);
        }
    }

    fn size(&self) -> u64 {
        self.first.text.len().max(self.second.text.len()) as u64
    }

    fn aligned(&self, out: &mut Gathered) {
        let bytes = (self.first.text.bytes(), self.second.text.bytes());
        let shared = bytes.0.zip(bytes.1).take_while(|(a, b)| a == b).count();
        let skipped = self.first.index(shared).min(self.second.index(shared));
        let (first, second) = (self.first.lines(skipped), self.second.lines(skipped));
        let parted = part(&first, &second);
        if let Some(from) = parted.moved_from() {
            let line = skipped + from;
            let at = (
                self.first.line(line).start..self.first.text.len(),
                self.second.line(line).start..self.second.text.len(),
            );
            self.reordered((&first, &second), &parted.moved, &at, None, out);
        }
        for gap in &parted.gaps {
            self.gap(gap, skipped, (&first, &second), out);
        }
    }

    /// Lines that differ: those of the same shape belong together, even if they moved, and of others the first with the first.
    fn gap(&self, gap: &Gap, skipped: usize, lines: (&[&str], &[&str]), out: &mut Gathered) {
        let (pairs, moved) = pairs::of(gap, lines);
        let from = (moved.iter().map(|(a, _)| a).min(), moved.iter().map(|(_, b)| b).min());
        if let (Some(a), Some(b)) = from {
            let at = (self.first.line(skipped + a), self.second.line(skipped + b));
            let at = (at.0.start..self.first.text.len(), at.1.start..self.second.text.len());
            self.reordered(lines, &moved, &at, None, out);
        }
        for pair in pairs {
            if out.is_enough() {
                return;
            }
            let first = |index: usize| self.first.line(skipped + index);
            let second = |index: usize| self.second.line(skipped + index);
            if let (Some(a), Some(b)) = pair {
                self.within(&(first(a), second(b)), None, out);
                continue;
            }
            // A line that only one part has may stand further on in the other text.
            if self.of > self.size() {
                continue;
            }
            let before = |line: Range<usize>| line.start..line.start;
            let at = (
                pair.0.map_or_else(|| before(first(gap.start.0)), first),
                pair.1.map_or_else(|| before(second(gap.start.1)), second),
            );
            self.plain(&at, &at, None, out);
        }
    }

    /// Compares one line, or one value, of each side. In a JSON document the pointer says which value.
    pub(super) fn within(&self, line: &Both, pointer: Option<&str>, out: &mut Gathered) {
        let (a, b) = (self.first.get(line.0.clone()), self.second.get(line.1.clone()));
        let start = words::shared_start(a, b);
        let cut = |text: &'_ str| words::boundary(text, text.len().min(start.saturating_add(LINE)));
        let (a, b) = (a.get(start..cut(a)).unwrap_or_default(), b.get(start..cut(b)).unwrap_or_default());
        let base = (line.0.start + start, line.1.start + start);
        let items = (words::items(a), words::items(b));
        let texts = (words::texts(a, &items.0), words::texts(b, &items.1));
        let parted = part(&texts.0, &texts.1);
        if let Some(from) = parted.moved_from() {
            let at = |items: &[Range<usize>], index: usize, base: usize| {
                base + items.get(index).map_or(0, |item| item.start)
            };
            let from = (at(&items.0, from, base.0), at(&items.1, from, base.1));
            let at = (from.0..line.0.end, from.1..line.1.end);
            self.reordered((&texts.0, &texts.1), &parted.moved, &at, pointer, out);
        }
        let mut hunks = Vec::new();
        for gap in &parted.gaps {
            words::hunks(a, b, gap, (&items.0, &items.1), &mut hunks);
        }
        if hunks.is_empty() && parted.moved.is_empty() && a != b {
            hunks.push(words::whole(a, b));
        }
        let mut done = base;
        for (x, y) in hunks {
            if out.is_enough() {
                return;
            }
            let at = (x.start + base.0..x.end + base.0, y.start + base.1..y.end + base.1);
            if at.0.start >= done.0 && at.1.start >= done.1 {
                done = self.hunk(at, line, pointer, out);
            }
        }
    }

    /// One place, and what else lies in it behind the first that is recognised. Gives where it was looked at to.
    fn hunk(&self, mut at: Both, line: &Both, pointer: Option<&str>, out: &mut Gathered) -> (usize, usize) {
        loop {
            let first = Spot { text: self.first.text, at: at.0.clone(), known: self.first.known };
            let second = Spot { text: self.second.text, at: at.1.clone(), known: self.second.known };
            let Some(sight) = look::look(&first, &second) else {
                self.plain(&at, line, pointer, out);
                return (at.0.end, at.1.end);
            };
            let magnitude = sight.magnitude.unwrap_or(Magnitude::Places { count: 1 });
            let cover = sight.cover;
            out.add(self.path, Some(sight.cause), magnitude, || self.show(&cover, line, pointer));
            let end = (cover.0.end.max(at.0.start), cover.1.end.max(at.1.start));
            let rest = (end.0.min(at.0.end)..at.0.end, end.1.min(at.1.end)..at.1.end);
            let same = self.first.get(rest.0.clone()) == self.second.get(rest.1.clone());
            if same || (rest.0 == at.0 && rest.1 == at.1) || out.is_enough() {
                return end;
            }
            at = rest;
        }
    }

    /// Says that only one side has something, and where the other could have it.
    pub(super) fn alone(&self, at: Both, pointer: &str, out: &mut Gathered) {
        self.plain(&at, &at, Some(pointer), out);
    }

    fn plain(&self, at: &Both, line: &Both, pointer: Option<&str>, out: &mut Gathered) {
        let differ = at.0.len().max(at.1.len()).max(1) as u64;
        out.add(self.path, None, Magnitude::Bytes { differ, of: self.of }, || self.show(at, line, pointer));
    }

    /// Says that members stand in another order, from where on.
    pub(super) fn reordered(
        &self,
        items: (&[&str], &[&str]),
        moved: &[(usize, usize)],
        at: &Both,
        pointer: Option<&str>,
        out: &mut Gathered,
    ) {
        let cause = order::guess(items.0, items.1, moved);
        let magnitude = Magnitude::Reordered { moved: moved.len() };
        out.add(self.path, Some(cause), magnitude, || self.show(at, at, pointer));
    }

    fn show(&self, at: &Both, line: &Both, pointer: Option<&str>) -> (Place, (String, String)) {
        let stretch = |text: &'a str, within: &Range<usize>, at: &Range<usize>| Stretch {
            text,
            within: within.clone(),
            at: at.clone(),
        };
        let mut shown =
            show::both(&stretch(self.first.text, &line.0, &at.0), &stretch(self.second.text, &line.1, &at.1));
        if shown.0 == shown.1 {
            // What moved left the same behind it: the texts part further up.
            let whole = |text: &'a str| stretch(text, &(0..text.len()), &(0..text.len()));
            shown = show::both(&whole(self.first.text), &whole(self.second.text));
        }
        (self.place(at.0.start, pointer), shown)
    }

    /// A place in the first of the two.
    pub(super) fn place(&self, offset: usize, pointer: Option<&str>) -> Place {
        let (line, column) = self.first.position(offset);
        let path = self.path.to_owned();
        match pointer {
            Some(pointer) => Place::Json { path, pointer: show::name(pointer), line, column },
            None => Place::Text { path, line, column },
        }
    }
}
