//! Which languages an image's C library knows.

use crate::container::{ContainerError, Peek};
use std::path::Path;

/// Languages that differ from English in what a computer writes, the one that differs most first: in Turkish even the
/// letters that belong together do.
const LANGUAGES: [&str; 8] = ["tr_TR", "de_DE", "fr_FR", "es_ES", "it_IT", "ru_RU", "pt_BR", "nl_NL"];
const FOLDER: &str = "/usr/lib/locale";

/// The first of ours that is installed, as LC_ALL takes it.
pub(super) async fn of(peek: &Peek<'_>) -> Result<Option<String>, ContainerError> {
    let archive = peek.file(&Path::new(FOLDER).join("locale-archive")).await?.unwrap_or_default();
    for language in LANGUAGES {
        // A C library takes either spelling for the other.
        for name in [format!("{language}.utf8"), format!("{language}.UTF-8")] {
            let apart = Path::new(FOLDER).join(&name).join("LC_NUMERIC");
            if holds(&archive, &name) || peek.file(&apart).await?.is_some() {
                return Ok(Some(name));
            }
        }
    }
    Ok(None)
}

/// Whether an archive of languages names one.
fn holds(archive: &[u8], name: &str) -> bool {
    archive.split(|byte| *byte == 0).any(|text| text == name.as_bytes())
}
