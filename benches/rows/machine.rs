//! The machine that figures were taken on, in a line: without it they say nothing.

use std::fs;
use std::process::Command;

/// Date, processor, memory, kernel, engine and compiler.
pub fn describe() -> String {
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.into());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory =
        field("/proc/meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    let memory = memory.map_or(0, |kib| kib >> 20);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "{}; {cores} × {processor}, {memory} GiB, Linux {}, Docker {}, {}; load before: {}",
        said("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
        kernel.trim(),
        said("docker", &["version", "--format", "{{.Server.Version}}"]),
        said("rustc", &["--version"]),
        load.split(' ').next().unwrap_or("?"),
    )
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn said(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().ok().filter(|output| output.status.success());
    output.map_or("?".into(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
