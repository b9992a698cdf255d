//! The sandbox on a real engine: what a dapp can do, what it cannot, and how its run ends.

mod container_support;

use alloy::primitives::Address;
use bollard::query_parameters::{
    InspectNetworkOptions, KillContainerOptions, ListContainersOptionsBuilder, ListVolumesOptions,
    WaitContainerOptions,
};
use container_support::{IMAGE, Task, docker, image};
use futures_util::StreamExt;
use poco::container::policy::{Party, Wanted};
use poco::container::{DockerEngine, Engine, Exit, Limits, Network, Outcome, Rules};
use poco::dapp::{Folder, ImageDigest, ImageRef, Mount};
use poco::poco::{Class, Fault};
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The exit, stdout and stderr of one shell line.
async fn shell(line: &str) -> (Outcome, String, String) {
    let task = Task::new(line).await;
    let outcome = task.run().await;
    (outcome, task.stdout(), task.stderr())
}

/// Waits for a file that a dapp makes; the file system tells no events.
async fn appears(path: &Path) {
    let appearing = async {
        while !path.exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), appearing).await.expect("the dapp never started");
}

#[tokio::test]
async fn a_dapp_runs_with_its_folder_its_arguments_and_its_environment() {
    let task = Task::new(
        "echo \"$GIVEN|$FROM_IMAGE|$HOME\"; echo oops >&2; ls; echo proof > /iexec/consensus.iexec",
    )
    .await;
    let outcome = task.run().await;
    assert_eq!((outcome.exit, outcome.verdict()), (Exit::Exited(0), Ok(())));
    assert_eq!(task.stdout(), "a=b c|yes|/tmp\nhere\n", "the working directory is the image's");
    assert_eq!(task.stderr(), "oops\n");
    assert!(!outcome.stdout_truncated && !outcome.stderr_truncated);
    let proof = task.spec.area.folder(Folder::Shared).join("consensus.iexec");
    assert_eq!(std::fs::read_to_string(proof).unwrap(), "proof\n");
}

#[tokio::test]
async fn without_a_command_the_image_runs_its_own() {
    let mut task = Task::new("").await;
    task.spec.launch.command = None;
    assert_eq!(task.run().await.exit, Exit::Exited(0));
    assert_eq!(task.stdout(), "own command\n");
}

#[tokio::test]
async fn a_status_that_is_not_zero_is_a_failed_run() {
    let (outcome, ..) = shell("exit 3").await;
    assert_eq!(outcome.exit, Exit::Exited(3));
    assert_eq!(outcome.verdict().unwrap_err().code(), "P-CO-020");
}

#[tokio::test]
async fn a_program_that_is_not_there_is_not_started() {
    let mut task = Task::new("").await;
    task.spec.launch.command = Some(vec!["/no/such/program".into()]);
    let error = task.try_run(&CancellationToken::new()).await.unwrap_err();
    assert_eq!((error.code(), error.class()), ("P-CO-008", Class::GiveUp));
}

#[tokio::test]
async fn a_dapp_sees_as_many_processors_as_it_may_use() {
    let line = "grep Cpus_allowed_list /proc/self/status; \
                cat /sys/devices/system/cpu/online; cat /proc/self/cgroup";
    let (_, stdout, stderr) = shell(line).await;
    let mut lines = stdout.lines();
    let allowed = lines.next().unwrap().trim_start_matches("Cpus_allowed_list:").trim();
    allowed.parse::<u32>().unwrap_or_else(|_| panic!("more than one: {allowed}"));
    assert_eq!(lines.next(), Some("0"), "{stderr}");
    // Its own group is all that it sees of the groups of this host.
    assert!(lines.all(|line| line.ends_with(":/")), "{stdout}");
}

#[tokio::test]
async fn there_is_no_network_but_localhost_resolves() {
    let line = "ls /sys/class/net; grep -c localhost /etc/hosts; hostname; ping -c 1 -W 1 localhost 2>&1; cat /proc/net/route";
    let (_, stdout, _) = shell(line).await;
    let mut lines = stdout.lines();
    assert_eq!(lines.next(), Some("lo"));
    assert_eq!(lines.next(), Some("2"));
    assert_eq!(lines.next(), Some("poco"));
    assert!(
        stdout.contains("PING localhost (127.0.0.1)") || stdout.contains("permission denied"),
        "{stdout}"
    );
    assert_eq!(stdout.lines().filter(|line| line.starts_with("eth")).count(), 0, "{stdout}");
}

/// Nothing is sent: what is looked at is what there is to send by.
#[tokio::test]
async fn a_network_is_there_for_those_whom_the_operator_names() {
    // Where the kernel allows no bridge the engine runs without one, and nobody can open it.
    if docker().await.inspect_network("bridge", None::<InspectNetworkOptions>).await.is_err() {
        return;
    }
    let (named, other) = (Address::repeat_byte(1), Address::repeat_byte(2));
    let rules = Rules { network: Network::Bridge, network_apps: vec![named], ..Rules::default() };
    for (app, interfaces) in [(named, "eth0\nlo\n"), (other, "lo\n")] {
        let mut task = Task::new("ls /sys/class/net").await;
        task.engine = DockerEngine::connect_with(rules.clone()).await.unwrap();
        task.spec.app = Party::Is(app);
        assert_eq!(task.run().await.exit, Exit::Exited(0));
        assert_eq!(task.stdout(), interfaces, "{app}");
    }
}

#[tokio::test]
async fn only_the_folder_and_tmp_are_writable() {
    let line = "touch /x /work/x /etc/x /data/of-the-image /etc/hosts; cat /data/of-the-image; \
                touch /tmp/x /iexec/x && echo yes; cat > /tmp/run <<END\n#!/bin/sh\necho ran\nEND\nsh /tmp/run";
    let (outcome, stdout, stderr) = shell(line).await;
    assert_eq!(outcome.exit, Exit::Exited(0), "{stderr}");
    assert_eq!(stdout, "contentyes\nran\n", "{stderr}");
    for path in ["/x:", "/work/x:", "/etc/x:", "/data/of-the-image:", "/etc/hosts:"] {
        let refused = stderr.lines().any(|line| {
            line.contains(path) && (line.contains("Read-only") || line.contains("Permission denied"))
        });
        assert!(refused, "{path} in {stderr}");
    }
}

#[tokio::test]
async fn a_read_only_folder_is_read_only() {
    let mut task = Task::new("cat /iexec_in/given; touch /iexec_in/x").await;
    task.spec.launch.mounts.push(Mount { folder: Folder::In, target: "/iexec_in", writable: false });
    std::fs::create_dir_all(task.spec.area.folder(Folder::In)).unwrap();
    std::fs::write(task.spec.area.folder(Folder::In).join("given"), "input\n").unwrap();
    assert_ne!(task.run().await.exit, Exit::Exited(0));
    assert_eq!(task.stdout(), "input\n");
    assert!(task.stderr().contains("Read-only"), "{}", task.stderr());
}

#[tokio::test]
async fn tmp_has_a_size() {
    let (outcome, _, stderr) = shell("dd if=/dev/zero of=/tmp/big bs=1M count=9").await;
    assert_ne!(outcome.exit, Exit::Exited(0));
    assert!(stderr.contains("No space left"), "{stderr}");
}

#[tokio::test]
async fn processes_are_nobody_and_have_no_capabilities() {
    let line = "id -u; id -g; grep -E 'Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp:' /proc/self/status";
    let task = Task::new(line).await;
    assert_eq!(task.run().await.exit, Exit::Exited(0));
    let stdout = task.stdout();
    let mut lines = stdout.lines();
    assert_eq!(lines.next().unwrap(), task.spec.user.uid.to_string());
    assert_eq!(lines.next().unwrap(), task.spec.user.gid.to_string());
    assert_ne!(task.spec.user.uid, 0);
    for line in lines {
        let (name, value) = line.split_once(":\t").unwrap();
        match name {
            "NoNewPrivs" => assert_eq!(value, "1"),
            "Seccomp" => assert_eq!(value, "2"),
            _ => assert_eq!(value, "0000000000000000", "{name}"),
        }
    }
    assert_eq!(stdout.lines().count(), 9, "{stdout}");
}

#[tokio::test]
async fn processes_have_a_limit() {
    let mut task = Task::new("for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 5 & done; echo all").await;
    task.spec.limits.pids = 8;
    task.run().await;
    assert_eq!(task.stdout(), "");
    assert!(task.stderr().contains("can't fork"), "{}", task.stderr());
}

#[tokio::test]
async fn memory_has_a_limit() {
    let mut task = Task::new("exec dd if=/dev/zero of=/dev/null bs=256M count=1").await;
    task.spec.limits = Limits { memory_bytes: 16 << 20, ..task.spec.limits.clone() };
    let outcome = task.run().await;
    assert_eq!(outcome.exit, Exit::OutOfMemory, "{}", task.stderr());
    assert_eq!(outcome.verdict().unwrap_err().code(), "P-CO-022");
}

#[tokio::test]
async fn time_has_a_limit() {
    let mut task = Task::new("echo before; sleep 600").await;
    task.spec.limits.wall_clock = Duration::from_secs(1);
    let outcome = task.run().await;
    assert_eq!(outcome.exit, Exit::TimedOut);
    assert_eq!(outcome.verdict().unwrap_err().code(), "P-CO-021");
    assert!(outcome.duration >= Duration::from_secs(1) && outcome.duration < Duration::from_secs(30));
    assert_eq!(task.stdout(), "before\n", "what was printed is kept");
}

#[tokio::test]
async fn what_is_printed_is_capped_and_the_dapp_does_not_stall() {
    let mut task = Task::new("yes | head -c 3000000; echo short >&2; echo done > /iexec/done").await;
    task.spec.limits.log_bytes = 1000;
    let outcome = task.run().await;
    assert_eq!(outcome.exit, Exit::Exited(0));
    assert!(outcome.stdout_truncated && !outcome.stderr_truncated);
    assert_eq!(task.stdout(), "y\n".repeat(500));
    assert_eq!(task.stderr(), "short\n");
    assert!(task.spec.area.folder(Folder::Shared).join("done").exists());
}

#[tokio::test]
async fn what_is_written_has_a_limit_while_it_runs_and_at_its_end() {
    for line in [
        "dd if=/dev/zero of=/iexec/big bs=1M count=2; sleep 600",
        "dd if=/dev/zero of=/iexec/big bs=1M count=2",
    ] {
        let mut task = Task::new(line).await;
        task.spec.limits.output_bytes = 1 << 20;
        let outcome = task.run().await;
        assert_eq!(outcome.exit, Exit::OutputTooLarge, "{line}");
        assert_eq!(outcome.verdict().unwrap_err().code(), "P-CO-023");
    }
}

#[tokio::test]
async fn inputs_do_not_count_as_output() {
    let mut task = Task::new("true").await;
    let folder = task.spec.area.folder(Folder::Shared);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("input"), vec![0; 2 << 20]).unwrap();
    task.spec.limits.output_bytes = 1 << 20;
    assert_eq!(task.run().await.exit, Exit::Exited(0));
}

#[tokio::test]
async fn a_run_can_be_called_off_and_leaves_no_container() {
    let task = Task::new("touch /iexec/started; sleep 600").await;
    let cancel = CancellationToken::new();
    let running = task.try_run(&cancel);
    let started = task.spec.area.folder(Folder::Shared).join("started");
    let (done, ()) = tokio::join!(running, async {
        appears(&started).await;
        cancel.cancel();
    });
    let outcome = done.unwrap();
    assert_eq!(outcome.exit, Exit::Cancelled);
    assert_eq!(outcome.verdict().unwrap_err().code(), "P-CO-024");
}

#[tokio::test]
async fn what_a_dead_worker_left_is_swept_by_its_labels() {
    let mut task = Task::new("touch /iexec/started; sleep 600").await;
    task.spec.labels.worker = format!("dead-{}", task.spec.labels.task);
    let started = task.spec.area.folder(Folder::Shared).join("started");
    let cancel = CancellationToken::new();
    // The run is dropped in its middle, as by a crash.
    tokio::select! {
        _ = task.engine.run(&task.spec, &cancel) => panic!("the run ended"),
        () = appears(&started) => {}
    }
    assert_eq!(task.containers().await, 1);
    let worker = &task.spec.labels.worker;
    assert_eq!(task.engine.sweep(worker, Some("another task")).await.unwrap(), 0);
    assert_eq!(task.engine.sweep(worker, Some(&task.spec.labels.task)).await.unwrap(), 1);
    assert_eq!((task.containers().await, task.engine.sweep(worker, None).await.unwrap()), (0, 0));
}

/// Runs until the dapp has made `started`, and then drops the run, as by a crash.
async fn dropped_in_its_middle(task: &Task) {
    let started = task.spec.area.folder(Folder::Shared).join("started");
    let cancel = CancellationToken::new();
    tokio::select! {
        _ = task.engine.run(&task.spec, &cancel) => panic!("the run ended"),
        () = appears(&started) => {}
    }
    assert_eq!(task.containers().await, 1);
}

#[tokio::test]
async fn a_run_that_was_dropped_is_taken_up_where_it_is() {
    let line = "echo first; echo once >> /iexec/runs; touch /iexec/started; \
                while [ ! -e /iexec/go ]; do sleep 0.1; done; echo last; echo oops >&2";
    let task = Task::new(line).await;
    dropped_in_its_middle(&task).await;
    let tasks = task.engine.tasks(&task.spec.labels.worker).await.unwrap();
    assert!(tasks.contains(&task.spec.labels.task));
    std::fs::write(task.spec.area.folder(Folder::Shared).join("go"), "").unwrap();
    let outcome = task.run().await;
    assert_eq!(outcome.exit, Exit::Exited(0));
    assert!(!outcome.stdout_truncated && !outcome.stderr_truncated);
    assert_eq!((task.stdout().as_str(), task.stderr().as_str()), ("first\nlast\n", "oops\n"));
    let runs = std::fs::read_to_string(task.spec.area.folder(Folder::Shared).join("runs")).unwrap();
    assert_eq!(runs, "once\n", "it ran once");
    // Told again, not run again.
    assert_eq!(task.run().await, outcome);
}

#[tokio::test]
async fn a_run_that_ended_unseen_is_not_run_again() {
    let mut task = Task::new("touch /iexec/started; echo said; sleep 1; exit 3").await;
    dropped_in_its_middle(&task).await;
    wait_for_its_end(&task).await;
    assert_eq!(task.run().await.exit, Exit::Exited(3));
    assert_eq!(task.stdout(), "said\n");

    task = Task::new("touch /iexec/started; sleep 2").await;
    dropped_in_its_middle(&task).await;
    wait_for_its_end(&task).await;
    task.spec.limits.wall_clock = Duration::from_secs(1);
    assert_eq!(task.run().await.exit, Exit::TimedOut, "what took too long is too late whoever watched");
}

#[tokio::test]
async fn a_container_that_is_gone_or_was_killed_by_its_engine_is_not_taken_for_an_end() {
    let task = Task::new("touch /iexec/started; sleep 600").await;
    dropped_in_its_middle(&task).await;
    let id = container_of(&task).await;
    docker().await.kill_container(&id, None::<KillContainerOptions>).await.unwrap();
    let error = task.try_run(&CancellationToken::new()).await.unwrap_err();
    assert_eq!((error.code(), error.class()), ("P-CO-012", Class::Retry));

    let task = Task::new("touch /iexec/started; sleep 600").await;
    dropped_in_its_middle(&task).await;
    task.engine.sweep(&task.spec.labels.worker, Some(&task.spec.labels.task)).await.unwrap();
    let error = task.try_run(&CancellationToken::new()).await.unwrap_err();
    assert_eq!(error.code(), "P-CO-012");
}

#[tokio::test]
async fn the_copy_of_a_flood_is_not_taken_for_the_whole_of_it() {
    let line = "touch /iexec/started; while [ ! -e /iexec/go ]; do sleep 0.1; done; yes | head -c 400000";
    let mut task = Task::new(line).await;
    task.spec.limits.log_bytes = 500_000;
    dropped_in_its_middle(&task).await;
    std::fs::write(task.spec.area.folder(Folder::Shared).join("go"), "").unwrap();
    let outcome = task.run().await;
    // Short lines take more room in the copy of most engines than it has.
    let kept = task.stdout().len();
    assert!(outcome.stdout_truncated || kept == 400_000, "{kept} bytes were taken for all");
}

async fn container_of(task: &Task) -> String {
    let label = format!("{}={}", poco::container::LABEL_TASK, task.spec.labels.task);
    let filters = std::collections::HashMap::from([("label", vec![label])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    docker().await.list_containers(Some(options)).await.unwrap().remove(0).id.unwrap()
}

async fn wait_for_its_end(task: &Task) {
    let id = container_of(task).await;
    let docker = docker().await;
    let _ = docker.wait_container(&id, None::<WaitContainerOptions>).collect::<Vec<_>>().await;
}

#[tokio::test]
async fn no_volume_outlives_its_container() {
    let count = || async {
        let all = docker()
            .await
            .list_volumes(None::<ListVolumesOptions>)
            .await
            .unwrap()
            .volumes
            .unwrap_or_default();
        all.into_iter().map(|volume| volume.name).collect::<std::collections::HashSet<_>>()
    };
    let mut task = Task::new("touch /iexec/started; sleep 600").await;
    task.spec.labels.worker = format!("volume-{}", task.spec.labels.task);
    let started = task.spec.area.folder(Folder::Shared).join("started");
    let cancel = CancellationToken::new();
    tokio::select! {
        _ = task.engine.run(&task.spec, &cancel) => panic!("the run ended"),
        () = appears(&started) => {}
    }
    let label = format!("{}={}", poco::container::LABEL_TASK, task.spec.labels.task);
    let filters = std::collections::HashMap::from([("label", vec![label])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    let found = docker().await.list_containers(Some(options)).await.unwrap().remove(0);
    let volume = found.mounts.unwrap().into_iter().find_map(|mount| mount.name).unwrap();
    assert!(count().await.contains(&volume));
    task.engine.sweep(&task.spec.labels.worker, None).await.unwrap();
    assert!(!count().await.contains(&volume));
}

#[tokio::test]
async fn an_image_that_is_here_answers_for_its_id_and_for_nothing_else() {
    let here = image().await;
    let engine = DockerEngine::connect().await.unwrap();
    let wanted = Wanted::new(ImageRef::new(IMAGE));
    assert_eq!(here.config.command, ["sh", "-c", "echo own command"]);
    assert_eq!(here.volumes, ["/data"]);
    let id = here.digests.last().copied().unwrap();
    assert_eq!(id.to_string(), here.id);
    assert_eq!(engine.image(&wanted.clone().checked(id)).await.unwrap(), here);
    let other = ImageDigest([7; 32]);
    let error = engine.image(&wanted.checked(other)).await.unwrap_err();
    assert_eq!((error.code(), error.class()), ("P-CO-007", Class::GiveUp));
}

#[tokio::test]
async fn a_registry_that_cannot_be_reached_is_told_from_an_image_that_is_not_there() {
    let engine = DockerEngine::connect().await.unwrap();
    let away = engine.image(&Wanted::new(ImageRef::new("127.0.0.1:1/poco/none:1"))).await.unwrap_err();
    assert_eq!((away.code(), away.class()), ("P-CO-004", Class::Retry));

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let registry = listener.local_addr().unwrap();
    let app = axum::Router::new()
        .route(
            "/v2/",
            axum::routing::get(|| async { ([("docker-distribution-api-version", "registry/2.0")], "{}") }),
        )
        .fallback(|| async {
            let unknown =
                serde_json::json!({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown", "detail": {"Tag": "1"}}]});
            (axum::http::StatusCode::NOT_FOUND, axum::Json(unknown))
        });
    tokio::spawn(async move { axum::serve(listener, app).await });
    let missing =
        engine.image(&Wanted::new(ImageRef::new(format!("{registry}/poco/none:1")))).await.unwrap_err();
    assert_eq!((missing.code(), missing.class()), ("P-CO-003", Class::GiveUp));

    let bad = engine.image(&Wanted::new(ImageRef::new("../containers"))).await.unwrap_err();
    assert_eq!(bad.code(), "P-CO-002");
}

#[tokio::test]
async fn the_engine_says_who_it_is() {
    let version = DockerEngine::connect().await.unwrap().version().await.unwrap();
    assert!(!version.engine.is_empty() && !version.api.is_empty());
}
