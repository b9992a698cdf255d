#!/usr/bin/env bash
# Everything that must hold: `make test`. Prints the time of each stage, a table of them, and nextest's own last lines.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=stages.sh
. scripts/stages.sh

mkdir -p target
nextest_log=$PWD/target/nextest.log

forge() { PATH="$PWD/contracts/tools/node_modules/.bin:$PATH" env -C contracts forge "$@"; }
# On CI a test that failed is tried once more, so that a machine's bad moment does not hide what the others say. It is named
# FLAKY in the summary: that is a defect to look for, and not a pass like the others.
nextest() { cargo nextest run --locked --no-fail-fast ${CI:+--retries 1} "$@" 2>&1 | tee -a "$nextest_log"; }
# The checks of dapps wait for clocks and containers most of the time, so more of them go side by side.
rust_tests() {
  local status=0
  : > "$nextest_log"
  nextest -E 'not binary(determinism)' || status=$?
  nextest -E 'binary(determinism)' --test-threads $((2 * $(nproc))) || status=$?
  return "$status"
}

stage "setup" scripts/setup.sh test
stage "contract artifacts" contracts/build.sh --check
stage "contract tests" forge test
stage "fixtures" fixtures/build.sh
stage "compiling the tests" cargo nextest run --locked --no-run
stage "tests" rust_tests
stage "tests in the docs" cargo test --locked --quiet --doc

stage_table
# Repeated here so that the last lines tell how many tests ran.
grep -E '^ +FLAKY ' "$nextest_log" | sort -u || true
grep -E '^ +Summary ' "$nextest_log"
