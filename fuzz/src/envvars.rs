//! The target `envvars`.

use poco::dapp::EnvVar;
use poco::dapp::envvars::{AppAddress, IMAGE, merge, parse};
use std::collections::BTreeSet;

/// `data` is an app's multiaddr, and after the first line break the `envvars` of a request.
pub fn envvars(data: &[u8]) {
    let text = &String::from_utf8_lossy(data);
    let (app, requester) = text.split_once('\n').unwrap_or((text, ""));
    let app = AppAddress::parse(app).ok();
    let requester = parse(requester).ok();
    if let Some(app) = &app {
        assert_eq!(AppAddress::parse(&app.multiaddr()).as_ref(), Ok(app), "{}", app.multiaddr());
        assert!(app.env.iter().all(|var| var.name != IMAGE));
        check(&app.env);
    }
    if let Some(requester) = &requester {
        check(requester);
        assert_eq!(parse(&written(requester)).as_ref(), Ok(requester));
    }
    if let (Some(app), Some(requester)) = (app, requester) {
        let merged = merge(app.env.clone(), requester.clone());
        check(&merged);
        assert!(merged.starts_with(&app.env), "the app's value wins");
        assert!(merged.iter().all(|var| var.name != IMAGE), "the requester cannot change the image");
        let known = |var: &EnvVar| merged.iter().any(|one| one.name == var.name);
        assert!(requester.iter().all(|var| var.name == IMAGE || known(var)));
    }
}

/// What holds of every list of variables.
pub(crate) fn check(env: &[EnvVar]) {
    let names: BTreeSet<&str> = env.iter().map(|var| var.name.as_str()).collect();
    assert_eq!(names.len(), env.len(), "a name is there twice: {env:?}");
    for EnvVar { name, value } in env {
        let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
        let first = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        assert!(first && letters, "{name:?}");
        assert!(!value.contains('\0'), "{value:?}");
    }
}

fn written(env: &[EnvVar]) -> String {
    let tuples: Vec<String> = env.iter().map(|var| format!("{}={}", var.name, var.value)).collect();
    tuples.join(",")
}
