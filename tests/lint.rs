//! `poco lint`'s rules: for each a file that breaks it, with a `¦` where the rule must point, and files that break none.

use poco::determinism::lint::{Lint, NAMES, Severity, lint};
use std::collections::BTreeSet;
use std::path::Path;

/// A file with an image and params.
fn file(image: &str, params: &str) -> String {
    format!(
        "{{ \"app\": {{ \"name\": \"a\", \"params\": {{ \"type\": \"DOCKER\", \"envvars\": \"XWDOCKERIMAGE={image}\" }} }},\n  \
         \"order\": {{ \"buy\": {{ \"params\": {params} }} }} }}"
    )
}

fn pinned() -> String {
    format!("a/b@sha256:{}", "ab".repeat(32))
}

/// A file with an image that is pinned.
fn params(params: &str) -> String {
    file(&pinned(), params)
}

/// A file of the live contract.
fn live(params: &str) -> String {
    format!(
        r#"{{ "app": {{ "name": "a", "type": "DOCKER", "multiaddr": "{}" }}, "order": {{ "buy": {{ "params": {params} }} }} }}"#,
        pinned()
    )
}

fn buy(keys: &str) -> String {
    params(r#"{ "cmdline": "1" }"#)
        .replace("\"params\": { \"cmdline\"", &format!("{keys}, \"params\": {{ \"cmdline\""))
}

/// The rule, how bad it is, and a file with the place marked.
fn broken() -> Vec<(&'static str, Severity, String)> {
    use Severity::{Error, Note, Warning};
    let long = format!(r#"¦{{ "cmdline": "{}" }}"#, "1".repeat(1100));
    let checksum = format!(
        r#"{{ "app": {{ "name": "a", "type": "DOCKER", "multiaddr": "{}", "checksum": ¦"0x12" }} }}"#,
        pinned()
    );
    vec![
        ("json", Error, "{ \"app\": {\n  \"name\": \"a\"¦,\n} }".into()),
        ("json", Error, "¦module.exports = {}".into()),
        ("unknown-key", Error, params(r#"{ ¦"cmdlin": "1", "dirinuri": "https://example.org/a" }"#)),
        ("unknown-key", Error, r#"{ "app": {}, ¦"ap": 1 }"#.into()),
        ("unknown-key", Error, params(r#""{ \"cmdline\": \"1\", ¦\"stdinuri\": 1 }""#)),
        ("value", Error, params(r#"{ "cmdline": ¦7 }"#)),
        ("value", Error, buy(r#""volume": ¦"many""#)),
        ("value", Error, params(r#"{ "cmdline": "1" }"#).replace("\"DOCKER\"", "¦\"docker\"")),
        ("missing", Error, params("{}").replace("\"name\": \"a\", ", "").replace("\"app\": ", "\"app\": ¦")),
        ("missing", Error, "¦{}".into()),
        ("envvars", Error, file("a/b:1,LANG=C,fr", "{}").replace("\"XWD", "¦\"XWD")),
        ("envvars", Error, params(r#"{ "cmdline": "1", "envvars": ¦"A=1,A=2" }"#)),
        ("image", Error, file("a/B:1", "{}").replace("\"XWD", "¦\"XWD")),
        ("image", Error, file("", "{}").replace("\"XWD", "¦\"XWD")),
        ("checksum", Error, checksum),
        ("mixed-contracts", Error, params(r#"{ "cmdline": "1", "iexec_args": ¦"1" }"#)),
        ("open-quote", Error, params(r#"{ "cmdline": "say ¦'hello" }"#)),
        ("open-quote", Error, params(r#"{ "cmdline": "é\t¦\"hello" }"#)),
        ("mutable-tag", Warning, file("¦a/b", "{}")),
        ("mutable-tag", Warning, file("¦a/b:latest,LANG=C", "{}")),
        ("missing-checksum", Note, file("¦a/b:1.0", "{}")),
        ("old-registry", Note, params("{}").replace("XWDOCKERIMAGE=a", "¦XWDOCKERIMAGE=index.docker.io/a")),
        ("quoted-value", Warning, file(&format!("{},LANG=¦'C'", pinned()), "{}")),
        ("shell-operator", Warning, params(r#"{ "cmdline": "cat /etc/os-release ¦| tee x" }"#)),
        ("shell-operator", Warning, params(r#"{ "cmdline": "count ¦2> x" }"#)),
        ("shell-operator", Warning, live(r#"{ "iexec_args": "a ¦&& b" }"#)),
        ("nobody-expands", Warning, params(r#"{ "cmdline": "echo ¦$HOME" }"#)),
        ("nobody-expands", Warning, params(r#"{ "cmdline": "echo ¦$(date)" }"#)),
        ("nobody-expands", Note, params(r#"{ "cmdline": "ls ¦/iexec/*.jpg" }"#)),
        ("other-words", Warning, live(r#"{ "iexec_args": "¦a\\ b" }"#)),
        ("other-words", Warning, live(r#"{ "iexec_args": "¦it's" }"#)),
        ("template", Warning, params(r#"{ "cmdline": "¦--help" }"#)),
        ("template", Warning, params(r#"{ "cmdline": "--id ¦<id>" }"#)),
        ("empty-dirinuri", Warning, params(r#"{ "dirinuri": "¦" }"#)),
        ("not-fetched", Error, params(r#"{ "dirinuri": "¦ftp://example.org/a" }"#)),
        ("not-fetched", Error, params(r#"{ "dirinuri": ["https://example.org/a", "¦small.mp4"] }"#)),
        ("not-fetched", Error, live(r#"{ "iexec_input_files": ["¦xw://a/b"] }"#)),
        ("private-host", Warning, params(r#"{ "dirinuri": "¦https://localhost/a" }"#)),
        ("private-host", Warning, params(r#"{ "dirinuri": "¦https://192.168.1.2/a" }"#)),
        ("private-host", Warning, params(r#"{ "dirinuri": "¦https://[::1]/a" }"#)),
        ("private-host", Warning, params(r#"{ "dirinuri": "¦https://files.internal/a" }"#)),
        ("plain-http", Note, params(r#"{ "dirinuri": "¦http://example.org/a" }"#)),
        ("no-name", Error, params(r#"{ "dirinuri": "¦https://example.org/a/?name=b" }"#)),
        ("same-name", Warning, params(r#"{ "dirinuri": ["https://a.org/x?1", "¦https://b.org/x"] }"#)),
        (
            "not-named",
            Note,
            params(r#"{ "cmdline": "/iexec/smal.mp4", "dirinuri": "¦https://a.org/small.mp4" }"#),
        ),
        ("no-effect", Warning, params(r#"{ "cmdline": "1", "app": ¦"0x0" }"#)),
        ("no-effect", Warning, params(r#"{ "cmdline": "1", "envvars": ¦"XWDOCKERIMAGE=a/b" }"#)),
        ("enclave", Warning, buy(r#""tag": ¦"tee""#)),
        ("enclave", Error, live(r#"{ "iexec_result_encryption": ¦true }"#)),
        ("one-worker", Note, buy(r#""trust": ¦1"#)),
        ("category", Warning, buy(r#""category": ¦5"#)),
        ("long-params", Note, params(&long)),
        ("price", Warning, buy(r#""appmaxprice": ¦5"#).replace("\"name\"", "\"price\": 10, \"name\"")),
        ("public-secret", Warning, params(r#"{ "cmdline": ¦"--password hunter2" }"#)),
        ("public-secret", Warning, params(r#"{ "cmdline": ¦"--url https://me:hunter2@example.org/" }"#)),
        ("public-secret", Warning, file("a/b:1,MY_TOKEN=abcd", "{}").replace("\"XWD", "¦\"XWD")),
        ("public-secret", Note, params(&format!(r#"{{ "cmdline": ¦"0x{}" }}"#, "a1".repeat(32)))),
    ]
}

/// Files that break no rule.
fn sound() -> Vec<String> {
    vec![
        params(
            r#"{ "cmdline": "-i /iexec/small.mp4 /iexec/small.avi", "dirinuri": "https://example.org/small.mp4?raw=true" }"#,
        ),
        params(
            r#"{ "cmdline": "bash /oyente/customScript.sh", "dirinuri": "https://example.org/contracts.zip" }"#,
        ),
        params(r#"{ "cmdline": "sh -c 'sort /iexec/a | uniq > /iexec/consensus.iexec; echo $?'" }"#),
        params(r#"{ "cmdline": "-5 3.14 'a b' C# a;b 50% me@example.org *" }"#),
        params(r#"{ "cmdline": "--tokens 5 --secretary x --keep" }"#),
        live(r#"{ "iexec_args": "a 'b c'", "iexec_input_files": ["https://example.org/"] }"#),
        live(r#""just a command line""#),
        buy(
            r#""trust": 10, "category": 4, "tag": "0x0000000000000000000000000000000000000000000000000000000000000000", "appmaxprice": 10"#,
        ),
    ]
}

fn place(lint: &Lint) -> (usize, usize) {
    (lint.line, lint.column)
}

#[test]
fn each_rule_names_what_breaks_it_and_where() {
    for (rule, severity, marked) in broken() {
        let before = marked.split('¦').next().unwrap();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
        let text = marked.replace('¦', "");
        let found = lint(&text);
        let hit = found.iter().find(|lint| lint.rule == rule && lint.severity == severity);
        let hit = hit.unwrap_or_else(|| panic!("{rule}: {text}\n{found:#?}"));
        assert_eq!(place(hit), (line, column), "{rule}: {marked}\n{hit:#?}");
        assert_eq!(hit.code.is_some(), severity == Severity::Error, "{rule}: only errors have codes");
        assert!(!hit.message.ends_with('.') && hit.mend.ends_with('.'), "{hit:#?}");
        // What else is noticed is noticed of the same fault.
        let others: BTreeSet<_> = found.iter().map(|lint| lint.rule).collect();
        assert!(others.len() <= 2, "{rule}: {text}\n{found:#?}");
    }
}

#[test]
fn each_rule_is_tried() {
    let tried: BTreeSet<_> = broken().into_iter().map(|(rule, ..)| rule).collect();
    assert_eq!(tried, NAMES.into_iter().collect());
    assert_eq!(tried.len(), NAMES.len(), "a name stands for two rules");
}

#[test]
fn what_breaks_no_rule_is_left_alone() {
    for text in sound() {
        assert_eq!(lint(&text), [], "{text}");
    }
}

#[test]
fn all_faults_of_a_file_are_told_at_once() {
    let text = buy(r#""volume": "many", "trust": "much", "colour": "red", "tag": ["moon"]"#).replace(
        "\"cmdline\": \"1\"",
        "\"cmdline\": \"'\", \"dirinuri\": [\"a\", \"ftp://b/c\"], \"envvars\": \"A\"",
    );
    let found: Vec<_> = lint(&text).into_iter().map(|lint| lint.rule).collect();
    let wanted =
        ["value", "value", "unknown-key", "value", "open-quote", "not-fetched", "not-fetched", "envvars"];
    assert_eq!(found, wanted, "{text}");
}

#[test]
fn a_half_of_a_file_is_enough() {
    let app = format!(r#"{{ "app": {{ "name": "a", "type": "DOCKER", "multiaddr": "{}" }} }}"#, pinned());
    assert_eq!(lint(&app), []);
    assert_eq!(lint(r#"{ "order": { "buy": { "params": { "cmdline": "1" } } } }"#), []);
    assert_eq!(lint(r#"{ "work": { "cmdline": "1" } }"#), []);
}

#[test]
fn the_projects_own_files_have_only_what_is_meant() {
    for file in ["iexec.json", "fixtures/ffmpeg/iexec.json"] {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let found: Vec<_> = lint(&text).into_iter().map(|lint| lint.rule).collect();
        // They are for a devnet on this machine, and their images are built here.
        assert_eq!(found, ["missing-checksum", "private-host"], "{file}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in proptest::prelude::any::<String>()) {
        let _ = lint(&text);
        let _ = lint(&params(&serde_json::json!({ "cmdline": text, "dirinuri": text, "envvars": text }).to_string()));
        let _ = lint(&live(&serde_json::json!({ "iexec_args": text, "iexec_input_files": [text] }).to_string()));
    }
}
