//! Differences as they are found, those of one sort in one file as one: the first place is kept, and the sizes are put
//! together. So ten thousand numbers with other last digits are one difference, and what is shown last is found at all.

use crate::determinism::finding::{Cause, Difference, Magnitude, Place};
use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};

/// How many places are looked at closely, in all files together; what is beyond only repeats.
const CLOSELY: usize = 5_000;

type Sort = (String, Option<Cause>, Discriminant<Magnitude>);

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    found: Vec<Difference>,
    sorts: HashMap<Sort, usize>,
    looked: usize,
}

impl Gathered {
    /// Adds a place. What is shown of it is only asked for when it is the first of its sort.
    pub(super) fn add(
        &mut self,
        path: &str,
        looks_like: Option<Cause>,
        magnitude: Magnitude,
        show: impl FnOnce() -> (Place, (String, String)),
    ) {
        self.looked += 1;
        let sort = (path.to_owned(), looks_like, discriminant(&magnitude));
        if let Some(before) = self.sorts.get(&sort).and_then(|index| self.found.get_mut(*index)) {
            before.magnitude = together(&before.magnitude, &magnitude);
            return;
        }
        let (place, (first, second)) = show();
        self.sorts.insert(sort, self.found.len());
        self.found.push(Difference { place, first, second, magnitude, looks_like });
    }

    /// How much was added so far, to see whether anything was.
    pub(super) fn count(&self) -> usize {
        self.looked
    }

    /// Whether enough places were looked at.
    pub(super) fn is_enough(&self) -> bool {
        self.looked >= CLOSELY
    }

    /// The most telling first: what has a cause, then what has none, then what enters no digest.
    pub(super) fn most_telling(mut self, most: usize) -> Vec<Difference> {
        self.found.sort_by_key(|difference| match (&difference.place, difference.looks_like) {
            (Place::Metadata { property, .. }, _) if property == "mode" => 3,
            (_, Some(_)) => 0,
            (_, None) => 1,
        });
        self.found.truncate(most);
        self.found
    }
}

fn together(one: &Magnitude, other: &Magnitude) -> Magnitude {
    use Magnitude::{Bytes, Places, Reordered, Seconds, Ulps};
    match (one, other) {
        (Ulps { most, numbers }, Ulps { most: other, numbers: more }) => {
            Ulps { most: *most.max(other), numbers: numbers + more }
        }
        (Seconds { milliseconds }, Seconds { milliseconds: other }) => {
            Seconds { milliseconds: *milliseconds.max(other) }
        }
        (Reordered { moved }, Reordered { moved: more }) => Reordered { moved: moved + more },
        (Bytes { differ, of }, Bytes { differ: more, of: other }) => {
            Bytes { differ: differ.saturating_add(*more).min(*of.max(other)), of: *of.max(other) }
        }
        (Places { count }, Places { count: more }) => Places { count: count + more },
        _ => one.clone(),
    }
}
