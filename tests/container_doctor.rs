//! `poco doctor` on this machine: what it shows holds, and what does not hold ends in its code.

use assert_cmd::Command;
use serde_json::Value;
use std::collections::BTreeMap;

struct Said {
    code: i32,
    stdout: String,
    stderr: String,
}

fn doctor(words: &str) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_poco"));
    let command = command.env("NO_COLOR", "1").current_dir(folder.path()).arg("doctor");
    let output = command.args(words.split_whitespace()).output().unwrap();
    Said {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Each rule's verdict.
fn verdicts(stdout: &str) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings: Vec<Value> = serde_json::from_str(stdout).unwrap();
    findings.iter().map(|finding| (text(&finding["rule"]), text(&finding["verdict"]))).collect()
}

#[test]
fn a_container_that_tries_to_break_out_finds_that_every_rule_holds() {
    let said = doctor("--isolation --json");
    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{}", said.stdout);
    let verdicts = verdicts(&said.stdout);
    assert!(verdicts.len() >= 30, "{verdicts:?}");
    assert!(verdicts.values().all(|verdict| verdict == "pass"), "{verdicts:?}");
    for rule in ["no-network", "no-root", "memory", "output", "time", "processes", "processors"] {
        assert!(verdicts.contains_key(rule), "{rule} in {verdicts:?}");
    }
}

#[test]
fn a_rule_that_does_not_hold_is_told_with_its_mend() {
    let said = doctor("--output 900000TiB");
    assert_eq!(said.code, 1);
    assert!(said.stdout.contains("FAIL    disk "), "{}", said.stdout);
    assert!(said.stdout.contains("mend: free some"), "{}", said.stdout);
    assert!(said.stderr.contains("error[P-CO-032]"), "{}", said.stderr);
}

#[test]
fn a_runtime_that_the_engine_has_not_is_refused_with_those_that_it_has() {
    let said = doctor("--runtime no-such-runtime");
    assert_eq!(said.code, 4);
    assert!(said.stderr.contains("error[P-CO-030]") && said.stderr.contains("runc"), "{}", said.stderr);
}
