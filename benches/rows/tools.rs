//! The peers: programs of the distribution, which `scripts/setup.sh bench` installs, run to their end.

use super::pairs::milliseconds;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs a line of the shell in a folder; one that fails ends the bench, for a peer that does not work measures nothing.
pub fn shell(folder: &Path, line: &str) {
    let status = Command::new("sh")
        .args(["-ec", line])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "`{line}` failed; scripts/setup.sh bench installs what is missing"
    );
}

/// How long a whole command takes, start of the program included, as hyperfine measures it: without a shell.
pub fn command(folder: &Path, line: &str) -> f64 {
    let out = folder.join(".hyperfine.json");
    let mut hyperfine = Command::new("hyperfine");
    hyperfine
        .args(["--shell", "none", "--runs", "1", "--style", "none", "--export-json"])
        .arg(&out)
        .arg(line);
    let status = hyperfine
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(status.is_ok_and(|status| status.success()), "`{line}` failed under hyperfine");
    let text = std::fs::read(&out).unwrap_or_default();
    let found: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    found["results"][0]["mean"].as_f64().expect("hyperfine tells a time") * 1e3
}

/// A job after its folder was emptied, which is not counted.
pub fn anew(folder: &Path, job: impl FnOnce()) -> f64 {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).expect("a folder can be made");
    milliseconds(job)
}
