//! A worker that is not root is the dapp's user itself: what the dapp closes is closed to the worker too. The tests of
//! outputs and disk run once more as such a worker, in a process of their own.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

const USER: &str = "61234";

#[test]
fn a_worker_that_is_not_root_reads_and_removes_what_its_dapp_closed() {
    let socket = Path::new("/var/run/docker.sock");
    if !rustix::process::geteuid().is_root() || std::env::var_os("DOCKER_HOST").is_some() {
        return;
    }
    let group = std::fs::metadata(socket).unwrap().gid().to_string();
    let home = tempfile::tempdir().unwrap();
    std::os::unix::fs::chown(home.path(), Some(USER.parse().unwrap()), None).unwrap();
    // The folder of the build may be closed to others.
    let program = home.path().join("tests");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let done = Command::new("setpriv")
        .args(["--reuid", USER, "--regid", &group, "--clear-groups"])
        .arg(&program)
        .args(["no_ordinary_file", "every_place", "--test-threads", "1"])
        .env("TMPDIR", home.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success() && told.contains("2 passed"),
        "{told}{}",
        String::from_utf8_lossy(&done.stderr)
    );
}
