#!/usr/bin/env bash
# What is checked without running anything of ours: `make lint`.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=stages.sh
. scripts/stages.sh

# The advisories are a git repository on a public host. Where it cannot be reached, that is said and not passed over.
advisories() {
  local words
  if words=$(timeout 120 cargo deny --color never fetch db 2>&1); then
    cargo deny --color never check --disable-fetch advisories
  else
    echo "advisories NOT checked: their database could not be had: $(echo "$words" | grep -E 'fatal|failed|rror' | tail -n 1)"
  fi
}

stage "format" cargo fmt --all --check
stage "clippy" cargo clippy --locked --workspace --all-targets -- -D warnings
stage "licences, bans, sources" cargo deny --color never --locked check licenses bans sources
stage "advisories" advisories
stage_table
