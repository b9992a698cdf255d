//! Two JSON documents, value by value.

use super::align::part;
use super::gather::Gathered;
use super::json::{self, Kind, Value};
use super::text::Texts;
use std::collections::HashMap;
use std::ops::Range;

/// Compares both texts as JSON documents; false when one of them is none.
pub(super) fn compare(texts: &Texts<'_>, out: &mut Gathered) -> bool {
    let (Some(first), Some(second)) = (json::read(texts.first.text), json::read(texts.second.text)) else {
        return false;
    };
    Documents { texts }.values(&first, &second, &mut String::new(), out);
    true
}

struct Documents<'a> {
    texts: &'a Texts<'a>,
}

impl<'a> Documents<'a> {
    fn first(&self, at: &Range<usize>) -> &'a str {
        self.texts.first.text.get(at.clone()).unwrap_or_default()
    }

    fn second(&self, at: &Range<usize>) -> &'a str {
        self.texts.second.text.get(at.clone()).unwrap_or_default()
    }

    fn values(&self, first: &Value, second: &Value, pointer: &mut String, out: &mut Gathered) {
        if out.is_enough() || self.first(&first.at) == self.second(&second.at) {
            return;
        }
        match (&first.kind, &second.kind) {
            (Kind::Object(a), Kind::Object(b)) => self.objects(a, b, pointer, out),
            (Kind::Array(a), Kind::Array(b)) => self.arrays(a, b, pointer, out),
            _ => self.texts.within(&(first.at.clone(), second.at.clone()), Some(pointer), out),
        }
    }

    fn objects(
        &self,
        a: &[(Range<usize>, Value)],
        b: &[(Range<usize>, Value)],
        pointer: &mut String,
        out: &mut Gathered,
    ) {
        let names = (
            a.iter().map(|(name, _)| self.first(name)).collect::<Vec<_>>(),
            b.iter().map(|(name, _)| self.second(name)).collect::<Vec<_>>(),
        );
        let mut at: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, name) in names.1.iter().enumerate().rev() {
            at.entry(name).or_default().push(index);
        }
        let mut pairs = Vec::new();
        let mut alone = Vec::new();
        for (index, name) in names.0.iter().enumerate() {
            match at.get_mut(name).and_then(Vec::pop) {
                Some(other) => pairs.push((index, other)),
                None => alone.push(index),
            }
        }
        let mut others: Vec<usize> = at.into_values().flatten().collect();
        others.sort_unstable();
        self.order_of_members(a, b, &pairs, pointer, out);
        for (x, y) in pairs {
            if let (Some((name, first)), Some((_, second))) = (a.get(x), b.get(y)) {
                self.below(pointer, &member(self.first(name)), |pointer| {
                    self.values(first, second, pointer, out)
                });
            }
        }
        // Members that only one has: a name that is drawn anew stands on both sides, under another name.
        for index in 0..alone.len().max(others.len()) {
            let one = alone.get(index).and_then(|index| a.get(*index));
            let other = others.get(index).and_then(|index| b.get(*index));
            match (one, other) {
                (Some((x, first)), Some((y, second))) => {
                    self.texts.within(&(x.clone(), y.clone()), Some(pointer), out);
                    let name = member(self.first(x));
                    self.below(pointer, &name, |pointer| self.values(first, second, pointer, out));
                }
                (Some((x, first)), None) => {
                    let end = b.last().map_or(0, |(_, last)| last.at.end);
                    self.texts.alone((x.start..first.at.end, end..end), pointer, out);
                }
                (None, Some((y, second))) => {
                    let end = a.last().map_or(0, |(_, last)| last.at.end);
                    self.texts.alone((end..end, y.start..second.at.end), pointer, out);
                }
                (None, None) => {}
            }
        }
    }

    fn order_of_members(
        &self,
        a: &[(Range<usize>, Value)],
        b: &[(Range<usize>, Value)],
        pairs: &[(usize, usize)],
        pointer: &str,
        out: &mut Gathered,
    ) {
        let mut seconds: Vec<usize> = pairs.iter().map(|(_, second)| *second).collect();
        if seconds.is_sorted() {
            return;
        }
        seconds.sort_unstable();
        let firsts: Vec<&str> =
            pairs.iter().filter_map(|(x, _)| a.get(*x)).map(|(name, _)| self.first(name)).collect();
        let others: Vec<&str> =
            seconds.iter().filter_map(|y| b.get(*y)).map(|(name, _)| self.second(name)).collect();
        let from = firsts.iter().zip(&others).take_while(|(x, y)| x == y).count();
        let start = pairs.get(from).and_then(|(x, _)| a.get(*x)).map(|(name, _)| name.start);
        let other = seconds.get(from).and_then(|y| b.get(*y)).map(|(name, _)| name.start);
        let end = |members: &[(Range<usize>, Value)]| members.last().map_or(0, |(_, value)| value.at.end);
        if let (Some(start), Some(other)) = (start, other) {
            let moved = part(&firsts, &others).moved;
            let at = (start..end(a).max(start), other..end(b).max(other));
            self.texts.reordered((&firsts, &others), &moved, &at, Some(pointer), out);
        }
    }

    fn arrays(&self, a: &[Value], b: &[Value], pointer: &mut String, out: &mut Gathered) {
        let items = (
            a.iter().map(|value| self.first(&value.at)).collect::<Vec<_>>(),
            b.iter().map(|value| self.second(&value.at)).collect::<Vec<_>>(),
        );
        let parted = part(&items.0, &items.1);
        let start = |values: &[Value], index: usize, last: usize| {
            values.get(index).map_or(last, |value| value.at.start)
        };
        let last = |values: &[Value]| values.last().map_or(0, |value| value.at.end);
        if let Some(from) = parted.moved_from() {
            let at = (start(a, from, last(a))..last(a), start(b, from, last(b))..last(b));
            self.texts.reordered((&items.0, &items.1), &parted.moved, &at, Some(pointer), out);
        }
        for gap in &parted.gaps {
            for index in 0..gap.first.len().max(gap.second.len()) {
                let one = gap.first.get(index).and_then(|index| Some((*index, a.get(*index)?)));
                let other = gap.second.get(index).and_then(|index| b.get(*index));
                match (one, other) {
                    (Some((at, first)), Some(second)) => {
                        self.below(pointer, &at.to_string(), |pointer| {
                            self.values(first, second, pointer, out)
                        });
                    }
                    (Some((_, first)), None) => {
                        let end = last(b);
                        self.texts.alone((first.at.clone(), end..end), pointer, out);
                    }
                    (None, Some(second)) => {
                        let end = last(a);
                        self.texts.alone((end..end, second.at.clone()), pointer, out);
                    }
                    (None, None) => {}
                }
            }
        }
    }

    fn below(&self, pointer: &mut String, name: &str, then: impl FnOnce(&mut String)) {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(name);
        then(pointer);
        pointer.truncate(length);
    }
}

/// A member's name as a part of an RFC 6901 pointer.
fn member(written: &str) -> String {
    let name = serde_json::from_str::<String>(written).unwrap_or_else(|_| written.to_owned());
    name.replace('~', "~0").replace('/', "~1")
}
