//! Runs the probe as a dapp is run, and makes findings of what it tried and how it ended.

use super::{Deed, Finding, Tried, Verdict};
use crate::container::policy::Party;
use crate::container::{
    Bend, ContainerError, Cores, DockerEngine, Engine, Exit, Facts, Image, Labels, Limits, Network, Rules,
    RunSpec, SandboxUser, clear_area, program,
};
use crate::dapp::{Folder, Launch, Mount, ProofRule, RunAs, WorkArea};
use clap::ValueEnum;
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const IN: &str = "/iexec_in";
/// Time for a probe that ends by itself, and for one that never does.
const PATIENCE: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_secs(2);

/// Tries the sandbox on an engine. `folder` is an existing one that the engine can mount from.
///
/// # Errors
/// What keeps a container from running at all.
pub async fn inspect(engine: &DockerEngine, folder: &Path) -> Result<Vec<Finding>, ContainerError> {
    let image = engine.empty_image().await?;
    let found = with_image(engine, folder, &image).await;
    // A second doctor may be using it; it is made anew by whoever needs it.
    engine.remove_image(&image).await;
    found
}

async fn with_image(
    engine: &DockerEngine,
    folder: &Path,
    image: &Image,
) -> Result<Vec<Finding>, ContainerError> {
    let (tries, memory, disk, time) = tokio::try_join!(
        run(engine, folder, image, Deed::Try),
        run(engine, folder, image, Deed::Memory),
        run(engine, folder, image, Deed::Disk),
        run(engine, folder, image, Deed::Time),
    )?;
    let mut findings = read(&tries, engine.facts(), engine.rules());
    let ends = [
        ("memory", Exit::OutOfMemory, memory, "turn on the kernel's memory control group"),
        ("output", Exit::OutputTooLarge, disk, "let the worker look into its own work folder"),
        ("time", Exit::TimedOut, time, "look into the engine's own log"),
    ];
    findings.extend(ends.map(|(rule, wanted, ended, mend)| {
        Finding::held(rule, ended.exit == wanted, told(ended.exit), mend)
    }));
    Ok(findings)
}

/// How one probe ended and what it printed.
struct Ended {
    exit: Exit,
    stdout: String,
    stderr: String,
}

async fn run(
    engine: &DockerEngine,
    folder: &Path,
    image: &Image,
    deed: Deed,
) -> Result<Ended, ContainerError> {
    let disk = |source| ContainerError::Disk { path: folder.to_path_buf(), source };
    let place = tempfile::Builder::new().prefix("poco-doctor-").tempdir_in(folder).map_err(disk)?;
    let area = WorkArea::new(place.path().join("probe"));
    let inputs = area.folder(Folder::In);
    let copying = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&inputs)?;
        program::copy_to(&inputs, IN)
    });
    let copied = copying.await.map_err(|panic| disk(std::io::Error::other(panic)))?;
    let mut command = copied.map_err(disk)?;
    let word = deed.to_possible_value().map(|value| value.get_name().to_owned());
    command.extend(["probe".to_owned(), word.unwrap_or_default()]);
    let name = place.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
    let spec = RunSpec {
        labels: Labels { task: name, worker: "poco-doctor".into() },
        app: Party::Nobody,
        image: image.clone(),
        launch: Launch {
            mounts: vec![
                Mount { folder: Folder::Shared, target: "/iexec", writable: true },
                Mount { folder: Folder::In, target: IN, writable: false },
            ],
            env: Vec::new(),
            command: Some(command),
            user: RunAs::Worker,
            outputs: Folder::Shared,
            proof: ProofRule::Consensus { callback: false },
        },
        area,
        user: SandboxUser::of_this_host(),
        limits: Limits {
            memory_bytes: 256 << 20,
            output_bytes: 4 << 20,
            tmp_bytes: 32 << 20,
            pids: 64,
            cpus: 1.0,
            wall_clock: if deed == Deed::Time { SHORT } else { PATIENCE },
            ..Limits::default()
        },
        measured: false,
        bend: Bend::default(),
    };
    let outcome = engine.run(&spec, &CancellationToken::new()).await;
    let text = |path| std::fs::read_to_string(path).unwrap_or_default();
    let (stdout, stderr) = (text(spec.area.stdout()), text(spec.area.stderr()));
    clear_area(&spec.area)?;
    Ok(Ended { exit: outcome?.exit, stdout, stderr })
}

fn told(exit: Exit) -> String {
    match exit {
        Exit::Exited(status) => format!("the probe ended by itself, with status {status}"),
        Exit::OutOfMemory => "the probe was ended for its memory".into(),
        Exit::OutputTooLarge => "the probe was ended for what it wrote".into(),
        Exit::TimedOut => "the probe was ended when its time was up".into(),
        Exit::Cancelled => "the probe was called off".into(),
    }
}

/// What the probe told, line by line; a probe that told nothing found nothing out.
fn read(ended: &Ended, facts: &Facts, rules: &Rules) -> Vec<Finding> {
    let tries = ended.stdout.lines().filter_map(|line| serde_json::from_str::<Tried>(line).ok());
    let findings: Vec<Finding> = tries.map(|tried| judge(tried, facts, rules)).collect();
    if findings.is_empty() {
        let found = format!("{}: {}", told(ended.exit), ended.stderr.trim());
        return vec![Finding::new(
            "probe",
            Verdict::Unknown,
            found,
            "run `poco probe try` to see what keeps it from running",
        )];
    }
    findings
}

fn judge(tried: Tried, facts: &Facts, rules: &Rules) -> Finding {
    let own_kernel = !facts.shares_kernel(rules);
    let unsure = match tried.rule.as_str() {
        "system-calls" | "processors" | "processes" | "no-capabilities" | "no-new-privileges"
        | "no-devices" => own_kernel,
        _ => false,
    };
    if tried.rule == "processors" && rules.cores == Cores::All {
        return Finding::new("processors", Verdict::Pass, format!("{}, as `cores` says", tried.found), "");
    }
    if tried.rule == "no-network" && rules.network_of(Party::Nobody) == Network::Bridge {
        return Finding::new("no-network", Verdict::Pass, format!("{}, as `network` says", tried.found), "");
    }
    let verdict = match tried.held {
        true => Verdict::Pass,
        false if unsure => Verdict::Unknown,
        false => Verdict::Fail,
    };
    Finding::new(&tried.rule, verdict, tried.found, mend(&tried.rule))
}

fn mend(rule: &str) -> &'static str {
    match rule {
        "system-calls" => "let the engine filter system calls (Docker: no `seccomp-profile: unconfined`)",
        "processors" => {
            "turn on the kernel's cpuset control group; under another kernel, as gVisor's, it cannot be told"
        }
        "processes" => "turn on the kernel's pids control group",
        "own-groups" => "use a kernel with namespaces of control groups, and an engine that knows them",
        "no-devices" => "take devices out of the engine's defaults",
        _ => {
            "do not run strangers' images with this engine; look for what its configuration adds to containers"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(rule: &str, held: bool) -> Tried {
        Tried { rule: rule.into(), held, found: "x".into() }
    }

    #[test]
    fn a_rule_that_broke_fails_and_another_kernels_word_counts_for_nothing() {
        let facts = Facts { default_runtime: "runc".into(), ..Facts::default() };
        let verdict = |tried: Tried, rules: &Rules| judge(tried, &facts, rules).verdict;
        let (plain, gvisor) = (Rules::default(), Rules { runtime: Some("runsc".into()), ..Rules::default() });
        assert_eq!(verdict(tried("no-network", true), &plain), Verdict::Pass);
        assert_eq!(verdict(tried("no-network", false), &gvisor), Verdict::Fail);
        assert_eq!(verdict(tried("system-calls", false), &plain), Verdict::Fail);
        assert_eq!(verdict(tried("system-calls", false), &gvisor), Verdict::Unknown);
        let all = Rules { cores: Cores::All, ..Rules::default() };
        assert_eq!(verdict(tried("processors", false), &all), Verdict::Pass);
    }

    #[test]
    fn a_probe_that_told_nothing_is_no_good_news() {
        let ended =
            Ended { exit: Exit::Exited(127), stdout: "not a finding".into(), stderr: "no such file".into() };
        let found = read(&ended, &Facts::default(), &Rules::default());
        assert_eq!((found.len(), found[0].verdict), (1, Verdict::Unknown));
        assert!(found[0].found.contains("no such file"));
    }
}
