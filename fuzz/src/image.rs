//! The target `image`.

use poco::container::policy::repository_of;
use poco::dapp::{ImageDigest, ImageRef};
use regex_lite::Regex;
use std::sync::LazyLock;

/// A whole name by the published grammar of references, which is longer than the one of its reader.
static GRAMMAR: LazyLock<Regex> = LazyLock::new(|| {
    let label = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
    let part = "[a-z0-9]+(?:(?:[.]|_|__|-+)[a-z0-9]+)*";
    let rest = "(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?";
    Regex::new(&format!("^{label}(?:[.]{label})*(?::[0-9]+)?/{part}(?:/{part})*{rest}$"))
        .expect("an expression")
});

/// `data` is the name of an image.
pub fn image(data: &[u8]) {
    let text = &String::from_utf8_lossy(data);
    let Ok(reference) = ImageRef::parse(text) else { return };
    assert_eq!(reference.as_str(), *text);
    let parts = reference.parts().expect("it was checked");
    let whole = reference.canonical().expect("it was checked");
    assert!(GRAMMAR.is_match(&whole), "{whole:?} of {text:?}");
    assert!(parts.tag.is_some() || parts.digest.is_some());

    let again = ImageRef::parse(&whole).expect("a whole name is a name");
    assert_eq!(again.parts().as_ref(), Ok(&parts), "{whole:?} of {text:?}");
    assert_eq!(again.canonical().as_ref(), Ok(&whole));

    let digest = ImageDigest([0x5a; 32]);
    let pinned = reference.pinned(digest).expect("it was checked");
    assert_eq!(ImageRef::parse(pinned.as_str()).as_ref(), Ok(&pinned));
    assert_eq!(pinned.digest(), Some(digest));

    let repository = repository_of(&reference).expect("it was checked");
    for same in [&again, &pinned] {
        assert_eq!(repository_of(same).as_ref(), Ok(&repository), "{same} of {text:?}");
    }
    // A port that was left out makes it longer than what was written.
    if repository.len() <= 255 {
        let itself = ImageRef::parse(&repository).expect("a repository is a name");
        assert_eq!(repository_of(&itself).as_ref(), Ok(&repository), "{itself} of {text:?}");
    }
}
