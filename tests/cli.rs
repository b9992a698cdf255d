//! What a person sees of the command line: help, errors, exit codes. Snapshots lie in `tests/snapshots`; after a
//! change that is meant, `INSTA_UPDATE=always cargo test --test cli` writes them anew.

use assert_cmd::Command;
use std::path::Path;

/// A key that must never be seen again.
const BAD_KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff8";
/// Nothing listens on port 1.
const NOWHERE: &str = "http://127.0.0.1:1";
const HUB: &str = "0x098bFCb1E50ebcA0BaA92C12eA0c3F045A1aD9f0";

/// `poco` in an empty folder and an empty environment.
struct Poco {
    folder: tempfile::TempDir,
}

struct Said {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Poco {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self, name: &str, text: &str) -> &Self {
        std::fs::write(self.folder.path().join(name), text).unwrap();
        self
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_poco"));
        command
            .env_clear()
            .env("NO_COLOR", "1")
            .current_dir(self.folder.path())
            .args(words.split_whitespace());
        command
    }

    fn says(&self, words: &str) -> Said {
        said(&mut self.command(words))
    }
}

fn said(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    Said {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Said {
    /// Exit code, stderr and stdout as one text.
    fn whole(&self) -> String {
        format!("exit code {}\n--- stdout\n{}--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

fn iexec_json() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("iexec.json")).unwrap()
}

#[test]
fn each_command_has_its_help() {
    let poco = Poco::new();
    for command in [
        "",
        "demo",
        "devnet",
        "solo",
        "worker",
        "app",
        "app deploy",
        "policy",
        "policy explain",
        "order",
        "order buy",
        "task",
        "task show",
        "result",
        "result get",
        "run",
        "check",
        "hash",
        "ledger",
        "ledger export",
        "ledger import",
        "ledger verify",
        "lint",
        "tx",
        "tx list",
        "tx bump",
        "tx cancel",
    ] {
        let said = poco.says(&format!("{command} --help"));
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{command}");
        insta::assert_snapshot!(format!("help {command}").trim_end().replace(' ', "_"), said.stdout);
    }
}

#[test]
fn the_version_is_the_crates() {
    let said = Poco::new().says("--version");
    assert_eq!((said.code, said.stdout), (0, format!("poco {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    let poco = Poco::new();
    for words in
        ["frobnicate", "solo --slots many", "demo --workers 0", "task show 0x12", "devnet --port 70000"]
    {
        let said = poco.says(words);
        assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{words}");
        assert!(said.stderr.starts_with("error: "), "{}", said.stderr);
    }
}

#[test]
fn a_missing_endpoint_is_told_with_the_ways_to_give_it() {
    insta::assert_snapshot!("no_endpoint", Poco::new().says("solo").whole());
}

#[test]
fn an_endpoint_that_does_not_answer_ends_with_3() {
    let poco = Poco::new();
    poco.file("iexec.json", &iexec_json());
    insta::assert_snapshot!(
        "endpoint_down",
        poco.says(&format!("app deploy --rpc-url {NOWHERE} --hub {HUB}")).whole()
    );
}

#[test]
fn the_key_in_an_endpoints_url_is_never_shown() {
    let poco = Poco::new();
    poco.file("key", &format!("{}01", "00".repeat(31)));
    for scheme in ["http", "ws"] {
        let words = format!(
            "solo --log trace --scheduler-key @key --worker-keys @key --workerpool {HUB} --hub {HUB} \
             --rpc-url {scheme}://user:hidden@127.0.0.1:1/v2/hidden?key=hidden"
        );
        let said = poco.says(&words);
        assert_eq!(said.code, 3, "{}", said.whole());
        assert!(!said.whole().contains("hidden"), "{}", said.whole());
    }
}

#[test]
fn what_is_no_endpoint_is_told_before_anything_is_sent() {
    let poco = Poco::new();
    let id = format!("0x{}", "11".repeat(32));
    insta::assert_snapshot!(
        "endpoint_scheme",
        poco.says(&format!("task show {id} --rpc-url ftp://example.org --hub {HUB}")).whole()
    );
}

#[test]
fn a_bad_key_is_refused_and_never_shown() {
    let poco = Poco::new();
    let words = format!("solo --rpc-url {NOWHERE} --hub {HUB} --workerpool {HUB}");
    let by_flag = said(poco.command(&words).args(["--scheduler-key", BAD_KEY]));
    let by_environment = said(poco.command(&words).env("POCO_SCHEDULER_KEY", BAD_KEY));
    poco.file("key", BAD_KEY);
    let by_file = said(poco.command(&words).args(["--scheduler-key", "@key"]));
    let in_the_help =
        said(poco.command("solo --help").env("POCO_SCHEDULER_KEY", BAD_KEY).env("POCO_WORKER_KEYS", BAD_KEY));
    let in_the_log = said(poco.command(&words).args(["--log", "trace", "--scheduler-key", BAD_KEY]));
    for said in [&by_flag, &by_environment, &by_file, &in_the_help, &in_the_log] {
        assert!(!said.whole().contains(&BAD_KEY[2..20]), "{}", said.whole());
    }
    insta::assert_snapshot!("bad_key", by_flag.whole());
    assert_eq!(by_flag.whole(), by_environment.whole());
    assert!(by_file.stderr.starts_with("error[P-CF-004]: key is not a key"), "{}", by_file.stderr);
}

#[test]
fn a_wrong_iexec_json_is_told_by_line_and_column() {
    let poco = Poco::new();
    poco.file("iexec.json", &iexec_json().replace("\"FindCircles\"", "\"FindCircles"));
    insta::assert_snapshot!("json_place", poco.says("app deploy").whole());
}

#[test]
fn what_an_iexec_json_must_not_say_is_told_by_name() {
    let poco = Poco::new();
    poco.file("iexec.json", &iexec_json().replace("XWDOCKERIMAGE=poco", "A=1,B,XWDOCKERIMAGE=poco"));
    insta::assert_snapshot!("envvars_tuple", poco.says("app deploy").whole());
    poco.file("iexec.json", &iexec_json().replace("cmdline", "cmdlin"));
    insta::assert_snapshot!("params_key", poco.says("order buy").whole());
}

#[test]
fn a_missing_iexec_json_is_told_by_its_path() {
    let said = Poco::new().says("app deploy nowhere/iexec.json");
    assert_eq!(said.code, 1);
    assert!(said.stderr.starts_with("error[P-RQ-008]: nowhere/iexec.json: "), "{}", said.stderr);
}

#[test]
fn an_unknown_key_of_the_configuration_is_told_with_its_line() {
    let poco = Poco::new();
    poco.file("poco.toml", "[worker]\nslots = 2\nmargins = \"30s\"\n");
    insta::assert_snapshot!("config_key", poco.says("solo --config poco.toml").whole());
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let poco = Poco::new();
    poco.file(
        "poco.toml",
        &format!("[chain]\nrpc-url = \"ftp://file\"\nhub = \"{HUB}\"\n[pool]\nworkerpool = \"{HUB}\"\n"),
    );
    poco.file("key", &format!("{}01", "00".repeat(31)));
    let words = "solo --config poco.toml --scheduler-key @key --worker-keys @key";
    let told = |said: Said| said.stderr.lines().next().unwrap_or_default().to_owned();
    assert!(told(poco.says(words)).contains("ftp://file"));
    assert!(
        told(said(poco.command(words).env("POCO_RPC_URL", "ftp://environment")))
            .contains("ftp://environment")
    );
    let flag = format!("{words} --rpc-url ftp://flag");
    assert!(told(said(poco.command(&flag).env("POCO_RPC_URL", "ftp://environment"))).contains("ftp://flag"));
}

#[test]
fn a_chain_json_gives_endpoint_and_hub_and_a_missing_one_is_told() {
    let poco = Poco::new();
    poco.file("iexec.json", &iexec_json());
    insta::assert_snapshot!("chain_file_gone", poco.says("app deploy --chain-file gone.json").whole());
    let entry =
        format!(r#"{{"default":"x","chains":{{"x":{{"id":"1","host":"{NOWHERE}","hub":"{HUB}"}}}}}}"#);
    let said = poco.file("chain.json", &entry).says("app deploy");
    assert_eq!(said.code, 3, "{}", said.whole());
    assert!(said.stderr.starts_with("error[P-CH-002]"), "{}", said.stderr);
}

#[test]
fn a_demo_outside_of_a_checkout_says_where_it_must_run() {
    let said = Poco::new().says("demo --json");
    assert_eq!((said.code, said.stdout.as_str()), (4, ""));
    assert!(said.stderr.contains("error[P-DM-001]"), "{}", said.stderr);
    assert!(said.stderr.contains("run it in a checkout of poco"), "{}", said.stderr);
}

/// A ledger as text: one task whose history ends in another state than its row.
const LEDGER: &str = r#"{"format":"poco-ledger","version":1,"schema":1}
{"table":"tasks","row":{"wallet":"0x0707070707070707070707070707070707070707","task":"0x1111111111111111111111111111111111111111111111111111111111111111","state":"contributed","body":"{}","finished":0,"updated_at":"2026-01-01T00:00:00.000Z"}}
{"table":"transitions","row":{"id":1,"wallet":"0x0707070707070707070707070707070707070707","task":"0x1111111111111111111111111111111111111111111111111111111111111111","state":"accepted","reason":"taken on","at":"2026-01-01T00:00:00.000Z"}}
{"rows":2}
"#;

#[test]
fn a_ledger_goes_there_and_back_and_what_is_wrong_in_it_is_told() {
    let poco = Poco::new();
    poco.file("old.jsonl", LEDGER);
    let said = poco.says("ledger import old.jsonl poco-work/worker.db");
    assert_eq!((said.code, said.stderr.as_str()), (0, "2 rows are in poco-work/worker.db\n"));
    assert_eq!(poco.says("ledger import old.jsonl poco-work/worker.db").code, 1);
    insta::assert_snapshot!("ledger_unsound", poco.says("ledger verify").whole());
    let told: serde_json::Value = serde_json::from_str(&poco.says("ledger verify --json").stdout).unwrap();
    assert_eq!(told["findings"].as_array().unwrap().len(), 2, "{told}");

    let text = poco.says("ledger export").stdout;
    assert_eq!(text.lines().count(), 4, "{text}");
    poco.file("new.jsonl", &text);
    assert_eq!(poco.says("ledger import new.jsonl other/worker.db").code, 0);
    let said = poco.says("ledger export other/worker.db --out again.jsonl");
    assert_eq!((said.code, said.stdout.as_str()), (0, ""));
    assert_eq!(std::fs::read_to_string(poco.folder.path().join("again.jsonl")).unwrap(), text);
}

#[test]
fn a_damaged_ledger_is_told_with_the_way_out() {
    let poco = Poco::new();
    std::fs::create_dir(poco.folder.path().join("poco-work")).unwrap();
    let none = poco.says("ledger verify");
    assert!(none.code == 4 && none.stderr.contains("name one"), "{}", none.whole());
    poco.file("poco-work/worker.db", "");
    insta::assert_snapshot!("ledger_damaged", poco.says("ledger verify").whole());
    assert!(poco.says("ledger export").stderr.starts_with("error[P-LE-007]"));
}

const RULES: &str = r#"[images]
deny-images = ["ghcr.io/acme/evil"]
allow-images = [
    "ghcr.io/acme/*",
    { image = "python", requester = "0x0000000000000000000000000000000000000001" },
]
require = [{ image = "ghcr.io/acme/**", proof = "digest" }]
"#;

#[test]
fn the_rule_that_decides_is_told_with_its_line() {
    let poco = Poco::new();
    poco.file("poco.toml", RULES);
    for (name, image) in [
        ("policy_denied", "ghcr.io/acme/evil:1"),
        ("policy_not_listed", "ghcr.io/acme-evil/x:1"),
        ("policy_unpinned", "ghcr.io/acme/x:1"),
        (
            "policy_allowed",
            "ghcr.io/acme/x:1 --checksum 0x0101010101010101010101010101010101010101010101010101010101010101",
        ),
        ("policy_depends", "python:3"),
        ("policy_json", "python:3 --json --requester 0x0000000000000000000000000000000000000001"),
        ("policy_no_image", "Python"),
    ] {
        insta::assert_snapshot!(
            name,
            poco.says(&format!("policy explain --config poco.toml {image}")).whole()
        );
    }
    insta::assert_snapshot!("policy_none", poco.says("policy explain x").whole());
}

#[test]
fn a_bad_rule_is_told_with_its_place() {
    for (name, rule) in [
        ("rule_lone_dot", r#"allow-images = [{ regex = 'harbor2.vantage6\.ai/x' }]"#),
        ("rule_empty", "deny-images = [{}]"),
        ("rule_unknown", r#"deny-images = [{ img = "x" }]"#),
        ("rule_no_keys", r#"require = [{ image = "x", proof = "signature" }]"#),
        ("rule_key_gone", r#"require = [{ image = "x", proof = "signature", keys = ["gone.pub"] }]"#),
    ] {
        let poco = Poco::new();
        poco.file("poco.toml", &format!("[images]\n{rule}\n"));
        insta::assert_snapshot!(name, poco.says("policy explain --config poco.toml x").whole());
    }
    let poco = Poco::new();
    insta::assert_snapshot!("rule_on_command_line", poco.says("policy explain --allow-images * x").whole());
}

#[test]
fn a_lint_tells_each_thing_with_its_place() {
    let poco = Poco::new();
    poco.file("iexec.json", &iexec_json());
    insta::assert_snapshot!("lint_notes", poco.says("lint").whole());
    assert_eq!(poco.says("lint --strict").code, 1);
    let flawed = iexec_json()
        .replace("\"price\"", "\"prise\"")
        .replace("find-circles:1.0.0", "find-circles,LANG=\\\"C\\\"")
        .replace("/iexec/scenes\"", "/iexec/scenes | tee $OUT\"");
    poco.file("flawed.json", &flawed);
    insta::assert_snapshot!("lint_flawed", poco.says("lint flawed.json").whole());
    insta::assert_snapshot!("lint_json", poco.says("lint flawed.json --json").whole());
    poco.file("bad.json", "{ \"app\": {\n  \"name\": \"\u{1b}[31m\",\n} }");
    insta::assert_snapshot!("lint_no_json", poco.says("lint bad.json").whole());
    insta::assert_snapshot!("lint_no_file", poco.says("lint gone.json").whole());
}
