//! Places in which runs part by themselves, and which nothing holds still: what else parts them shows beside these.

use super::finding::{Difference, Magnitude, Place};
use std::collections::BTreeSet;

/// Such places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mask(BTreeSet<Spot>);

/// A place as far as it can be found again in another run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Spot {
    Line(String, usize),
    Value(String, String),
    File(String),
    /// Names that come and go are drawn anew each time.
    Names,
}

impl Mask {
    pub(super) fn of(differences: &[Difference]) -> Self {
        Self(differences.iter().map(spot).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether runs part there by themselves.
    pub(super) fn hides(&self, difference: &Difference) -> bool {
        let path = path(&difference.place).to_owned();
        self.0.contains(&spot(difference)) || self.0.contains(&Spot::File(path))
    }
}

fn spot(difference: &Difference) -> Spot {
    let path = path(&difference.place).to_owned();
    match &difference.place {
        // The lines of another order are others each time.
        _ if matches!(difference.magnitude, Magnitude::Reordered { .. }) => Spot::File(path),
        Place::Text { line, .. } => Spot::Line(path, *line),
        Place::Json { pointer, .. } => Spot::Value(path, pointer.clone()),
        Place::Binary { .. } | Place::Metadata { .. } => Spot::File(path),
        Place::OnlyIn { .. } => Spot::Names,
    }
}

fn path(place: &Place) -> &str {
    match place {
        Place::Text { path, .. }
        | Place::Json { path, .. }
        | Place::Binary { path, .. }
        | Place::OnlyIn { path, .. }
        | Place::Metadata { path, .. } => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(place: Place, magnitude: Magnitude) -> Difference {
        Difference { place, first: "a".into(), second: "b".into(), magnitude, looks_like: None }
    }

    fn line(line: usize) -> Difference {
        let place = Place::Text { path: "consensus.iexec".into(), line, column: 1 };
        at(place, Magnitude::Bytes { differ: 1, of: 9 })
    }

    fn new(path: &str) -> Difference {
        at(Place::OnlyIn { path: path.into(), first: true }, Magnitude::Places { count: 1 })
    }

    #[test]
    fn a_line_hides_itself_and_no_other() {
        let mask = Mask::of(&[line(2)]);
        assert!(mask.hides(&line(2)) && !mask.hides(&line(3)));
        assert!(Mask::default().is_empty() && !Mask::default().hides(&line(2)));
    }

    #[test]
    fn another_order_hides_its_file_and_a_name_that_goes_all_names() {
        let place = Place::Text { path: "consensus.iexec".into(), line: 2, column: 1 };
        let mask = Mask::of(&[at(place, Magnitude::Reordered { moved: 2 })]);
        assert!(mask.hides(&line(7)) && !mask.hides(&new("x")));
        let mask = Mask::of(&[new("job-1")]);
        assert!(mask.hides(&new("job-2")) && !mask.hides(&line(1)));
    }
}
