#!/usr/bin/env bash
# Runs a command with a Docker engine: the machine's own where one answers, else one that is started for the
# command and stopped after it, with its data, socket and network settings in a folder of its own.
#
#   tools/with-docker.sh make test
#
# Needs root and docker.io to start an engine (tools/provision.sh). No registry is asked: the one image the
# tests use is made from the base system that tests/bare keeps, under its official name.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

if docker info >/dev/null 2>&1; then exec "$@"; fi

work=$(mktemp -d "${TMPDIR:-/tmp}/lkm-docker.XXXXXX")
export DOCKER_HOST=unix://$work/docker.sock
engine=""
bridge=$(ip -brief link show docker0 2>/dev/null || true)

# shellcheck disable=SC2329  # called by the trap
stop() {
  if [ -n "$engine" ]; then
    kill "$engine" 2>/dev/null || true
    wait "$engine" 2>/dev/null || true
  fi
  # The engine leaves its bridge; one that was there before stays.
  if [ -z "$bridge" ]; then ip link delete docker0 2>/dev/null || true; fi
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

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

base=$("$here/base-image.sh")
docker import --change 'LABEL org.opencontainers.image.description="stand-in built from Debian packages"' \
  "$base" debian:bookworm-slim >/dev/null
"$@"
