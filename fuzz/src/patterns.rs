//! The target `patterns`.

use poco::container::policy::{
    Answer, Conditions, ImagePattern, Policy, Rule, Wanted, WholeRegex, repository_of,
};
use poco::dapp::ImageRef;

/// `data` is a pattern of an operator's, and after the first line break an image's name.
pub fn patterns(data: &[u8]) {
    let text = &String::from_utf8_lossy(data);
    let Some((pattern, name)) = text.split_once('\n').filter(|(pattern, _)| pattern.len() <= 100) else {
        return;
    };
    let Ok(image) = ImageRef::parse(name) else { return };
    if let Ok(regex) = WholeRegex::parse(pattern) {
        agree(&Conditions { regex: Some(regex), ..Conditions::default() }, &image);
    }
    let Ok(parsed) = ImagePattern::parse(pattern) else { return };
    let taken = agree(&Conditions { image: Some(parsed), ..Conditions::default() }, &image);
    let repository = repository_of(&image).expect("it was checked");
    if let Ok(exact) = ImageRef::parse(pattern) {
        let same = repository_of(&exact).as_ref() == Ok(&repository);
        let (wanted, parts) = (exact.parts().expect("checked"), image.parts().expect("checked"));
        let tagged = pattern.rsplit('/').next().is_some_and(|last| last.contains(':'));
        let fits = match (wanted.digest, parts.digest) {
            (Some(wanted), known) => known == Some(wanted),
            (None, None) => !tagged || wanted.tag == parts.tag,
            (None, Some(_)) => !tagged,
        };
        assert_eq!(taken, same && fits, "{pattern:?} and {name:?}");
    } else if pattern.starts_with("**") && pattern.matches('*').count() <= 8 && !pattern.contains(['@', ':'])
    {
        assert_eq!(taken, globs(pattern.as_bytes(), repository.as_bytes()), "{pattern:?} and {name:?}");
    }
}

/// Whether a rule lets the image run, which no spelling of its name changes; and what one rule lets run, the same rule forbids.
fn agree(conditions: &Conditions, image: &ImageRef) -> bool {
    let rule = |list| vec![Rule { list, number: 1, line: None, conditions: conditions.clone() }];
    let allow = Policy { allow: rule("allow-images"), ..Policy::default() };
    let deny = Policy { deny: rule("deny-images"), ..Policy::default() };
    let spelt = |image: &ImageRef| {
        let wanted = Wanted::new(image.clone());
        let allowed = allow.verdict(&wanted, &[]).answer == Answer::Allowed;
        let denied = matches!(deny.verdict(&wanted, &[]).answer, Answer::Refused(_));
        assert!(denied || !allowed, "allowed, and not forbidden by the same rule: {image}");
        allowed
    };
    let allowed = spelt(image);
    let whole = image.canonical().and_then(|whole| ImageRef::parse(&whole)).expect("it was checked");
    assert_eq!(spelt(&whole), allowed, "{image} and {whole} are one image");
    allowed
}

/// A glob, the slow way: `**` takes anything, `*` and `?` neither `/` nor `:`.
fn globs(glob: &[u8], text: &[u8]) -> bool {
    let inside = |c: &u8| !b"/:".contains(c);
    match glob {
        [] => text.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|from| globs(rest, &text[from..])),
        [b'*', rest @ ..] => {
            let most = text.iter().take_while(|c| inside(c)).count();
            (0..=most).any(|from| globs(rest, &text[from..]))
        }
        [b'?', rest @ ..] => text.first().is_some_and(inside) && globs(rest, &text[1..]),
        [c, rest @ ..] => text.first() == Some(c) && globs(rest, &text[1..]),
    }
}
