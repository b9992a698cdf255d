//! The language and its customs. A C library knows no others than those that are installed in its image; what programs read
//! from the variables by themselves is varied apart.

use super::{Variation, needs_glibc, not_possible};
use crate::determinism::finding::Cause;

pub(super) const LOCALE: Variation = Variation::swing(
    "locale",
    Cause::Locale,
    "sets LC_ALL to a language that writes numbers and dates otherwise",
    |arrangement, scene| {
        needs_glibc(scene)?;
        let Some(name) = scene.locale.clone() else {
            return not_possible(
                "no language is installed in the image, and the C library knows none by itself",
            );
        };
        arrangement.spec.bend.set("LC_ALL", name);
        Ok(())
    },
);

pub(super) const LANGUAGE: Variation =
    Variation::swing("language", Cause::Locale, "sets LANG and LANGUAGE to French", |arrangement, _| {
        arrangement.spec.bend.set("LANG", "fr_FR.UTF-8");
        arrangement.spec.bend.set("LANGUAGE", "fr_FR:fr");
        Ok(())
    });
