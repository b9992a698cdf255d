# shellcheck shell=bash disable=SC2154 # log and as_root are setup.sh's
# Part of setup.sh, which sources it: finds a Docker engine, or installs and starts one.
# It owns the engine's log when it started the engine itself; it never stops, restarts or reconfigures an engine.

engine_log=/var/log/poco-dockerd.log

engine_answers() { timeout 20 docker info --format '{{.ServerVersion}}' >> "$log" 2>&1; }

# wait_for_engine SECONDS PID: true once it answers; false when the time is over or the process (if any) is gone.
wait_for_engine() {
  local left=$1 pid=${2:-}
  while [ "$left" -gt 0 ]; do
    if engine_answers; then return 0; fi
    if [ -n "$pid" ] && [ ! -d "/proc/$pid" ]; then return 1; fi
    sleep 1
    left=$((left - 1))
  done
  return 1
}

# Without control groups no engine limits anything. Debian has a package that mounts them where no init system does.
mount_cgroups() {
  if grep -q -E '^[^ ]+ /sys/fs/cgroup[^ ]* cgroup2? ' /proc/mounts; then return; fi
  have cgroupfs-mount || apt cgroupfs-mount
  step 20 "mounting the control groups" "mount -t cgroup2 none /sys/fs/cgroup" "${as_root[@]}" cgroupfs-mount
}

# A machine that was halted or copied without an orderly end keeps the numbers of processes that are gone. When another
# process has such a number by now, the engine takes it for itself and does not start.
forget_dead_engines() {
  local pid_file program
  for pid_file in /var/run/docker.pid:dockerd /var/run/docker/containerd/containerd.pid:containerd; do
    program=${pid_file#*:} pid_file=${pid_file%:*}
    if "${as_root[@]}" test -s "$pid_file" &&
      [ "$(cat "/proc/$("${as_root[@]}" cat "$pid_file")/comm" 2> /dev/null)" != "$program" ]; then
      "${as_root[@]}" rm -f "$pid_file"
    fi
  done
}

# A boot clears /run; a machine that keeps it on its disk, and has no init system, leaves that to us. What containers of
# an engine long dead have there is buried by the next engine one by one, which with hundreds of them lasts longer than
# it waits for itself. Nothing is touched as long as any part of an engine lives.
clear_run_of_dead_engines() {
  local comm
  for comm in /proc/[0-9]*/comm; do
    case "$(cat "$comm" 2> /dev/null)" in dockerd | containerd*) return ;; esac
  done
  "${as_root[@]}" rm -rf --one-file-system /run/docker/containerd /run/docker/runtime-*
}

# start_dockerd FLAG…: detached from this shell and its terminal, with a log of its own. Who is not root gets the socket
# for their own group, so that no new login is needed.
start_dockerd() {
  forget_dead_engines
  clear_run_of_dead_engines
  if [ ${#as_root[@]} -gt 0 ]; then set -- --group "$(id -gn)" "$@"; fi
  # shellcheck disable=SC2016 # the inner shell expands them
  "${as_root[@]}" sh -c 'log=$1; shift; setsid dockerd "$@" >> "$log" 2>&1 < /dev/null 9>&- & echo $!' \
    sh "$engine_log" "$@"
}

start_engine() {
  if [ -d /run/systemd/system ]; then
    step 90 "starting the Docker engine with systemd" "journalctl -u docker" "${as_root[@]}" systemctl start docker
    wait_for_engine 30 && return
    fail "the Docker engine was started and does not answer" "journalctl -u docker"
  fi
  mount_cgroups
  local pid
  say "starting the Docker engine: no init system does (its log: $engine_log)"
  # Again where its own patience of 15 seconds with its parts was too short: on a machine with much else to do.
  for _ in 1 2 3; do
    pid=$(start_dockerd)
    if wait_for_engine 60 "$pid"; then return; fi
    "${as_root[@]}" tail -n 1 "$engine_log" | grep -q 'timeout waiting for containerd' || break
  done
  # Tasks run without a network, so an engine without a bridge serves: a kernel without netfilter allows no other.
  if "${as_root[@]}" grep -i 'failed to start daemon' "$engine_log" | tail -n 1 | grep -q -i -E 'iptables|bridge|nf_tables'; then
    say "the kernel allows no bridge network: starting the engine without one"
    pid=$(start_dockerd --iptables=false --ip6tables=false --bridge=none)
    if wait_for_engine 60 "$pid"; then return; fi
  fi
  "${as_root[@]}" tail -n 15 "$engine_log" >> "$log" 2>&1
  fail "the Docker engine does not start" "its log is $engine_log; or set DOCKER_HOST to an engine elsewhere"
}

# What an engine on a restricted machine lacks is said once, when it is new to us, and not at every run.
report_engine() {
  local driver warnings
  driver=$(docker info --format '{{.Driver}}' 2>> "$log")
  if [ "$driver" = vfs ]; then say "note: no overlay file system here; the engine copies every layer (driver vfs): slow, and large"; fi
  warnings=$(docker info 2>&1 | grep -i -E '^WARNING: No (memory|cpu|pids|kernel).* (limit|support)' | head -n 3 || true)
  if [ -n "$warnings" ]; then say "note: $(echo "$warnings" | tr '\n' ';') the control groups are not all there"; fi
}

ensure_docker_engine() {
  if have docker && engine_answers; then return; fi
  if [ -n "${DOCKER_HOST:-}" ]; then
    have docker || fail "DOCKER_HOST is set, and there is no docker command" "apt-get install docker.io (docker-cli from Debian 13 on)"
    fail "DOCKER_HOST is $DOCKER_HOST, and no engine answers there" "start that engine, or unset DOCKER_HOST to use one of this machine"
  fi
  if grep -q -i 'permission denied' "$log"; then
    fail "a Docker engine runs and refuses $(id -un)" "sudo usermod --append --groups docker $(id -un), then log in anew"
  fi
  if ! have dockerd; then
    local packages=(docker.io iptables ca-certificates)
    # Up to Debian 12 the command is part of docker.io, from 13 on a package of its own.
    if ! have docker && apt-cache show docker-cli > /dev/null 2>&1; then packages+=(docker-cli); fi
    apt "${packages[@]}"
    if wait_for_engine 5; then
      report_engine
      return
    fi
  fi
  need_root "starting the Docker engine"
  start_engine
  report_engine
}
