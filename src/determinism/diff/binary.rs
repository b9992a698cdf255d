//! Two files that are no texts: the part, or the file within, or at least the first byte that differs.

use super::content::{self, Origin};
use super::format::{self, Kind, Part};
use super::gather::Gathered;
use super::look::float::{is_tail, ulps};
use super::show;
use crate::determinism::finding::{Cause, Magnitude, Place};
use std::borrow::Cow;
use std::collections::HashMap;

/// Shorter than this, bytes that all differ may do so by chance.
const DRAWN: usize = 16;

/// Compares two that differ.
pub(super) fn compare(origin: Origin<'_>, first: &[u8], second: &[u8], out: &mut Gathered) {
    let parts = format::parts(first, origin.path).zip(format::parts(second, origin.path));
    let before = out.count();
    if let Some(((format, a), (other, b))) = parts
        && format == other
        && origin.levels > 0
    {
        Files { origin, first, second }.parts(&a, &b, out);
    }
    if out.count() == before && !numbers(origin, first, second, out) {
        let looks_like = drawn(first, second).then_some(Cause::Entropy);
        bytes(origin, (first, second), (0, None), looks_like, out);
    }
}

/// Two files of one format.
struct Files<'a> {
    origin: Origin<'a>,
    first: &'a [u8],
    second: &'a [u8],
}

impl Files<'_> {
    fn parts(&self, a: &[Part], b: &[Part], out: &mut Gathered) {
        let mut at: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, part) in b.iter().enumerate().rev() {
            at.entry(&part.name).or_default().push(index);
        }
        let (mut seconds, mut alone) = (Vec::new(), Vec::new());
        for part in a {
            match at.get_mut(part.name.as_str()).and_then(Vec::pop) {
                Some(index) => {
                    seconds.push(index);
                    if let Some(other) = b.get(index) {
                        self.part(part, other, out);
                    }
                }
                None => alone.push((part, true)),
            }
        }
        alone.extend(at.into_values().flatten().filter_map(|index| b.get(index)).map(|part| (part, false)));
        alone.sort_by_key(|(part, _)| (part.start(), part.name.as_str()));
        alone.into_iter().for_each(|(part, first)| self.alone(part, first, out));
        self.order(a, b, &seconds, out);
    }

    fn part(&self, a: &Part, b: &Part, out: &mut Gathered) {
        let (x, y) = (a.bytes(self.first), b.bytes(self.second));
        if x == y {
            return;
        }
        match (&a.kind, &b.kind) {
            (Kind::Inner(codec, name), Kind::Inner(other, _)) => match codec.unpack(&x).zip(other.unpack(&y))
            {
                Some((inner, others)) if inner == others => self.metadata(a, (&x, &y), None, out),
                Some((inner, others)) => {
                    let path = show::whole(&format!("{}!{name}", self.origin.path));
                    let origin = Origin { path: &path, levels: self.origin.levels - 1, ..self.origin };
                    content::compare(origin, &inner, &others, out);
                }
                None => bytes(self.origin, (&x, &y), (a.start(), Some(&a.name)), None, out),
            },
            (Kind::Time(one), Kind::Time(other)) => {
                self.metadata(a, (&x, &y), Some((one - other).abs()), out)
            }
            _ => self.metadata(a, (&x, &y), None, out),
        }
    }

    fn metadata(&self, part: &Part, (x, y): (&[u8], &[u8]), apart_ms: Option<i128>, out: &mut Gathered) {
        let cause = Some(Cause::ArchiveMetadata);
        match apart_ms {
            Some(milliseconds) => {
                out.add(self.origin.path, cause, Magnitude::Seconds { milliseconds }, || {
                    at(self.origin, (x, y), (part.start(), Some(&part.name)))
                })
            }
            None => bytes(self.origin, (x, y), (part.start(), Some(&part.name)), cause, out),
        }
    }

    fn alone(&self, part: &Part, first: bool, out: &mut Gathered) {
        let count = Magnitude::Places { count: 1 };
        match &part.kind {
            Kind::Inner(_, name) => out.add(self.origin.path, None, count, || {
                let path = show::whole(&format!("{}!{name}", self.origin.path));
                let shown = ("a file".to_owned(), show::NOTHING.to_owned());
                (Place::OnlyIn { path, first }, if first { shown } else { (shown.1, shown.0) })
            }),
            _ => {
                let file = if first { self.first } else { self.second };
                let (here, nowhere) = (part.bytes(file), Cow::Borrowed(&[][..]));
                let (x, y) = if first { (here, nowhere) } else { (nowhere, here) };
                // Times and fields of a file that only one has say nothing beside the file.
                if !x.is_empty() || !y.is_empty() {
                    self.metadata(part, (&x, &y), None, out);
                }
            }
        }
    }

    /// Whether the parts that both have stand in one order.
    fn order(&self, a: &[Part], b: &[Part], seconds: &[usize], out: &mut Gathered) {
        let moved = seconds.iter().zip(seconds.iter().skip(1)).filter(|(x, y)| x > y).count();
        if moved == 0 {
            return;
        }
        let names = |parts: &[Part]| -> Vec<String> {
            let inner = parts.iter().filter_map(|part| match &part.kind {
                Kind::Inner(_, name) => Some(name.clone()),
                _ => None,
            });
            inner.collect()
        };
        let (a, b) = (names(a).join(" "), names(b).join(" "));
        out.add(self.origin.path, Some(Cause::ListingOrder), Magnitude::Reordered { moved }, || {
            let part = Some("order of the files within".to_owned());
            let offset = self.first.iter().zip(self.second).take_while(|(x, y)| x == y).count() as u64;
            (
                Place::Binary { path: self.origin.path.to_owned(), offset, part },
                (show::whole(&a), show::whole(&b)),
            )
        });
    }
}

/// Compares both as arrays of numbers; false when they are none, or when they do not part as rounding does.
fn numbers(origin: Origin<'_>, first: &[u8], second: &[u8], out: &mut Gathered) -> bool {
    let Some(array) = format::numbers(first).filter(|array| format::numbers(second).as_ref() == Some(array))
    else {
        return false;
    };
    let pairs = || array.read(first).zip(array.read(second)).filter(|(x, y)| x.to_bits() != y.to_bits());
    let tails = pairs().filter(|(x, y)| is_tail(*x, *y)).count();
    let others = pairs().count() - tails;
    // Bytes that are no numbers look like very small or very large ones.
    let usual = |x: f64| x == 0.0 || (1e-100..1e100).contains(&x.abs());
    if tails == 0 || (!array.said && (others > 0 || !array.read(first).all(usual))) {
        return false;
    }
    let index =
        array.read(first).zip(array.read(second)).position(|(x, y)| x.to_bits() != y.to_bits()).unwrap_or(0);
    let most = pairs().filter(|(x, y)| is_tail(*x, *y)).map(|(x, y)| ulps(x, y)).max().unwrap_or(0);
    let start = array.at.start + index * array.width;
    let shown = pairs().next().map_or((0.0, 0.0), |pair| pair);
    out.add(origin.path, Some(Cause::FloatTail), Magnitude::Ulps { most, numbers: tails }, || {
        let part = Some(format!("number {index} of the array"));
        let place = Place::Binary { path: origin.path.to_owned(), offset: start as u64, part };
        (place, (format!("{:?}", shown.0), format!("{:?}", shown.1)))
    });
    true
}

/// Whether two of one length have nothing in common, as noise has not.
fn drawn(first: &[u8], second: &[u8]) -> bool {
    let alike = first.iter().zip(second).filter(|(a, b)| a == b).count();
    first.len() == second.len() && first.len() >= DRAWN && alike * 16 <= first.len()
}

/// Says at which byte two large files differ, of which only what stands there was read.
pub(super) fn far_in(
    origin: Origin<'_>,
    offset: u64,
    sides: (&[u8], &[u8]),
    size: Magnitude,
    out: &mut Gathered,
) {
    out.add(origin.path, None, size, || {
        let place = Place::Binary { path: origin.path.to_owned(), offset, part: None };
        (place, (show::hex(sides.0), show::hex(sides.1)))
    });
}

/// Says at which byte two parts differ, and by how many.
fn bytes(
    origin: Origin<'_>,
    sides: (&[u8], &[u8]),
    part: (usize, Option<&str>),
    looks_like: Option<Cause>,
    out: &mut Gathered,
) {
    let changed = sides.0.iter().zip(sides.1).filter(|(a, b)| a != b).count();
    let differ = (changed + sides.0.len().abs_diff(sides.1.len())) as u64;
    let magnitude = Magnitude::Bytes { differ, of: sides.0.len().max(sides.1.len()) as u64 };
    out.add(origin.path, looks_like, magnitude, || at(origin, sides, part));
}

/// The first byte that differs, and what stands there.
fn at(origin: Origin<'_>, sides: (&[u8], &[u8]), part: (usize, Option<&str>)) -> (Place, (String, String)) {
    let from = sides.0.iter().zip(sides.1).take_while(|(a, b)| a == b).count();
    let tail = |bytes: &[u8]| show::hex(bytes.get(from..).unwrap_or_default());
    let offset = (part.0 + from) as u64;
    let place = Place::Binary { path: origin.path.to_owned(), offset, part: part.1.map(show::whole) };
    (place, (tail(sides.0), tail(sides.1)))
}
