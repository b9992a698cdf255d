//! Dapps that want out, or to be somebody else.

use crate::attack::attack;
use crate::case::{End, all_end_as_they_must, case};
use crate::container_support::Task;

/// Whatever is tried, its status says that it failed.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_mounted_written_or_read_that_is_not_the_dapps() {
    let line = "
        broke() { echo \"BROKE OUT: $*\"; }
        try() { \"$@\" >/dev/null 2>&1 && broke \"$@\"; }
        try busybox mount -t tmpfs none /tmp
        try busybox mount -o remount,rw /
        try busybox mount -o remount,rw /proc/sys
        try busybox mount -t proc none /tmp
        try busybox umount /etc/hosts
        try busybox chroot / true
        try busybox chown 0 /iexec
        try busybox su -c true
        try busybox unshare -U true
        try busybox unshare -n true
        try busybox nsenter -t 1 -n -i -u true
        try busybox losetup /dev/loop0 /bin/busybox
        try busybox swapon /bin/busybox
        try busybox hostname other
        busybox date -s 2000-01-01 >/dev/null 2>&1; busybox date | grep -q 2000 && broke date
        try busybox renice -n -5 $$
        try busybox dmesg
        try busybox insmod /bin/busybox
        for file in /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/sysrq-trigger /proc/sys/vm/drop_caches \\
                    /sys/kernel/uevent_helper /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/release_agent \\
                    /sys/fs/cgroup/cgroup.procs /etc/hosts /etc/resolv.conf /etc/hostname /bin/busybox \\
                    /sys/devices/system/cpu/online /dev/mem /dev/kmsg /proc/1/oom_score_adj /proc/self/uid_map; do
            (echo 1 > $file) 2>/dev/null && [ $file != /proc/1/oom_score_adj ] && broke write $file
        done
        for file in /proc/kcore /proc/kmsg /proc/keys /proc/sysrq-trigger /dev/mem /dev/kmsg /dev/sda /dev/vda /etc/shadow \\
                    /var/run/docker.sock /run/docker.sock; do
            [ -e $file ] && [ -n \"$(head -c 1 $file 2>/dev/null)\" ] && broke read $file
        done
        for device in /dev/*; do
            case $device in
                /dev/core|/dev/fd|/dev/full|/dev/mqueue|/dev/null|/dev/ptmx|/dev/pts|/dev/random|/dev/shm|/dev/std*|/dev/tty|/dev/urandom|/dev/zero) ;;
                *) broke device $device ;;
            esac
        done
        echo tried";
    let task = Task::new(line).await;
    let outcome = task.run().await;
    assert_eq!(outcome.verdict(), Ok(()), "{}", task.stderr());
    assert_eq!(task.stdout(), "tried\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_to_the_kernel_gives_more_rights() {
    let task = attack("syscalls").await;
    assert_eq!(task.run().await.verdict(), Ok(()), "{}", task.stderr());
    assert_eq!(task.stdout(), "tried 22\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_reached_and_nothing_is_told() {
    // A service of this host on its loopback.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let line = format!(
        "busybox nc -w 1 127.0.0.1 {port} </dev/null; echo $?; ls /sys/class/net; cat /proc/net/route | busybox tail -n +2; \
         busybox tr '\\0' '\\n' </proc/1/environ | busybox cut -d= -f1 | busybox sort"
    );
    let task = Task::new(&line).await;
    assert_eq!(task.run().await.verdict(), Ok(()), "{}", task.stderr());
    assert_eq!(task.stdout(), "1\nlo\nFROM_IMAGE\nGIVEN\nHOME\nHOSTNAME\nPATH\n");
    let reached = tokio::time::timeout(std::time::Duration::from_millis(10), listener.accept()).await;
    assert!(reached.is_err(), "the dapp reached this host");
}

#[tokio::test(flavor = "multi_thread")]
async fn its_own_folders_of_the_image_stay_as_they_are() {
    all_end_as_they_must(&[
        case("echo 1 > /data/of-the-image; echo 1 > /data/new; ls /data; echo 1 > /iexec/x", End::Proved)
            .says("of-the-image"),
        case(
            "busybox cp /bin/busybox /tmp/b; chmod 4755 /tmp/b; /tmp/b id -u; echo 1 > /iexec/x",
            End::Proved,
        ),
    ])
    .await;
}
