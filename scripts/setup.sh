#!/usr/bin/env bash
# Installs what poco needs on a bare Debian machine that has only Rust, git, make, a C compiler and apt.
#   setup.sh demo   a Docker engine, zip, and anvil (from npm, unless one is on the PATH)
#   setup.sh test   … and the Solidity compiler and test runner, what the fixtures are packed from, a Docker registry,
#                   Chromium, cargo-nextest
#   setup.sh ci     … and cargo-deny, a C++ compiler for the fuzzer
#   setup.sh bench  what demo needs, and the programs that `make bench` measures beside ours
# Says one line per step that it has to do, nothing when there is nothing to do, and asks no question. What the steps
# themselves print is in target/setup.log. Run again, it goes on where it stopped.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
log=$top/target/setup.log
tools=$top/contracts/tools
level=${1:-demo}
case $level in demo | test | ci | bench) ;; *) echo "usage: setup.sh demo | test | ci | bench" >&2; exit 2 ;; esac
mkdir -p "$top/target"
: > "$log"
export DEBIAN_FRONTEND=noninteractive PATH="$PATH:/usr/sbin:/sbin"

say() { echo "setup: $*" >&2; }
at_least() { case $level in ci) ;; test) [ "$1" != ci ] ;; demo | bench) [ "$1" = demo ] ;; esac; }
have() { command -v "$1" > /dev/null 2>&1; }

# fail WORDS HELP: the end of the log, what went wrong, and a way out.
fail() {
  tail -n 15 "$log" | sed 's/^/    /' >&2
  say "failed: $1"
  say "help: $2"
  exit 1
}

# step SECONDS WORDS HELP COMMAND…: one time-boxed command, its output in the log.
step() {
  local seconds=$1 words=$2 help=$3
  shift 3
  say "$words"
  echo "== $words: $*" >> "$log"
  timeout --kill-after=10 "$seconds" "$@" >> "$log" 2>&1 < /dev/null || fail "$words ($log)" "$help"
}

as_root=()
need_root() {
  if [ "$(id -u)" -eq 0 ]; then return; fi
  have sudo && sudo -n true 2> /dev/null || fail "$1 needs root" "run this as root, or as a user whose sudo asks no password"
  as_root=(sudo --preserve-env=DEBIAN_FRONTEND)
}

apt_fresh=
# apt PACKAGE…: the packages of the distribution, without what they merely recommend.
apt() {
  have apt-get || fail "apt-get is not here" "install these packages by hand: $*"
  need_root "apt-get install $*"
  if [ -z "$apt_fresh" ]; then
    step 300 "refreshing apt's package lists" "is the network up? then: apt-get update" \
      "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=120 update
    apt_fresh=yes
  fi
  step 900 "installing $*" "by hand: apt-get install --no-install-recommends $*" \
    "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends "$@"
}

install_node() {
  if ! have node || ! have npm; then apt nodejs npm; fi
}

# The pinned tools of contracts/tools. They are laid out beside the old ones and moved over at the end, so that an
# interrupted run leaves either the old or the new.
install_node_tools() {
  local stamp=$tools/node_modules/.poco-lock stage=$top/target/node-tools want tool
  want=$(cat "$tools/package.json" "$tools/package-lock.json" "$0" | sha256sum)
  [ "$(cat "$stamp" 2> /dev/null)" = "$want" ] && return
  install_node
  rm -rf "$stage"
  mkdir -p "$stage"
  cp "$tools/package.json" "$tools/package-lock.json" "$stage"
  if [ -f "$tools/.npmrc" ]; then cp "$tools/.npmrc" "$stage"; fi
  # The native binaries are optional packages that claim to want a newer node than Debian's, which npm takes as a
  # reason to leave them out without a word. They do not run on node at all.
  (cd "$stage" && node -e '
    const fs = require("fs"), lock = JSON.parse(fs.readFileSync("package-lock.json"));
    for (const entry of Object.values(lock.packages)) if (entry.optional) delete entry.engines;
    fs.writeFileSync("package-lock.json", JSON.stringify(lock));') >> "$log" 2>&1 ||
    fail "contracts/tools/package-lock.json cannot be read" "git checkout contracts/tools/package-lock.json"
  # No install script is run: nothing here needs one, and what one fetches is checked by no lock file.
  step 600 "installing the pinned Solidity tools with npm ci" "is npm's registry reached? then: cd contracts/tools && npm ci" \
    env -C "$stage" npm ci --ignore-scripts --no-audit --no-fund --no-progress
  for tool in anvil forge; do
    "$stage/node_modules/.bin/$tool" --version >> "$log" 2>&1 || have "$tool" ||
      fail "npm has no $tool that runs on this machine ($(uname -m))" "put $tool 1.7 on the PATH"
  done
  echo "$want" > "$stage/node_modules/.poco-lock"
  rm -rf "$tools/node_modules"
  mv "$stage/node_modules" "$tools/node_modules"
  rm -rf "$stage"
}

# install_cargo_tool NAME VERSION FLAG…: a cargo subcommand, from source, once. Built for a short build and not for
# speed: it runs for seconds.
install_cargo_tool() {
  local name=$1 version=$2
  shift 2
  if cargo "${name#cargo-}" --version > /dev/null 2>&1; then return; fi
  step 1500 "compiling $name $version (a few minutes, once)" "by hand: cargo install --locked $name@$version" \
    env CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_TARGET_DIR="$top/target/cargo-tools" \
    cargo install --locked "$@" "$name@$version"
  rm -rf "$top/target/cargo-tools"
}

have cargo || fail "cargo is not on the PATH" "install Rust 1.95 or newer (https://rustup.rs)"
have cc || apt gcc libc6-dev

packages=()
have zip || packages+=(zip)
if at_least test; then
  have ffmpeg || packages+=(ffmpeg)
  # The tests start their own, each with a folder of its own; the package's service is of no use here.
  have docker-registry || packages+=(docker-registry)
  # The pages that poco writes are looked at in it.
  have chromium || packages+=(chromium)
  # It sets the clock of a dapp forward for `poco check`.
  if ! compgen -G '/usr/lib/*/faketime/libfaketime.so.1' > /dev/null; then packages+=(libfaketime); fi
  if ! have busybox || ldd "$(command -v busybox)" > /dev/null 2>&1; then packages+=(busybox-static); fi
  # What fixtures/languages packs: the distribution's own, whatever else comes first on the PATH.
  [ -x /usr/bin/python3 ] || packages+=(python3)
  [ -x /usr/bin/perl ] || packages+=(perl-base)
  [ -f /usr/share/i18n/locales/de_DE ] || packages+=(locales)
  [ -f /usr/share/zoneinfo/UTC ] || packages+=(tzdata)
fi
if at_least ci; then have c++ || packages+=(g++); fi
if [ "$level" = bench ]; then
  # package:program, where they are not called alike
  for tool in hyperfine unzip curl wget aria2:aria2c libarchive-tools:bsdtar p7zip-full:7z openssl crun busybox-static:busybox default-jre-headless:java; do
    have "${tool#*:}" || packages+=("${tool%:*}")
  done
fi
if [ ${#packages[@]} -gt 0 ]; then apt "${packages[@]}"; fi

# shellcheck source=docker-engine.sh
. "$top/scripts/docker-engine.sh"
ensure_docker_engine

if at_least test; then
  install_node
  install_node_tools
elif ! have anvil; then
  install_node_tools
fi
# The pinned tools' own `cast`, for the bench alone.
if [ "$level" = bench ] && ! have cast && [ ! -x "$top/target/bench-tools/node_modules/.bin/cast" ]; then
  install_node
  step 300 "installing cast from npm" "is npm's registry reached? else put cast 1.7 on the PATH" \
    npm install --prefix "$top/target/bench-tools" --ignore-scripts --no-audit --no-fund --no-progress --force \
    @foundry-rs/cast-linux-amd64@1.7.1
fi
if at_least test; then install_cargo_tool cargo-nextest 0.9.143 --no-default-features --features default-no-update; fi
if at_least ci; then install_cargo_tool cargo-deny 0.20.2; fi
