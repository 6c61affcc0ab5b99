#!/usr/bin/env bash
# Makes a Docker engine answer on this machine: installs it when missing and starts `dockerd` by hand, since a CI
# machine has no service manager. Does nothing when one answers already. Run as root.
set -euo pipefail

log=${DOCKERD_LOG:-/var/log/dockerd.log}

answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

if answers; then
  echo "Docker answers already: engine $(docker version --format '{{.Server.Version}}')"
  exit 0
fi

if ! command -v dockerd >/dev/null || ! command -v iptables >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends docker.io iptables >/dev/null
fi

# A dockerd that was killed leaves its pid file behind, and the next one refuses to start while that pid is in use.
if [ -f /var/run/docker.pid ] && ! grep -q dockerd "/proc/$(cat /var/run/docker.pid)/comm" 2>/dev/null; then
  rm -f /var/run/docker.pid
fi

# Its own session, so that it outlives the shell that called this script. Docker picks overlay2 and the host's
# iptables by itself; both work on cgroup v1 and v2.
setsid nohup dockerd --log-level=warn >"$log" 2>&1 </dev/null &
pid=$!

for _ in $(seq 1 120); do
  if answers; then
    echo "Docker engine $(docker version --format '{{.Server.Version}}') started (log: $log)"
    exit 0
  fi
  if ! kill -0 "$pid" 2>/dev/null; then break; fi
  sleep 0.25
done

echo "dockerd did not start; the end of $log:" >&2
tail -n 30 "$log" >&2
kill "$pid" 2>/dev/null || true
exit 1
