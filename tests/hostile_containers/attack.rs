//! A static program for what a shell cannot try. It is built here, from `program.rs`, and given to the dapp as an input.

use crate::container_support::Task;
use poco::dapp::Folder;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// A task that runs the program with these words.
pub(crate) async fn attack(words: &str) -> Task {
    let task = Task::new(&format!("/iexec/attack {words}")).await;
    let folder = task.spec.area.folder(Folder::Shared);
    std::fs::create_dir_all(&folder).unwrap();
    let program = folder.join("attack");
    tokio::task::spawn_blocking(move || build(&program)).await.unwrap();
    task
}

fn build(program: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile_containers/program.rs");
    let built = Command::new("rustc")
        .args(["--edition", "2024", "-C", "target-feature=+crt-static", "-C", "debuginfo=0", "-o"])
        .args([program, source.as_path()])
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).unwrap();
}
