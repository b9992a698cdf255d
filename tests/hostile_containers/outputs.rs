//! Dapps that leave what must not be read, followed, opened or kept.

use crate::attack::attack;
use crate::case::{End, MEMORY_BYTES, all_end_as_they_must, case, judge, memory_bytes, result};
use crate::container_support::Task;
use poco::container::clear_area;
use std::fs::File;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_ordinary_file_proves_nothing_and_leads_nowhere() {
    all_end_as_they_must(&[
        case("ln -s /etc/shadow /iexec/consensus.iexec", End::Code("P-RE-004")),
        case("ln -s ../../canary/shadow /iexec/consensus.iexec", End::Code("P-RE-004")),
        case("mkdir /iexec/consensus.iexec", End::Code("P-RE-004")),
        case("busybox mkfifo /iexec/consensus.iexec", End::Code("P-RE-004")),
        case("busybox mkfifo /iexec/pipe; echo 1 > /iexec/consensus.iexec", End::Proved),
        case(
            "busybox mknod /iexec/zero c 1 5; busybox mknod /iexec/disk b 8 0; echo 1 > /iexec/x",
            End::Proved,
        )
        .says("Operation not permitted"),
        case(": > /iexec/consensus.iexec", End::Code("P-RE-003")),
        case("ln -s / /iexec/root; ln -s ../../canary /iexec/up; echo 1 > /iexec/x", End::Proved),
        case("ln /etc/hosts /iexec/hosts; ln /bin/busybox /iexec/b; echo 1 > /iexec/x", End::Proved),
        case(
            "echo 1 > /iexec/consensus.iexec; i=0; while [ $i -lt 50 ]; \
             do ln /iexec/consensus.iexec /iexec/$i; i=$((i+1)); done",
            End::Proved,
        ),
        case(
            "mkdir /iexec/d; echo 1 > /iexec/d/f; chmod 0 /iexec/d/f /iexec/d; \
             echo 1 > /iexec/consensus.iexec; chmod 0 /iexec/consensus.iexec /iexec",
            End::Proved,
        ),
        case("busybox rm -rf /iexec; mv /iexec /tmp; chmod 0 /iexec; exit 0", End::Code("P-RE-008")),
        case("true", End::Code("P-RE-008")),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_name_is_kept_and_no_right_is_handed_on() {
    let line = "cd /iexec; echo 1 > \"$(busybox printf 'new\\nline')\"; echo 2 > \"$(busybox printf 'bad\\377utf')\"; \
                n=0123456789abcdef0123456789abcdef; n=$n$n$n$n$n$n$n; echo 3 > ${n}0123456789abcdef0123456789abcde; \
                echo 4 > '-rf'; echo 5 > '..%2f..'; echo 6 > '*'; echo 7 > 'c:\\x'; echo 8 > ' '; \
                cp /bin/busybox su; chmod 6755 su; mkdir s; chmod 7777 s; busybox rm -f nothing";
    let line = line.replace("cp /bin", "busybox cp /bin").replace("chmod", "busybox chmod");
    let task = Task::new(&line).await;
    let outcome = task.run().await;
    assert_eq!(outcome.verdict(), Ok(()), "{}", task.stderr());
    let (_, archive) = result(&task, &outcome).unwrap();
    let mut zip = zip::ZipArchive::new(File::open(&archive.path).unwrap()).unwrap();
    let names: Vec<String> = (0..zip.len())
        .map(|index| {
            let entry = zip.by_index(index).unwrap();
            assert_eq!(entry.unix_mode().unwrap() & 0o7000, 0, "{:?}", entry.name());
            entry.name().unwrap().into_owned()
        })
        .collect();
    for name in ["new\nline", "bad%FFutf", "-rf", "*", " "] {
        assert!(names.iter().any(|found| found == name), "{name:?} in {names:?}");
    }
    assert!(names.iter().any(|name| name.len() == 255), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn trees_beyond_all_sense_end_in_an_error_and_are_removed() {
    let idle = memory_bytes("VmRSS");
    let mut cases = vec![
        ("deep 4000", End::Code("P-CO-023")),
        ("socket", End::Code("P-RE-004")),
        ("long-paths", End::Code("P-RE-018")),
        ("files 20000", End::Proved),
    ];
    if std::env::var_os("POCO_TEST_MILLION").is_some() {
        cases
            .extend([("files 99000", End::Proved), ("files 1000000", End::OneOf(&["P-RE-006", "P-CO-021"]))]);
    }
    for (words, end) in cases {
        let mut task = attack(words).await;
        task.spec.limits.output_bytes = 8 << 30;
        // The kernel charges names and inodes to whoever makes them.
        task.spec.limits.memory_bytes = 2 << 30;
        judge(&task, &case("attack", end)).await;
        clear_area(&task.spec.area).unwrap();
        assert!(!task.spec.area.root().exists(), "{words}");
    }
    let peak = memory_bytes("VmHWM");
    assert!(peak < idle + MEMORY_BYTES, "{idle} bytes at rest, {peak} at most");
}
