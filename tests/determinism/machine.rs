//! What a machine tells of itself.

use crate::expect::{At, Dapp, dapp};
use crate::image::{repository, sample};
use poco::determinism::finding::Cause;

#[test]
fn its_name() {
    dapp("host-name.py").given("4 5").differs(&[(Cause::HostName, At::Value("/worker/host"))]);
}

#[test]
fn the_user() {
    dapp("user-id.sh").given("question").differs(&[(Cause::User, At::Line(2))]);
}

#[test]
fn the_home_of_the_user() {
    dapp("home.py").given("model").differs(&[(Cause::User, At::Line(2))]);
}

#[test]
fn the_umask() {
    dapp("umask.py").given("content").differs(&[(Cause::Umask, At::Line(1))]);
}

#[test]
fn the_number_of_the_process() {
    dapp("process-id.py").given("content").differs(&[(Cause::ProcessId, At::Line(1))]);
}

#[test]
fn the_name_of_the_processor() {
    dapp("cpu-model.sh").given("question").differs(&[(Cause::CpuModel, At::Line(2))]);
}

#[test]
fn how_many_processors_it_has() {
    dapp("cpu-count.py").given("content").differs(&[(Cause::CpuCount, At::Line(1))]);
}

/// It cuts each picture into as many slices as it has threads: see `fixtures/README.md`.
#[test]
fn how_many_processors_ffmpeg_finds() {
    sample("ffmpeg");
    Dapp::of_image("jrottenberg/ffmpeg:scratch")
        .given("-i /iexec/small.mp4 /iexec/small.avi")
        .reading([repository().join("fixtures/ffmpeg/input/small.mp4")])
        .differs(&[(Cause::CpuCount, At::File("small.avi"))]);
}

#[test]
fn how_much_memory_it_has() {
    dapp("memory.sh").given("question").differs(&[(Cause::Memory, At::Line(2))]);
}

#[test]
fn its_kernel() {
    dapp("kernel.py").given("program").differs(&[(Cause::Kernel, At::Line(2))]);
}

#[test]
fn the_width_of_its_terminal() {
    let text = "a text that is long enough to be wrapped at eighty columns and again at forty or at two \
        hundred, whichever of them the variable that says it happens to hold when the program is run, and some more";
    dapp("terminal.py").given(text).differs(&[(Cause::Terminal, At::Line(1))]);
}

#[test]
fn its_network() {
    dapp("network.py").given("7").differs(&[(Cause::Network, At::Line(2))]);
}

#[test]
fn its_limits() {
    dapp("ulimit.py").given("question").differs(&[(Cause::Ulimit, At::Line(1))]);
}

#[test]
fn whether_the_image_can_be_written_to() {
    dapp("read-only.sh").given("question").differs(&[(Cause::RootFilesystem, At::Line(2))]);
}

#[test]
fn its_environment() {
    dapp("environment.py").given("question").differs(&[(Cause::Environment, At::Line(2))]);
}
