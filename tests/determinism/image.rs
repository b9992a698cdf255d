//! The image of a dapp: one script upon the languages of `fixtures/languages`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// The root of the repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file below this folder.
pub(crate) fn here(path: &str) -> PathBuf {
    repository().join("tests/determinism").join(path)
}

/// Builds the image of `dapps/NAME`, or finds it built, and gives its name.
pub(crate) fn of_script(script: &str) -> String {
    base();
    let image = format!("poco-test/check-{}:1", script.replace('.', "-"));
    let context = tempfile::tempdir().unwrap();
    std::fs::copy(here("dapps").join(script), context.path().join("dapp")).unwrap();
    let steps = "FROM poco/languages:1.0.0\nCOPY dapp /dapp\nENTRYPOINT [\"/dapp\"]\n";
    std::fs::write(context.path().join("Dockerfile"), steps).unwrap();
    // The classic builder is in every engine, and finds what it built before by content.
    let mut build = Command::new("docker");
    build.args(["build", "--quiet", "--network", "none", "--tag", &image]).arg(context.path());
    succeeded(build.env("DOCKER_BUILDKIT", "0"));
    image
}

/// Builds a sample of the repository where it is not there yet.
pub(crate) fn sample(name: &str) {
    succeeded(Command::new(repository().join("fixtures/build.sh")).arg(name));
}

fn base() {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| sample("languages"));
}

fn succeeded(command: &mut Command) -> Output {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}
