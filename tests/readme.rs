//! What the README and the pages of `docs/` name is there: commands, flags, settings, targets, files, codes.

use poco::poco::ResultDigest;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

const PAGES: [&str; 9] = [
    "README.md",
    "CHANGELOG.md",
    "docs/SUMMARY.md",
    "docs/architecture.md",
    "docs/check.md",
    "docs/dapp.md",
    "docs/digest.md",
    "docs/operate.md",
    "docs/pool-api.md",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn help(command: &str) -> String {
    let mut poco = Command::new(env!("CARGO_BIN_EXE_poco"));
    let output = poco.args(command.split_whitespace()).arg("--help").output().unwrap();
    assert!(output.status.success(), "there is no `poco {command}`");
    String::from_utf8(output.stdout).unwrap()
}

/// The subcommands that a help names.
fn subcommands(help: &str) -> Vec<String> {
    let commands =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let words = commands.filter_map(|line| line.split_whitespace().next());
    words.filter(|word| *word != "help").map(ToOwned::to_owned).collect()
}

/// Every command with its help.
fn commands() -> BTreeMap<String, String> {
    let mut all = BTreeMap::from([(String::new(), help(""))]);
    for command in subcommands(&all[""]) {
        let text = help(&command);
        for below in subcommands(&text) {
            let whole = format!("{command} {below}");
            all.insert(whole.clone(), help(&whole));
        }
        all.insert(command, text);
    }
    all
}

/// What stands in a page as code: indented or fenced lines, and what is between backticks.
fn code_of(page: &str) -> Vec<String> {
    let mut code = Vec::new();
    let mut fenced = false;
    for line in page.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if fenced || line.starts_with("    ") {
            code.push(line.trim().to_owned());
        } else {
            code.extend(line.split('`').skip(1).step_by(2).map(ToOwned::to_owned));
        }
    }
    code
}

/// The commands of ours in a piece of code: what follows the word `poco` up to a shell's separator.
fn calls(code: &str) -> Vec<Vec<String>> {
    let code = code.split(" #").next().unwrap();
    let parts = code.split(['|', ';', '&', '(', ')']);
    parts
        .filter_map(|part| {
            let words: Vec<String> = part.split_whitespace().map(ToOwned::to_owned).collect();
            let (first, rest) = words.split_first()?;
            let command = rest.first()?.starts_with(|c: char| c.is_ascii_lowercase() || c == '-');
            (first == "poco" && command).then(|| rest.to_vec())
        })
        .collect()
}

#[test]
fn the_commands_that_the_pages_name_exist_with_their_flags() {
    let commands = commands();
    let mut seen = BTreeSet::new();
    for page in PAGES {
        for call in code_of(&read(page)).iter().flat_map(|code| calls(code)) {
            let plain: Vec<&str> =
                call.iter().map(String::as_str).take_while(|word| !word.starts_with('-')).collect();
            let two = plain.iter().take(2).copied().collect::<Vec<_>>().join(" ");
            let one = plain.first().copied().unwrap_or_default();
            let name = if commands.contains_key(&two) { two } else { one.to_owned() };
            let help =
                commands.get(&name).unwrap_or_else(|| panic!("{page} names `poco {}`", call.join(" ")));
            for flag in call.iter().filter(|word| word.starts_with("--")) {
                let known = help.lines().any(|line| line.split_whitespace().any(|word| word == flag));
                assert!(known, "{page}: `poco {name}` has no {flag}");
            }
            seen.insert(name);
        }
    }
    let all: BTreeSet<String> =
        commands.into_keys().filter(|name| subcommands(&help(name)).is_empty()).collect();
    let unnamed: Vec<_> = all.difference(&seen).collect();
    assert!(unnamed.is_empty(), "no page names {unnamed:?}");
}

#[test]
fn the_variables_that_the_pages_name_are_read() {
    let helps: String = commands().into_values().collect();
    let keys = read("src/config/secret.rs");
    for page in PAGES {
        let text = read(page);
        for (at, _) in text.match_indices("POCO_") {
            let name: String =
                text[at..].chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect();
            let known = helps.contains(&format!("[env: {name}")) || keys.contains(&format!("\"{name}\""));
            assert!(known || name == "POCO_", "{page} names {name}, which nothing reads");
        }
    }
}

#[test]
fn the_targets_that_the_pages_name_can_be_made() {
    let makefile = read("Makefile");
    let mut named = BTreeSet::new();
    for page in PAGES.iter().chain(&["docs/errors.md"]) {
        for code in code_of(&read(page)) {
            let target = code.strip_prefix("make ").and_then(|rest| rest.split_whitespace().next());
            if let Some(target) = target {
                assert!(
                    makefile.lines().any(|line| line.starts_with(&format!("{target}:"))),
                    "{page}: make {target}"
                );
                named.insert(target.to_owned());
            }
        }
    }
    assert!(named.contains("demo") && named.contains("test"), "{named:?}");
}

#[test]
fn the_links_of_the_pages_lead_somewhere() {
    for page in PAGES.iter().chain(&["docs/errors.md"]) {
        let text = read(page).replace('\n', " ");
        let folder = root().join(page).parent().map(PathBuf::from).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if !link.contains("://") {
                assert!(folder.join(link.split('#').next().unwrap()).exists(), "{page} links to {link}");
            }
        }
    }
}

#[test]
fn the_readme_shows_the_iexec_json_of_the_repository_and_its_digest() {
    let readme = read("README.md");
    let shown = readme.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(shown, read("iexec.json"));
    let proof = std::fs::read(root().join("fixtures/find-circles/expected/consensus.iexec")).unwrap();
    let digest = ResultDigest(alloy::primitives::keccak256(proof));
    assert!(readme.contains(&format!("digest   {digest}")), "the digest is {digest}");
}

/// The rows of the table whose head is `| exit code | meaning |` or `| code | meaning |`.
fn exit_codes(text: &str) -> Vec<(String, String)> {
    let rows = text.lines().map(|line| line.trim_start_matches("//! "));
    let after = rows.skip_while(|line| !line.ends_with("code | meaning |")).skip(2);
    after
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let mut cells = line.split('|').map(str::trim).skip(1);
            let code = cells.next().unwrap().to_owned();
            (code, cells.next().unwrap().trim_end_matches("; try again").to_owned())
        })
        .collect()
}

#[test]
fn the_exit_codes_are_told_alike_everywhere() {
    let program = exit_codes(&read("src/cli/mod.rs"));
    assert_eq!(program.len(), 6);
    assert_eq!(exit_codes(&read("README.md")), program);
    assert_eq!(exit_codes(&read("docs/errors.md")), program);
}

#[test]
fn the_pools_calls_are_told_as_its_own_module_tells_them() {
    let api = read("src/pool/api.rs");
    let calls: Vec<&str> = api
        .lines()
        .filter_map(|line| line.strip_prefix("//! "))
        .filter(|line| line.starts_with("| `"))
        .collect();
    assert!(calls.len() > 5);
    let page = read("docs/pool-api.md");
    for call in calls {
        assert!(page.contains(call), "docs/pool-api.md lacks {call}");
    }
    for route in api.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        let told = route.replace("{file}", "{task}.zip");
        assert!(page.contains(&format!(" {told}")), "docs/pool-api.md lacks {route}");
    }
}

#[test]
fn the_example_for_developers_is_an_iexec_json() {
    let page = read("docs/dapp.md");
    let blocks: Vec<&str> =
        page.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 1);
    for text in blocks {
        let file = poco::dapp::IexecJson::parse(text).unwrap();
        assert_eq!(file.app().unwrap().multiaddr(), "jrottenberg/ffmpeg:scratch");
        assert!(file.order().unwrap().params.contains("cmdline"));
    }
}

/// What of a table's row stands behind its first cell.
fn row<'a>(page: &'a str, name: &str) -> &'a str {
    let start = format!("| {name} |");
    page.lines()
        .find_map(|line| line.strip_prefix(start.as_str()))
        .unwrap_or_else(|| panic!("no row `{name}`"))
}

fn has(text: &str, parts: &[String]) {
    for part in parts {
        assert!(text.contains(part.as_str()), "`{part}` is not in `{text}`");
    }
}

#[test]
fn the_limits_that_the_pages_tell_are_the_programs() {
    let gib = |bytes: u64| format!("{} GiB", bytes >> 30);
    let mib = |bytes: u64| format!("{} MiB", bytes >> 20);
    let (operate, dapp) = (read("docs/operate.md"), read("docs/dapp.md"));

    let inputs = poco::inputs::Limits::default();
    let (idle, whole) = (inputs.idle_timeout.as_secs(), inputs.total_timeout.as_secs() / 60);
    let tries = [format!("{} tries", inputs.attempts), format!("{} redirects", inputs.redirects)];
    has(
        row(&operate, "one input"),
        &[gib(inputs.max_file_bytes), format!("{idle} s of"), format!("{whole} minutes")],
    );
    has(row(&operate, "one input"), &tries);
    has(
        row(&operate, "all inputs of a task"),
        &[format!("{} of them", inputs.max_inputs), gib(inputs.max_total_bytes)],
    );
    let zip =
        [gib(inputs.max_unpacked_bytes), format!("{} times", inputs.max_ratio), mib(inputs.ratio_free_bytes)];
    has(row(&operate, "a zip or tar"), &zip);
    assert_eq!(inputs.max_entries, 100_000);
    has(row(&operate, "a zip or tar"), &["100 000 entries".into()]);

    let policy = poco::results::Policy::default();
    assert_eq!(policy.max_files, 100_000);
    has(row(&operate, "what a dapp leaves"), &["100 000 files".into(), gib(policy.max_bytes)]);
    has(row(&operate, "callback data"), &[format!("{} KiB", policy.max_callback_bytes >> 10)]);

    let container = poco::container::Limits::default();
    has(row(&operate, "a container's `/tmp`"), &[mib(container.tmp_bytes)]);
    has(row(&dapp, "writable"), &[gib(container.output_bytes), mib(container.tmp_bytes)]);
    has(row(&dapp, "memory"), &[gib(container.memory_bytes)]);
    has(row(&dapp, "processors"), &[format!("a share of {}", container.cpus)]);
    has(row(&dapp, "processes and threads"), &[container.pids.to_string()]);
    has(row(&dapp, "stdout, stderr"), &[mib(container.log_bytes)]);
    has(row(&dapp, "host name"), &[format!("`{}`", poco::container::HOSTNAME)]);
}
