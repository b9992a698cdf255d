#!/usr/bin/env bash
# Input at random, led by what it reaches: `make fuzz`.
#   fuzz.sh [SECONDS [TARGET…]]   each target for so long (60), all of them by default, as many at once as there are cores
#   fuzz.sh replay TARGET FILE…   what the target makes of these inputs
# It begins with the inputs of fuzz/corpus. What it learns is kept in target/fuzz, where the next run goes on. A finding fails
# it, is kept in fuzz/artifacts, and is told with the command that replays it.
set -euo pipefail
cd "$(dirname "$0")/.."

build() {
  # Not incremental: it is compiled once, and so it takes the least time.
  CARGO_INCREMENTAL=0 RUSTC_WORKSPACE_WRAPPER=$PWD/fuzz/instrument.sh \
    cargo build --locked --quiet --package poco-fuzz --bins
}
program() { echo "${CARGO_TARGET_DIR:-target}/debug/$1"; }

if [ "${1:-}" = replay ]; then
  build
  exec "$(program "$2")" "${@:3}"
fi

seconds=${1:-60}
targets=("${@:2}")
if [ ${#targets[@]} -eq 0 ]; then
  for file in fuzz/fuzz_targets/*.rs; do targets+=("$(basename "$file" .rs)"); done
fi

fuzz() {
  local name=$1 found=fuzz/artifacts/$1/ learnt=target/fuzz/$1 log=target/fuzz/$1.log code=0 file
  mkdir -p "$found" "$learnt"
  rm -f "$found"*
  echo "fuzz $name: for $seconds s"
  # On CI the draw is always the same one: what is submitted is judged by itself, and finding is left to who looks for it.
  "$(program "$name")" ${CI:+-seed=1} -max_total_time="$seconds" -timeout=30 -rss_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix="$found" "$learnt" "fuzz/corpus/$name" > "$log" 2>&1 || code=$?
  if [ "$code" -eq 0 ]; then
    echo "fuzz $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs," \
      "$(find "fuzz/corpus/$name" -type f | wc -l) inputs to begin with," \
      "$(find "$learnt" -type f | wc -l) learnt, no finding"
    return
  fi
  echo "fuzz $name: FOUND something (exit $code; $log):"
  grep -v '^WARNING\|^INFO\|^#\|^stat::' "$log" | cut -c 1-400 | tail -n 20 | sed 's/^/    /'
  for file in "$found"*; do
    echo "fuzz $name: replay it:  scripts/fuzz.sh replay $name $file"
    echo "fuzz $name: elsewhere make that file first:  echo $(head -c 3000 "$file" | base64 -w 0) | base64 -d > $file"
  done
  return 1
}

build
# Tasks' folders are made and removed without end: in memory where there is such a place.
TMPDIR=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")" poco-fuzz.XXXXXX)
trap 'rm -rf "$TMPDIR"' EXIT
export TMPDIR seconds RUST_BACKTRACE=0
export -f fuzz program
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I NAME bash -c 'fuzz NAME'
