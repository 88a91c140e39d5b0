#!/usr/bin/env bash
# Runs a command with a Docker engine that has the images of docker-compose.yml: the machine's own engine where
# one answers, else one that is started for the command and stopped after it, with its data, socket and network
# settings in a folder of its own.
#
#   tools/with-docker.sh make test
#
# Needs root and docker.io to start an engine (tools/provision.sh). Images that the engine does not have are
# pulled, or stood in for where no registry answers (tools/images.sh); in the machine's own engine stand-ins last
# as long as the command.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

engine=""
stand_ins=()
work=$(mktemp -d "${TMPDIR:-/tmp}/lkm-docker.XXXXXX")

# shellcheck disable=SC2329  # called by the trap
stop() {
  if [ -n "$engine" ]; then
    kill "$engine" 2>/dev/null || true
    wait "$engine" 2>/dev/null || true
    # The engine leaves its bridge; one that was there before stays.
    if [ -z "$bridge" ]; then ip link delete docker0 2>/dev/null || true; fi
    # It leaves the network name space of the host mounted, and one that fails at its start its data.
    awk -v work="$work/" 'index($2, work) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount || true
  elif [ "${#stand_ins[@]}" -gt 0 ]; then
    docker image rm "${stand_ins[@]}" >/dev/null 2>&1 || true
  fi
  rm -rf "$work" || true  # the exit code is the command's
}
trap stop EXIT
trap 'exit 129' HUP  # the terminal is closed
trap 'exit 130' INT
trap 'exit 143' TERM

images=()
if ! docker info >/dev/null 2>&1; then
  export DOCKER_HOST=unix://$work/docker.sock
  bridge=$(ip -brief link show docker0 2>/dev/null || true)
  dockerd --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/pid" --host "$DOCKER_HOST" \
    >"$work/log" 2>&1 &
  engine=$!
  for _ in $(seq 150); do
    if docker info >/dev/null 2>&1; then break; fi
    if ! kill -0 "$engine" 2>/dev/null; then break; fi
    sleep 0.2  # between two looks, 30 s in all
  done
  if ! docker info >/dev/null 2>&1; then
    echo "with-docker: the engine did not start:" >&2
    tail -n 20 "$work/log" >&2
    exit 1
  fi
  # It has nothing, each time anew: what was made before beats asking a registry.
  images=(--local)
fi
"$here/images.sh" "${images[@]+"${images[@]}"}" >"$work/stand-ins"
mapfile -t stand_ins <"$work/stand-ins"
"$@"
