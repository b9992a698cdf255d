//! The table of variations: what each does, and what became of it.

use super::runs::key;
use super::{Report, esc, words};
use crate::determinism::report::{VariationNote, VariationState};

pub(super) fn section(report: &Report) -> String {
    if report.variations.is_empty() {
        return String::new();
    }
    let culprits = words::culprits(report);
    let rows: String =
        report.variations.iter().map(|note| row(note, culprits.contains(note.name.as_str()))).collect();
    format!(
        "<section><h2>Variations</h2><table><thead><tr><th>Name</th><th>What it does</th><th>What became of it</th></tr>\
         </thead><tbody>{rows}</tbody></table></section>"
    )
}

fn row(note: &VariationNote, culprit: bool) -> String {
    let (class, state) = match &note.state {
        _ if culprit => ("parts", "a difference is laid to it".to_owned()),
        VariationState::Varied => ("agrees", "in force, no difference laid to it".to_owned()),
        VariationState::NotPossible { why } => ("none", format!("not possible here: {}", esc(why))),
        VariationState::LeftOut => ("none", "left out".to_owned()),
    };
    let (name, what) = (esc(&note.name), esc(&note.what));
    let state = key(class, &state);
    format!("<tr><td><code>{name}</code></td><td>{what}</td><td>{state}</td></tr>")
}
