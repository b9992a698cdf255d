//! What a run left, proved and packed: the vectors of `docs/digest.md`, those of the live network, and everything that a
//! hostile or careless dapp can leave.

use alloy::primitives::{B256, keccak256};
use poco::dapp::{Folder, ProofRule, WorkArea};
use poco::poco::Fault;
use poco::results::{Archive, Baseline, DigestRule, Left, Logs, Policy, Proof, ResultError, pack, prove};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

const CLASSIC: ProofRule = ProofRule::Consensus { callback: false };
const LIVE: ProofRule = ProofRule::ComputedJson { callback: false };

struct Run {
    _root: TempDir,
    area: WorkArea,
    outputs: PathBuf,
    baseline: Baseline,
    logs: Logs,
    policy: Policy,
}

impl Run {
    fn new(outputs: Folder, inputs: &[(&str, &str)]) -> Self {
        let root = TempDir::new().unwrap();
        let area = WorkArea::new(root.path());
        let folder = area.folder(outputs);
        fs::create_dir_all(&folder).unwrap();
        for (path, content) in inputs {
            put(&folder.join(path), content);
            old(&folder.join(path));
        }
        let baseline = Baseline::take(&folder).unwrap();
        Self {
            _root: root,
            area,
            outputs: folder,
            baseline,
            logs: Logs::default(),
            policy: Policy::default(),
        }
    }

    fn classic(inputs: &[(&str, &str)]) -> Self {
        Self::new(Folder::Shared, inputs)
    }

    fn live(computed: &str) -> Self {
        let run = Self::new(Folder::Out, &[]);
        run.put("computed.json", computed);
        run
    }

    fn path(&self, path: &str) -> PathBuf {
        self.outputs.join(path)
    }

    fn put(&self, path: &str, content: &str) {
        put(&self.path(path), content);
    }

    fn left(&self) -> Left<'_> {
        Left { area: &self.area, outputs: &self.outputs, baseline: &self.baseline, logs: self.logs }
    }

    fn prove(&self, rule: ProofRule) -> Result<Proof, ResultError> {
        prove(&self.left(), rule, &self.policy)
    }

    fn code(&self, rule: ProofRule) -> &'static str {
        let fault = self.prove(rule).unwrap_err();
        assert!(!fault.help().is_empty());
        assert!(!fault.to_string().contains("P-RE"), "the edge prints the code");
        fault.code()
    }

    fn pack(&self, rule: ProofRule) -> (Archive, BTreeMap<String, (u32, Vec<u8>)>) {
        let archive = pack(&self.left(), rule, &self.policy).unwrap();
        let mut zip = zip::ZipArchive::new(File::open(&archive.path).unwrap()).unwrap();
        let mut entries = BTreeMap::new();
        for at in 0..zip.len() {
            let mut entry = zip.by_index(at).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            entries.insert(entry.name().unwrap().into_owned(), (entry.unix_mode().unwrap(), bytes));
        }
        (archive, entries)
    }
}

fn put(path: &Path, content: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// Inputs are older than the run, as unpacked ones are; without it a rewrite could share the clock's tick.
fn old(path: &Path) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

fn texts(value: &Value) -> Vec<(&str, &str)> {
    let map = value.as_object().into_iter().flatten();
    map.map(|(path, text)| (path.as_str(), text.as_str().unwrap())).collect()
}

#[test]
fn the_vectors_of_the_documentation_hold() {
    let page = include_str!("../docs/digest.md");
    let block = page.split("```json").nth(1).unwrap().split("```").next().unwrap();
    let vectors: Vec<Value> = serde_json::from_str(block).unwrap();
    assert!(vectors.len() >= 4);
    for vector in vectors {
        let run = Run::classic(&texts(&vector["inputs"]));
        texts(&vector["outputs"]).into_iter().for_each(|(path, text)| run.put(path, text));
        texts(&vector["links"])
            .into_iter()
            .for_each(|(path, target)| symlink(target, run.path(path)).unwrap());
        fs::write(run.area.stdout(), vector["stdout"].as_str().unwrap_or_default()).unwrap();
        let proof = run.prove(CLASSIC).unwrap();
        assert_eq!(proof.digest.to_string(), vector["digest"].as_str().unwrap(), "{}", vector["name"]);
        assert_eq!(format!("{:?}", proof.rule), vector["rule"].as_str().unwrap());
        assert_eq!(proof.callback, None);
    }
}

#[test]
fn a_consensus_file_that_is_none_is_an_error() {
    let run = Run::classic(&[]);
    symlink("/etc/passwd", run.path("consensus.iexec")).unwrap();
    assert_eq!(run.code(CLASSIC), "P-RE-004");

    let run = Run::classic(&[("real", "x")]);
    symlink("real", run.path("consensus.iexec")).unwrap();
    assert_eq!(run.code(CLASSIC), "P-RE-004");

    let run = Run::classic(&[]);
    fs::create_dir(run.path("consensus.iexec")).unwrap();
    assert_eq!(run.code(CLASSIC), "P-RE-004");

    let run = Run::classic(&[]);
    fifo(&run.path("consensus.iexec"));
    assert_eq!(run.code(CLASSIC), "P-RE-004");

    let run = Run::classic(&[]);
    run.put("consensus.iexec", "");
    assert_eq!(run.code(CLASSIC), "P-RE-003");
}

fn fifo(path: &Path) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
}

#[test]
fn a_planted_consensus_file_counts_only_if_it_was_written_anew() {
    let planted = [("consensus.iexec", "42"), ("data", "x")];
    let run = Run::classic(&planted);
    assert_eq!(run.code(CLASSIC), "P-RE-002");
    // Neither a change of mode nor a look at it is writing.
    fs::set_permissions(run.path("consensus.iexec"), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(run.code(CLASSIC), "P-RE-002");
    // A worker that was restarted knows it still.
    let stored = serde_json::to_string(&run.baseline).unwrap();
    assert_eq!(serde_json::from_str::<Baseline>(&stored).unwrap(), run.baseline);

    run.put("consensus.iexec", "42");
    assert_eq!(run.prove(CLASSIC).unwrap().digest.0, keccak256("42"));

    let run = Run::classic(&planted);
    fs::rename(run.path("consensus.iexec"), run.path("kept")).unwrap();
    run.put("consensus.iexec", "42");
    old(&run.path("consensus.iexec"));
    assert_eq!(run.prove(CLASSIC).unwrap().rule, DigestRule::ConsensusFile);

    let run = Run::classic(&planted);
    run.put("consensus.iexec", "43");
    assert_eq!(run.prove(CLASSIC).unwrap().digest.0, keccak256("43"));
}

#[test]
fn a_callback_is_fed_by_the_consensus_file_alone() {
    let rule = ProofRule::Consensus { callback: true };
    let mut run = Run::classic(&[]);
    run.put("out", "x");
    assert_eq!(run.code(rule), "P-RE-010");
    run.put("consensus.iexec", "\u{0}bytes\n");
    let proof = run.prove(rule).unwrap();
    assert_eq!(proof.callback.as_deref(), Some(&b"\0bytes\n"[..]));
    assert_eq!(proof.digest.0, keccak256(b"\0bytes\n"));
    run.policy.max_callback_bytes = 6;
    assert_eq!(run.code(rule), "P-RE-011");
}

#[test]
fn fallbacks_have_their_own_errors() {
    let mut run = Run::classic(&[("in", "x")]);
    assert_eq!(run.code(CLASSIC), "P-RE-008");
    fs::write(run.area.stdout(), "").unwrap();
    assert_eq!(run.code(CLASSIC), "P-RE-008");
    fs::write(run.area.stdout(), "10\n").unwrap();
    assert_eq!(run.prove(CLASSIC).unwrap().rule, DigestRule::Stdout);
    run.logs.stdout_cut = true;
    assert_eq!(run.code(CLASSIC), "P-RE-009");
    run.put("out", "y");
    assert_eq!(run.prove(CLASSIC).unwrap().rule, DigestRule::AllOutputs);
    run.policy.accept_fallback = false;
    assert_eq!(run.code(CLASSIC), "P-RE-012");
    run.put("consensus.iexec", "y");
    assert_eq!(run.prove(CLASSIC).unwrap().rule, DigestRule::ConsensusFile);
}

#[test]
fn what_is_too_much_is_not_read() {
    let mut run = Run::classic(&[]);
    // A sparse file: it claims 2^42 bytes and has none.
    File::create(run.path("sparse")).unwrap().set_len(1 << 42).unwrap();
    assert_eq!(run.code(CLASSIC), "P-RE-005");
    assert_eq!(pack(&run.left(), CLASSIC, &run.policy).unwrap_err().code(), "P-RE-005");
    fs::rename(run.path("sparse"), run.path("consensus.iexec")).unwrap();
    assert_eq!(run.code(CLASSIC), "P-RE-005");
    fs::remove_file(run.path("consensus.iexec")).unwrap();
    run.policy.max_files = 3;
    (0..4).for_each(|n| run.put(&format!("{n}"), "x"));
    assert_eq!(run.code(CLASSIC), "P-RE-006");

    let run = Run::classic(&[]);
    let mut deep = run.path("d");
    (0..300).for_each(|_| deep.push("d"));
    fs::create_dir_all(deep).unwrap();
    assert_eq!(run.code(CLASSIC), "P-RE-007");
}

#[test]
fn links_and_special_files_are_never_followed() {
    let outside = TempDir::new().unwrap();
    fs::write(outside.path().join("secret"), "secret").unwrap();
    let run = Run::classic(&[]);
    symlink(outside.path(), run.path("folder")).unwrap();
    symlink("/etc/passwd", run.path("passwd")).unwrap();
    symlink("../../up", run.path("up")).unwrap();
    fifo(&run.path("pipe"));
    run.put("sub/file", "x");
    symlink("../folder", run.path("sub/inside")).unwrap();
    symlink("../..", run.path("sub/out")).unwrap();
    symlink("x/../../y", run.path("sub/tricky")).unwrap();
    assert_eq!(run.prove(CLASSIC).unwrap().rule, DigestRule::AllOutputs);
    // The digest knows where a link points to, and nothing of what is there.
    let before = run.prove(CLASSIC).unwrap();
    fs::write(outside.path().join("secret"), "other").unwrap();
    assert_eq!(run.prove(CLASSIC).unwrap(), before);

    let (archive, entries) = run.pack(CLASSIC);
    assert_eq!(entries.keys().collect::<Vec<_>>(), ["sub/", "sub/file", "sub/inside"]);
    assert_eq!(entries["sub/inside"].0 & 0o170000, 0o120000);
    assert_eq!(entries["sub/inside"].1, b"../folder");
    let left_out: Vec<_> = archive.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(left_out, ["folder", "passwd", "pipe", "sub/out", "sub/tricky", "up"]);
}

#[test]
fn the_archive_holds_what_is_new_and_the_logs() {
    let run = Run::classic(&[("in.txt", "kept"), ("dir/changed.txt", "before"), ("stdout.txt", "an input")]);
    run.put("dir/changed.txt", "after");
    run.put("new/script.sh", "#!/bin/sh");
    run.put("stderr.txt", "the dapp's own");
    fs::set_permissions(run.path("new/script.sh"), fs::Permissions::from_mode(0o4755)).unwrap();
    fs::create_dir(run.path("empty")).unwrap();
    fs::write(run.area.stdout(), "out").unwrap();
    fs::write(run.area.stderr(), "err").unwrap();
    let (archive, entries) = run.pack(CLASSIC);
    let names: Vec<_> = entries.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["dir/changed.txt", "empty/", "new/", "new/script.sh", "stderr.2.txt", "stderr.txt", "stdout.txt"]
    );
    assert_eq!(entries["stderr.txt"].1, b"the dapp's own");
    assert_eq!(entries["stderr.2.txt"].1, b"err");
    assert_eq!(entries["stdout.txt"].1, b"out");
    assert_eq!(entries["new/script.sh"].0 & 0o7777, 0o755);
    assert_eq!(archive.size_bytes, fs::metadata(&archive.path).unwrap().len());
    // Nothing of the writing is left beside it.
    let beside = fs::read_dir(run.area.root()).unwrap().map(|e| e.unwrap().file_name()).collect::<Vec<_>>();
    assert_eq!(beside.len(), 4, "{beside:?}");
    let again = run.pack(CLASSIC).0;
    assert_eq!(again.sha256, archive.sha256);
}

#[test]
fn names_of_any_bytes_are_proved_and_packed() {
    use std::os::unix::ffi::OsStrExt;
    let run = Run::classic(&[]);
    fs::write(run.area.folder(Folder::Shared).join(std::ffi::OsStr::from_bytes(b"a\xff\n")), "x").unwrap();
    let record = [
        b"a\xff\n\0f".as_slice(),
        &hex::decode("2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881").unwrap(),
    ];
    assert_eq!(run.prove(CLASSIC).unwrap().digest.0, keccak256(record.concat()));
    assert_eq!(run.pack(CLASSIC).1.into_keys().collect::<Vec<_>>(), ["a%FF%0A"]);
}

#[test]
fn the_live_networks_vectors_hold() {
    let file = |content: &str| {
        let run =
            Run::live(r#"{"deterministic-output-path":"/iexec_out/result1.txt","callback-data":null,"x":1}"#);
        run.put("result1.txt", content);
        run.prove(LIVE).unwrap()
    };
    let digest = |proof: Proof| hex::encode(proof.digest.0);
    assert_eq!(
        digest(file("hello world\n")),
        "a948904f2f0f479b8f8197694b30184b0d2ed1c1cd2a1ec0fb85d299a192a447"
    );
    assert_eq!(digest(file("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(file("").rule, DigestRule::ComputedFile);
    let folder = |files: &[(&str, &str)]| {
        let run = Run::live(r#"{"deterministic-output-path":"/iexec_out/d/"}"#);
        fs::create_dir(run.path("d")).unwrap();
        files.iter().for_each(|(name, content)| run.put(&format!("d/{name}"), content));
        digest(run.prove(LIVE).unwrap())
    };
    let abc = [("a.txt", "alpha\n"), ("b.txt", "beta\n"), ("Z.txt", "zulu\n")];
    assert_eq!(folder(&abc), "9e0d6e6f0ef4ba5c81be4b99d02886ef67e5d9f842a009bb8d197468dc577103");
    let nested = [abc.as_slice(), &[("sub/deep.txt", "not counted")]].concat();
    assert_eq!(folder(&nested), "9e0d6e6f0ef4ba5c81be4b99d02886ef67e5d9f842a009bb8d197468dc577103");
    assert_eq!(folder(&[]), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    let two = [("result1.txt", "A result"), ("result2.txt", "Another result")];
    assert_eq!(folder(&two), "cc77508549295dd5de5876a2f4f00d4c3c27a547c6403450e43ab4de191bf1bc");
    assert_eq!(digest(file("A result")), "d885f429a59e0816822fc0927be6a6af20ade2c79db49df6c6022f79cb27ac16");

    let callback = ProofRule::ComputedJson { callback: true };
    let data = format!("0x{}ff", "00".repeat(31));
    let proof = Run::live(&format!(r#"{{"callback-data":"{data}"}}"#)).prove(callback).unwrap();
    assert_eq!(
        proof.digest.to_string(),
        "0xe08ec2af2cfc251225e1968fd6ca21e4044f129bffa95bac3503be8bdb30a367"
    );
    assert_eq!(proof.callback.unwrap().len(), 32);
    assert_eq!(
        Run::live(r#"{"callback-data":"abc"}"#).prove(callback).unwrap().callback.unwrap(),
        [0xa, 0xbc]
    );
}

#[test]
fn a_computed_json_cannot_reach_out_or_lie() {
    let code = |computed: &str| {
        let run = Run::live(computed);
        run.put("ok.txt", "x");
        fs::write(run.area.root().join("secret"), "x").unwrap();
        symlink("ok.txt", run.path("link")).unwrap();
        symlink(run.area.root(), run.path("root")).unwrap();
        fs::create_dir(run.path("d")).unwrap();
        symlink("/etc/passwd", run.path("d/link")).unwrap();
        run.prove(LIVE).map_err(|fault| fault.code())
    };
    let named = |path: &str| code(&format!(r#"{{"deterministic-output-path":"{path}"}}"#));
    for path in [
        "/iexec_out/../secret",
        "/iexec_out/root/secret",
        "/iexec_out/link",
        "/iexec_out/d/link",
        "/iexec_out/d",
        "/etc/passwd",
        "/iexec_outside",
        "ok.txt",
        "/iexec_out/none",
        "/iexec_out/ok.txt/x",
        "/iexec_out/d/../ok.txt",
        "/iexec_out",
    ] {
        assert_eq!(named(path).unwrap_err(), "P-RE-015", "{path}");
    }
    assert!(named("/iexec_out//./ok.txt").is_ok());
    for text in
        ["", "{", "[]", "{}", r#"{"deterministic-output-path":""}"#, r#"{"deterministic-output-path":7}"#]
    {
        assert_eq!(code(text).unwrap_err(), "P-RE-014", "{text}");
    }
    let x = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
    let claim = |digest: &str| {
        code(&format!(r#"{{"deterministic-output-path":"/iexec_out/ok.txt","result-digest":"{digest}"}}"#))
    };
    assert!(claim(&format!("0x{x}")).is_ok());
    assert_eq!(claim(&format!("0x{}", "11".repeat(32))).unwrap_err(), "P-RE-017");
    for text in ["{}", r#"{"callback-data":""}"#, r#"{"callback-data":"0xzz"}"#] {
        assert_eq!(Run::live(text).code(ProofRule::ComputedJson { callback: true }), "P-RE-014", "{text}");
    }
    assert_eq!(Run::new(Folder::Out, &[]).code(LIVE), "P-RE-013");
    let linked = Run::new(Folder::Out, &[]);
    symlink("/etc/passwd", linked.path("computed.json")).unwrap();
    assert_eq!(linked.code(LIVE), "P-RE-014");
    let long = Run::live(r#"{"deterministic-output-path":"/iexec_out/computed.json"}"#);
    long.put("d/234567890123456789012345678.txt", "31");
    assert!(long.prove(LIVE).is_ok());
    long.put("d/2345678901234567890123456789.txt", "too long");
    assert_eq!(long.code(LIVE), "P-RE-016");
}

#[test]
fn the_live_workers_logs_lie_in_its_folder() {
    let mut run = Run::live(r#"{"deterministic-output-path":"/iexec_out/stdout.txt"}"#);
    run.put("stdout.txt", "the dapp's own");
    let sha = |text: &str| B256::new(<[u8; 32]>::from(<sha2::Sha256 as sha2::Digest>::digest(text)));
    assert_eq!(run.prove(LIVE).unwrap().digest.0, sha("the dapp's own"));
    fs::write(run.area.stdout(), "printed").unwrap();
    assert_eq!(run.prove(LIVE).unwrap().digest.0, sha("printed"));
    let entries = run.pack(LIVE).1;
    assert_eq!(entries.keys().collect::<Vec<_>>(), ["computed.json", "stdout.txt"]);
    assert_eq!(entries["stdout.txt"].1, b"printed");
    run.logs.stdout_cut = true;
    assert_eq!(run.code(LIVE), "P-RE-009");
    run.logs.stdout_cut = false;
    let whole = r#"{"deterministic-output-path":"/iexec_out"}"#;
    run.put("computed.json", whole);
    let expected = keccak256([sha(whole).0, sha("printed").0].concat());
    assert_eq!(run.prove(LIVE).unwrap().digest.0, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn only_paths_kinds_and_contents_matter(
        files in prop::collection::btree_map("[a-c](/[a-c]){0,2}\\.[xy]", "[a-z]{0,3}", 1..7),
        seed in any::<u64>(),
    ) {
        let files: Vec<_> = files.into_iter().collect();
        let mut results = Vec::new();
        for turn in 0..2u64 {
            let run = Run::classic(&[("input", "same")]);
            let mut order: Vec<_> = files.iter().enumerate().collect();
            if turn == 1 {
                order.sort_by_key(|(at, _)| keccak256((seed ^ *at as u64).to_be_bytes()));
            }
            for (at, (path, content)) in order {
                run.put(path, content);
                let path = run.path(path);
                if turn == 1 {
                    old(&path);
                    fs::set_permissions(&path, fs::Permissions::from_mode(0o600 | (seed >> at) as u32 & 0o177)).unwrap();
                    // Only root may give files away; for others this variation is left out.
                    let _ = std::os::unix::fs::chown(&path, Some(1234), Some(1234));
                }
            }
            fs::write(run.area.stdout(), format!("{turn}")).unwrap();
            results.push(run.prove(CLASSIC).unwrap());
        }
        prop_assert_eq!(&results[0], &results[1]);
    }

    #[test]
    fn any_other_content_or_name_is_another_digest(
        files in prop::collection::btree_map("[a-c]{1,3}", "[a-z]{0,3}", 1..5),
        victim in any::<prop::sample::Index>(),
        rename in any::<bool>(),
    ) {
        let run = Run::classic(&[]);
        files.iter().for_each(|(path, content)| run.put(path, content));
        let before = run.prove(CLASSIC).unwrap();
        let (path, content) = files.iter().nth(victim.index(files.len())).unwrap();
        if rename {
            fs::rename(run.path(path), run.path(&format!("{path}z"))).unwrap();
        } else {
            run.put(path, &format!("{content}z"));
        }
        prop_assert_ne!(run.prove(CLASSIC).unwrap().digest, before.digest);
    }

    #[test]
    fn a_computed_json_of_any_bytes_does_no_harm(text in "[\\PC]{0,60}", path in "[./a-z_]{0,20}") {
        let run = Run::live(&text);
        let _ = run.prove(LIVE);
        run.put("computed.json", &format!(r#"{{"deterministic-output-path":"/iexec_out{path}"}}"#));
        let _ = run.prove(LIVE);
    }
}
