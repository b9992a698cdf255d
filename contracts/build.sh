#!/usr/bin/env bash
# Compiles the contracts with the pinned compiler and writes artifacts/; with --check writes nothing and fails if what is
# committed there is not what the sources give. Needs `npm ci` in tools/ once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
if [ ! -d tools/node_modules/solc ]; then
  echo "build.sh: the pinned compiler is not installed; run: (cd contracts/tools && npm ci)" >&2
  exit 2
fi
exec node tools/build.mjs "$@"
