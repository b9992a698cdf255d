#!/bin/sh
# What cargo calls in place of rustc for the crates of this workspace (RUSTC_WORKSPACE_WRAPPER): it makes them tell the fuzzer
# where they have been, by flags of the stable compiler. The libraries below them stay as the tests have compiled them.
rustc=$1
shift
exec "$rustc" "$@" --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
  -Cllvm-args=-sanitizer-coverage-trace-compares
