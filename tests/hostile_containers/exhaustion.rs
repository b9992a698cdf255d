//! Dapps that want all of this host: memory, processes, disk, time, the log.

use crate::case::{End, all_end_as_they_must, case, short};

#[tokio::test(flavor = "multi_thread")]
async fn memory_processes_and_time_run_out_for_the_dapp_alone() {
    all_end_as_they_must(&[
        case("f() { f | f & }; f; wait; sleep 600", End::OneOf(&["P-CO-020", "P-CO-021", "P-CO-022"]))
            .within(|limits| {
                limits.pids = 64;
                short(limits);
            }),
        case("exec dd if=/dev/zero of=/dev/null bs=256M count=1", End::Code("P-CO-022")),
        case("x=0123456789; while :; do x=$x$x$x$x; done", End::OneOf(&["P-CO-020", "P-CO-022"])),
        // The child dies of its memory, and the dapp goes on as it likes.
        case("dd if=/dev/zero of=/dev/null bs=256M count=1; echo 1 > /iexec/consensus.iexec", End::Proved),
        case("trap '' TERM INT HUP; while :; do sleep 1; done", End::Code("P-CO-021")).within(short),
        case("while :; do :; done", End::Code("P-CO-021")).within(short),
        case("kill -9 1; kill -9 -1; echo alive; echo 1 > /iexec/x", End::Proved).says("alive"),
        case("i=0; while [ $i -lt 300 ]; do (sleep 0 &); i=$((i+1)); done; echo 1 > /iexec/x", End::Proved),
        case("sleep 600 & sleep 600 & (sleep 600 &) ; echo 1 > /iexec/x", End::Proved),
        case(
            "sh -c 'while :; do echo $$ > /iexec/y; \
             busybox mv /iexec/y /iexec/consensus.iexec; done' & sleep 0.5",
            End::Proved,
        ),
        case("ulimit -n 1000000 || ulimit -c unlimited || ulimit -Hn; echo 1 > /iexec/x", End::Proved)
            .says("16384"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_place_that_can_be_written_to_is_bounded() {
    let small: fn(&mut poco::container::Limits) = |limits| limits.output_bytes = 1 << 20;
    all_end_as_they_must(&[
        case("dd if=/dev/zero of=/iexec/x bs=64k; sleep 600", End::Code("P-CO-023")).within(small),
        case("i=0; while :; do : > /iexec/$i; i=$((i+1)); done", End::Code("P-CO-023")).within(small),
        // A worker that is not root cannot look into it either.
        case(
            "mkdir /iexec/h; dd if=/dev/zero of=/iexec/h/x bs=1M count=2; chmod 0 /iexec/h; sleep 600",
            End::Code("P-CO-023"),
        )
        .within(small),
        case("busybox truncate -s 1099511627776 /iexec/consensus.iexec", End::Code("P-CO-023")),
        case(
            "cd /iexec; i=0; while [ $i -lt 140 ]; do mkdir d; cd d; i=$((i+1)); done",
            End::Code("P-CO-023"),
        ),
        case("dd if=/dev/zero of=/tmp/x bs=1M; true; echo 1 > /iexec/x", End::Proved).says("No space left"),
        case(
            "i=0; while touch /tmp/$i; do i=$((i+1)); done 2>/dev/null; \
             sleep 600",
            End::OneOf(&["P-CO-021", "P-CO-022", "P-CO-020"]),
        )
        .within(short),
        case("dd if=/dev/zero of=/dev/shm/x bs=1M; exit 3", End::OneOf(&["P-CO-020", "P-CO-022"])),
        case(
            "for f in /dev/x /dev/pts/x /dev/mqueue/x /var/x /data/x /run/x; do touch $f; \
             done; echo 1 > /iexec/x",
            End::Proved,
        ),
        case("yes", End::Code("P-CO-021")).within(|limits| {
            limits.log_bytes = 4096;
            short(limits);
        }),
        case(
            "yes >&2 & head -c 30000000 /dev/zero | busybox tr '\\\\0' x; \
             echo 1 > /iexec/consensus.iexec",
            End::Proved,
        )
        .within(|limits| limits.log_bytes = 4096),
        case("exec >&- 2>&-; echo nobody hears; echo 1 > /iexec/consensus.iexec", End::Proved),
        case(
            "busybox printf '\\\\033]0;title\\\\007\\\\033[2J\\\\377\\\\376'; \
             echo 1 > /iexec/consensus.iexec",
            End::Proved,
        ),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_status_but_zero_is_a_failure() {
    all_end_as_they_must(&[
        case("exit 1", End::Code("P-CO-020")),
        case("exit 255", End::Code("P-CO-020")),
        case("echo 1 > /iexec/consensus.iexec; exit 137", End::Code("P-CO-020")),
        case("sh -c 'kill -11 $$'; exit $?", End::Code("P-CO-020")),
    ])
    .await;
}
