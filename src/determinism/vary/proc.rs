//! What stands in the files of the kernel that are shown in place of its own. A container sees the host's, so they
//! differ from one worker to the next.

/// Name and text of each file; those that this host does not have itself are left out.
pub(in crate::determinism) fn files() -> Vec<(&'static str, String)> {
    let own = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let mut files = vec![
        ("meminfo", MEMINFO.to_owned()),
        ("uptime", "86461.25 80123.50\n".to_owned()),
        ("loadavg", "0.42 0.37 0.31 1/123 4567\n".to_owned()),
    ];
    if !own.is_empty() {
        files.push(("cpuinfo", another(&own)));
    }
    files
}

const MEMINFO: &str = "\
MemTotal:        3145728 kB
MemFree:         1048576 kB
MemAvailable:    2097152 kB
Buffers:          131072 kB
Cached:           524288 kB
SwapCached:            0 kB
Active:           786432 kB
Inactive:         393216 kB
SwapTotal:             0 kB
SwapFree:              0 kB
Dirty:                 0 kB
Shmem:              4096 kB
Slab:              65536 kB
";

/// As many processors that can do the same, but of another make.
fn another(cpuinfo: &str) -> String {
    let mut text: String = cpuinfo.lines().map(line).collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}

fn line(line: &str) -> String {
    let Some((name, _)) = line.split_once(':') else { return line.to_owned() };
    let value = match name.trim() {
        "vendor_id" => "AnotherMaker",
        "model name" => "Another Maker Processor 7 @ 2.10GHz",
        "cpu family" => "25",
        "model" => "33",
        "stepping" => "2",
        "microcode" => "0xa201016",
        "cpu MHz" => "2100.000",
        "cache size" => "512 KB",
        "bogomips" | "BogoMIPS" => "4200.00",
        _ => return line.to_owned(),
    };
    format!("{name}: {value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_processor_can_do_the_same() {
        let own = "processor\t: 0\nmodel name\t: X\nflags\t\t: fpu fma\n\nprocessor\t: 1\nmodel name\t: X\n";
        let shown = another(own);
        assert_eq!(shown.matches("processor\t:").count(), 2);
        assert!(shown.contains("flags\t\t: fpu fma\n\n") && !shown.contains(": X"));
        assert!(shown.contains("model name\t: Another"));
    }
}
