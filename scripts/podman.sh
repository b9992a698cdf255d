#!/usr/bin/env bash
# Runs the tests of containers on Podman's socket, with folders of their own: scripts/podman.sh [WORDS FOR nextest…]
# docs/operate.md lists what is known to differ there. Needs root, podman and runc (Debian's packages). Not a part of CI.
set -euo pipefail

cd "$(dirname "$0")/.."
export PATH="$PATH:/usr/sbin:/sbin"
home=$(mktemp -d)
runtime=$(command -v runc)
mkdir "$home/tmp"

# Podman raises the limit of processes for every container. Root on a machine that does not let it (no CAP_SYS_RESOURCE) has to
# take that out of what the runtime is told.
if [ "$(ulimit -Hu)" != unlimited ] && ! (ulimit -Hu $(($(ulimit -Hu) + 1))) 2> /dev/null; then
  cat > "$home/runc" << EOF
#!/usr/bin/env python3
import json, os, sys
words = sys.argv[1:]
if "--bundle" in words:
    path = os.path.join(words[words.index("--bundle") + 1], "config.json")
    spec = json.load(open(path))
    limits = spec["process"].get("rlimits", [])
    spec["process"]["rlimits"] = [limit for limit in limits if limit["type"] != "RLIMIT_NPROC"]
    json.dump(spec, open(path, "w"))
os.execv("$runtime", ["runc", *words])
EOF
  chmod +x "$home/runc"
  runtime=$home/runc
fi

podman=(podman --root "$home/root" --runroot "$home/run" --tmpdir "$home/tmp" --runtime "$runtime"
  --cgroup-manager cgroupfs --events-backend file)
"${podman[@]}" system service --time=0 "unix://$home/socket" > "$home/log" 2>&1 &
service=$!
leave() {
  timeout 60 "${podman[@]}" rm --all --force --time 0 > /dev/null 2>&1 || true
  kill "$service" 2> /dev/null || true
  wait "$service" 2> /dev/null || true
  umount "$home"/root/overlay "$home"/root/* 2> /dev/null || true
  rm -rf "$home"
}
trap leave EXIT
for _ in $(seq 100); do
  [ -S "$home/socket" ] && break
  sleep 0.1
done
DOCKER_HOST="unix://$home/socket" cargo nextest run --locked --no-fail-fast \
  --test container --test hostile_containers --test egress "$@"
