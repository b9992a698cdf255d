//! The program of `attack.rs`; no part of the crate.

use std::ffi::{c_char, c_int, c_long};

unsafe extern "C" {
    fn syscall(number: c_long, ...) -> c_long;
    fn mkdirat(at: c_int, path: *const c_char, mode: u32) -> c_int;
    fn openat(at: c_int, path: *const c_char, flags: c_int, ...) -> c_int;
    fn close(fd: c_int) -> c_int;
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = words.get(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    match words[0].as_str() {
        "deep" => deep(number, c"d".as_ptr()),
        "files" => files(number),
        "socket" => std::mem::forget(std::os::unix::net::UnixListener::bind("/iexec/consensus.iexec").unwrap()),
        "long-paths" => long_paths(),
        "syscalls" => syscalls(),
        other => panic!("{other}"),
    }
}

/// Folders in folders, beyond what a path can say.
fn deep(count: usize, name: *const c_char) {
    unsafe {
        let mut at = openat(-100, c"/iexec".as_ptr(), 0o200000);
        for _ in 0..count {
            mkdirat(at, name, 0o755);
            let below = openat(at, name, 0o200000);
            close(at);
            at = below;
        }
    }
}

fn files(count: usize) {
    for number in 0..count {
        std::fs::write(format!("/iexec/{number}"), "").unwrap();
    }
}

/// Few entries whose paths are together longer than the worker's memory should hold.
fn long_paths() {
    let name = std::ffi::CString::new("n".repeat(255)).unwrap();
    deep(120, name.as_ptr());
    unsafe {
        let mut at = openat(-100, c"/iexec".as_ptr(), 0o200000);
        for _ in 0..120 {
            at = openat(at, name.as_ptr(), 0o200000);
        }
        for number in 0..600 {
            let name = std::ffi::CString::new(format!("{number:0>255}")).unwrap();
            mkdirat(at, name.as_ptr(), 0o755);
        }
    }
}

/// What no program in a sandbox has any business with: prints what succeeded.
fn syscalls() {
    let (path, zero) = (c"/tmp".as_ptr() as c_long, 0 as c_long);
    let tries: [(&str, c_long, [c_long; 5]); 22] = [
        ("setuid", 105, [0, 0, 0, 0, 0]),
        ("setgid", 106, [0, 0, 0, 0, 0]),
        ("setgroups", 116, [1, path, 0, 0, 0]),
        ("mount", 165, [path, path, zero, 4096, 0]),
        ("umount", 166, [path, 2, 0, 0, 0]),
        ("pivot_root", 155, [path, path, 0, 0, 0]),
        ("chroot", 161, [path, 0, 0, 0, 0]),
        ("unshare user", 272, [0x1000_0000, 0, 0, 0, 0]),
        ("unshare net", 272, [0x4000_0000, 0, 0, 0, 0]),
        ("unshare mount", 272, [0x2_0000, 0, 0, 0, 0]),
        ("bpf", 321, [0, path, 0, 0, 0]),
        ("perf_event_open", 298, [path, 0, -1, -1, 0]),
        ("keyctl", 250, [0, -3, 1, 0, 0]),
        ("add_key", 248, [c"user".as_ptr() as c_long, path, path, 4, -3]),
        ("swapon", 167, [path, 0, 0, 0, 0]),
        ("reboot", 169, [0, 0, 0, 0, 0]),
        ("init_module", 175, [path, 4, path, 0, 0]),
        ("sethostname", 170, [path, 4, 0, 0, 0]),
        ("settimeofday", 164, [path, 0, 0, 0, 0]),
        ("raw socket", 41, [2, 3, 1, 0, 0]),
        ("packet socket", 41, [17, 3, 0, 0, 0]),
        ("open_by_handle_at", 304, [-100, path, 0, 0, 0]),
    ];
    for (name, number, [a, b, c, d, e]) in tries {
        if unsafe { syscall(number, a, b, c, d, e) } >= 0 {
            println!("{name} succeeded");
        }
    }
    println!("tried {}", tries.len());
}
