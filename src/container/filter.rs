//! A filter of system calls for a run whose memory is laid out as it chooses.
//!
//! An engine's own filter lets a process take few personalities, and a fixed layout is none of them; it cannot be widened
//! by one call, only replaced. This one refuses, by name, what concerns the machine and not the process: other
//! namespaces, mounts, modules, clocks, tracing, keys, and the ways into the kernel that are newer than most filters. A
//! dapp has no capabilities either, so that most of it would be refused anyway.

use serde_json::{Value, json};

/// What no process of a dapp has a use for that this host could allow.
const REFUSED: &[&str] = &[
    "acct",
    "add_key",
    "bpf",
    "chroot",
    "clock_adjtime",
    "clock_settime",
    "create_module",
    "delete_module",
    "fanotify_init",
    "finit_module",
    "fsconfig",
    "fsmount",
    "fsopen",
    "fspick",
    "get_kernel_syms",
    "get_mempolicy",
    "init_module",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "ioperm",
    "iopl",
    "kcmp",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "lookup_dcookie",
    "mbind",
    "migrate_pages",
    "mount",
    "mount_setattr",
    "move_mount",
    "move_pages",
    "name_to_handle_at",
    "nfsservctl",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "pidfd_getfd",
    "pivot_root",
    "process_madvise",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "query_module",
    "quotactl",
    "quotactl_fd",
    "reboot",
    "request_key",
    "set_mempolicy",
    "set_mempolicy_home_node",
    "setdomainname",
    "sethostname",
    "setns",
    "settimeofday",
    "stime",
    "swapoff",
    "swapon",
    "sysfs",
    "syslog",
    "_sysctl",
    "umount",
    "umount2",
    "unshare",
    "uselib",
    "userfaultfd",
    "ustat",
    "vhangup",
    "vm86",
    "vm86old",
];
/// Flags of clone(2) that make a namespace: mounts, control groups, names, queues, users, processes, network.
const NAMESPACES: [u64; 7] =
    [0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000];
/// The personality that maps the page at zero.
const PAGE_ZERO: u64 = 0x0010_0000;
const NO_SUCH_CALL: u32 = 38;

/// The filter, in the form that engines read.
pub(super) fn own_layout() -> String {
    let with_bit = |name: &str, bit: u64| -> Value {
        let bit = json!({ "index": 0, "value": bit, "valueTwo": bit, "op": "SCMP_CMP_MASKED_EQ" });
        json!({ "names": [name], "action": "SCMP_ACT_ERRNO", "args": [bit] })
    };
    let mut calls = vec![
        json!({ "names": REFUSED, "action": "SCMP_ACT_ERRNO" }),
        // Its flags lie where a filter cannot look; told that there is none, a C library takes the older call.
        json!({ "names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": NO_SUCH_CALL }),
        with_bit("personality", PAGE_ZERO),
    ];
    calls.extend(NAMESPACES.map(|bit| with_bit("clone", bit)));
    json!({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": calls }).to_string()
}
