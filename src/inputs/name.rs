//! The name of an input in its folder.
//!
//! The rule of the classic worker, made safe: the last segment of the *decoded* path, so that `a%20b.txt` is
//! `a b.txt` and `o/images%2Fphoto.jpg` is `photo.jpg`. Query and fragment do not count, and neither does
//! `Content-Disposition`. What a dapp's command line cannot foresee is refused instead of being renamed, but for
//! characters that no command line would name: control characters, backslashes and bytes that are no UTF-8
//! become `_`.

use super::InputError;
use super::fetch::IPFS;
use url::Url;

/// The longest name that a file can have on the file systems in use.
const MAX_NAME_BYTES: usize = 255;

/// The name that an input gets from its URL.
///
/// # Errors
/// [`InputError::NoName`] when the path ends with a slash or is empty, [`InputError::BadName`] when the segment
/// is `.`, `..` or longer than 255 bytes.
pub fn name_from_url(url: &Url) -> Result<String, InputError> {
    let decoded = decoded(url.path());
    let mut segment = decoded.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    // What is named by its content has no other name.
    if url.scheme() == IPFS && matches!(url.path(), "" | "/") {
        segment = url.host_str().unwrap_or_default().as_bytes();
    }
    if segment.is_empty() {
        return Err(InputError::NoName { url: url.clone() });
    }
    let name: String = String::from_utf8_lossy(segment)
        .chars()
        .map(|c| if c.is_control() || c == '\\' || c == char::REPLACEMENT_CHARACTER { '_' } else { c })
        .collect();
    check_name(&name)?;
    Ok(name)
}

/// Checks a name that was given as such. It is taken as it is or not at all.
///
/// # Errors
/// [`InputError::BadName`] when it is empty, `.`, `..`, longer than 255 bytes, or holds a slash, a backslash or a
/// control character.
pub fn check_name(name: &str) -> Result<(), InputError> {
    let bad = name.is_empty()
        || name == "."
        || name == ".."
        || name.len() > MAX_NAME_BYTES
        || name.contains(|c: char| c == '/' || c == '\\' || c.is_control());
    if bad { Err(InputError::BadName { name: name.escape_debug().to_string() }) } else { Ok(()) }
}

/// Decodes `%41` to `A`; a percent sign that is no escape stays as it is.
pub(super) fn decoded(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escape = match tail {
            [high, low, ..] if first == b'%' => hex_digit(*high).zip(hex_digit(*low)),
            _ => None,
        };
        match escape {
            Some((high, low)) => {
                out.push(high * 16 + low);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                out.push(first);
                rest = tail;
            }
        }
    }
    out
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poco::Fault;
    use proptest::prelude::*;

    fn name(url: &str) -> Result<String, &'static str> {
        name_from_url(&Url::parse(url).unwrap()).map_err(|e| e.code())
    }

    #[test]
    fn the_last_segment_of_the_decoded_path_is_the_name() {
        for (url, wanted) in [
            ("http://h/small.mp4", "small.mp4"),
            ("http://h/a/b/contracts.zip?raw=true#top", "contracts.zip"),
            ("http://h/a%20b.txt", "a b.txt"),
            ("http://h/o/images%2Fphoto.jpg?alt=media", "photo.jpg"),
            ("http://h/100%.txt", "100%.txt"),
            ("http://h/%E2%82%AC.txt", "€.txt"),
            ("http://h/x%00y%0Az", "x_y_z"),
            ("http://h/x%5C..%5Cy", "x_.._y"),
            ("http://h/%FFx", "_x"),
            ("http://h/..%2e", "..."),
            ("ipfs://QmdfTbBq", "QmdfTbBq"),
            ("ipfs://QmdfTbBq/a/b.txt", "b.txt"),
        ] {
            assert_eq!(name(url).as_deref(), Ok(wanted), "{url}");
        }
    }

    #[test]
    fn what_names_nothing_or_leaves_the_folder_is_refused() {
        for (url, code) in [
            ("http://h", "P-IN-002"),
            ("http://h/", "P-IN-002"),
            ("http://h/dir/", "P-IN-002"),
            ("http://h/dir%2F", "P-IN-002"),
            ("http://h/x%2F..", "P-IN-003"),
            ("http://h/x%2F.", "P-IN-003"),
        ] {
            assert_eq!(name(url), Err(code), "{url}");
        }
        assert_eq!(name(&format!("http://h/{}", "x".repeat(256))), Err("P-IN-003"));
        assert_eq!(name(&format!("http://h/{}", "x".repeat(255))), Ok("x".repeat(255)));
    }

    #[test]
    fn a_given_name_is_taken_as_it_is_or_not_at_all() {
        assert!(check_name("data set.csv").is_ok());
        for bad in ["", ".", "..", "a/b", "a\\b", "a\0b", "/etc/passwd"] {
            assert!(check_name(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn every_name_is_one_plain_component(path in "[ -~]{0,80}") {
            let mut url = Url::parse("http://h/").unwrap();
            url.set_path(&path);
            if let Ok(name) = name_from_url(&url) {
                let mut parts = std::path::Path::new(&name).components();
                prop_assert!(matches!(parts.next(), Some(std::path::Component::Normal(_))));
                prop_assert!(parts.next().is_none());
            }
        }
    }
}
