# shellcheck shell=bash
# Stages of a check, timed; sourced by scripts/test.sh and .ci/run. It owns the table of what ran and how long.

stage_names=()
stage_seconds=()

# stage NAME COMMAND…: runs one stage. The first that fails ends the script, with its name and its time.
stage() {
  local name=$1 began=$SECONDS code=0
  shift
  printf '\n--- %s\n' "$name"
  "$@" < /dev/null || code=$?
  stage_names+=("$name")
  stage_seconds+=($((SECONDS - began)))
  if [ "$code" -ne 0 ]; then
    printf '\n--- %s FAILED (exit %d) after %d s\n' "$name" "$code" $((SECONDS - began))
    stage_table
    exit "$code"
  fi
  printf -- '--- %s: %d s\n' "$name" $((SECONDS - began))
}

stage_table() {
  local i total=0
  printf '\n%-28s %8s\n' stage seconds
  for i in "${!stage_names[@]}"; do
    printf '%-28s %8d\n' "${stage_names[$i]}" "${stage_seconds[$i]}"
    total=$((total + stage_seconds[i]))
  done
  printf '%-28s %8d\n' total "$total"
}
