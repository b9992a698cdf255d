//! `deploy/poco.toml` is loaded as the program loads it, and what it says of a default is the program's default.

use poco::config::{ChainSection, ConfigFile, WorkerSection};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/poco.toml")
}

fn text() -> String {
    std::fs::read_to_string(path()).unwrap()
}

/// The example with every key set, those that it leaves unset included.
fn all_set() -> String {
    let uncommented = |line: &str| match line.strip_prefix("# ") {
        Some(rest) if rest.split(" = ").next().is_some_and(is_key) && rest.contains(" = ") => rest.to_owned(),
        _ => line.to_owned(),
    };
    text().lines().map(|line| uncommented(line) + "\n").collect()
}

fn is_key(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

fn keys(text: &str) -> BTreeSet<String> {
    let table: toml::Table = text.parse().unwrap();
    let keys = |(section, keys): (&String, &toml::Value)| {
        let section = section.clone();
        keys.as_table().unwrap().keys().map(move |key| format!("{section}.{key}")).collect::<Vec<_>>()
    };
    table.iter().flat_map(keys).collect()
}

#[test]
fn the_example_is_a_configuration() {
    ConfigFile::read(Some(&path())).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), all_set()).unwrap();
    ConfigFile::read(Some(file.path())).unwrap();
}

/// The program itself tells its keys when it meets one that it does not know.
#[test]
fn the_example_has_every_key_that_there_is() {
    let mut known = BTreeSet::new();
    for section in ["chain", "pool", "worker", "inputs", "container", "images"] {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), format!("[{section}]\nno-such-key = 1\n")).unwrap();
        let error = ConfigFile::read(Some(file.path())).unwrap_err().to_string();
        let told = error.split("expected one of").nth(1).unwrap_or_else(|| panic!("no keys in: {error}"));
        known.extend(told.split('`').skip(1).step_by(2).map(|key| format!("{section}.{key}")));
    }
    assert_eq!(keys(&all_set()), known);
}

#[test]
fn every_key_is_explained() {
    let text = text();
    let lines: Vec<&str> = text.lines().collect();
    for (above, line) in lines.iter().zip(lines.iter().skip(1)) {
        let setting = line.strip_prefix("# ").unwrap_or(line);
        if setting.split_once(" = ").is_some_and(|(key, _)| is_key(key)) {
            assert!(above.starts_with("# ") && above.ends_with('.'), "nothing explains `{line}`");
        }
    }
}

#[test]
fn what_the_example_sets_is_what_holds_without_it() {
    let example = ConfigFile::read(Some(&path())).unwrap();
    let none = ConfigFile::default();
    assert_eq!(example.worker.terms(), none.worker.terms());
    assert_eq!(example.worker.workdir(), none.worker.workdir());
    assert_eq!(
        example.worker.require_consensus_file,
        Some(none.worker.require_consensus_file.unwrap_or_default())
    );
    assert_eq!(example.inputs.settings(false), none.inputs.settings(false));
    assert_eq!(example.container.limits(), none.container.limits());
    assert_eq!(example.container.limits(), poco::container::Limits::default());
    assert_eq!(example.container.rules(), poco::container::Rules::default());
    let rules = |file: &ConfigFile| format!("{:?}", file.images.rules().unwrap());
    assert_eq!(rules(&example), rules(&none));
    let offer = poco::pool::Offer::default();
    assert_eq!((example.pool.price, example.pool.trust), (Some(offer.price), Some(offer.trust)));
    assert!(poco::results::Policy::default().accept_fallback);

    // The place is complete without the keys that the example leaves out.
    let place = example.chain.place().unwrap();
    let bare =
        ChainSection { rpc_url: example.chain.rpc_url, hub: example.chain.hub, ..ChainSection::default() };
    let bare = bare.place().unwrap();
    assert_eq!(place.poll_interval, bare.poll_interval);
    assert_eq!(place.gas.max_fee_wei, bare.gas.max_fee_wei);
}

/// Where the daemons listen, what they keep and how much they do at once is said in their help only.
#[test]
fn the_help_and_the_example_name_the_same_defaults() {
    let output =
        std::process::Command::new(env!("CARGO_BIN_EXE_poco")).args(["solo", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let table: toml::Table = text().parse().unwrap();
    let mut compared = 0;
    for (section, keys) in &table {
        for (key, value) in keys.as_table().unwrap() {
            let after = help.split(&format!("--{key} ")).nth(1).unwrap_or_else(|| panic!("no flag --{key}"));
            let words = after.split("\n\n").next().unwrap();
            let Some(default) = words.split("[default: ").nth(1).and_then(|rest| rest.split(']').next())
            else {
                continue;
            };
            let same = match value {
                toml::Value::String(text) => text == default || text.trim_end_matches(" RLC") == default,
                toml::Value::Float(number) => number.to_string() == default,
                toml::Value::Array(list) => list.is_empty() && default == "all",
                other => other.to_string() == default,
            };
            assert!(same, "[{section}] {key}: the example has {value}, the help {default}");
            compared += 1;
        }
    }
    assert!(compared > 12, "only {compared} defaults were found in the help");
}

#[test]
fn a_flag_wins_over_the_example() {
    let example = ConfigFile::read(Some(&path())).unwrap();
    let worker = WorkerSection { slots: Some(7), ..WorkerSection::default() };
    let filled = example.fill(ConfigFile { worker, ..ConfigFile::default() });
    assert_eq!((filled.worker.slots, filled.pool.trust), (Some(7), Some(1000)));
}
