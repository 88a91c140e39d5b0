#!/usr/bin/env bash
# Puts the images of docker-compose.yml into the Docker engine that the environment points at: those that are
# there stay, the others are pulled, and where no registry answers they are stood in for (tools/images/).
#
#   tools/images.sh              prints the names of what it put there as a stand-in, one per line
#   tools/images.sh --local      asks no registry
#   tools/images.sh --official   pulls every one, also in the place of a stand-in, or fails
#
# The stand-ins are kept as a tar in the user's cache. Making them needs mmdebstrap, root, Debian's package
# mirror and a LiveKit server (`lkm server install`); loading them needs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

label="stand-in built from Debian packages"
base=debian:bookworm-slim
cache=${XDG_CACHE_HOME:-$HOME/.cache}/lkm-dev
mapfile -t images < <(sed -nE 's/^ +image: *([^ #]+).*/\1/p' docker-compose.yml)
# What the Dockerfiles of the example start from.
images+=(node:20-bookworm-slim)

if [ "${1:-}" = --official ]; then
  for image in "${images[@]}"; do docker pull "$image"; done
  exit 0
fi

missing=()
there=()
for image in "$base" "${images[@]}"; do
  if docker image inspect "$image" >/dev/null 2>&1; then
    there+=("$image")
    continue
  fi
  if [ "${1:-}" != --local ] && timeout 300 docker pull --quiet "$image" >/dev/null 2>&1; then continue; fi
  missing+=("$image")
done
if [ "${#missing[@]}" -eq 0 ]; then exit 0; fi

# build NAME CONTEXT: under the official name, told apart by its label.
build() {
  local said
  echo "images: building $1" >&2
  # BuildKit's plugin is not in Debian; the host's network reaches the package mirror as the host does.
  if ! said=$(DOCKER_BUILDKIT=0 docker build --network host --tag "$1" \
    --label "org.opencontainers.image.description=$label" "$2" 2>&1); then
    printf '%s\n' "$said" >&2
    return 1
  fi
}

make_all() {
  local image repository system
  work=$(mktemp -d "${TMPDIR:-/tmp}/lkm-images.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  system=$(tools/base-image.sh busybox-static ca-certificates libstdc++6)
  docker import --change "LABEL org.opencontainers.image.description=\"$label\"" "$system" "$base" >/dev/null
  for image in "${images[@]}"; do
    repository=${image%%:*}
    case "$repository" in
    livekit/livekit-server)
      cp -r tools/images/livekit "$work/livekit"
      cp "$server" "$work/livekit/livekit-server"
      mkdir -p "$work"/livekit/root-fs/{bin,root}
      tar -xf "$system" -C "$work/livekit/root-fs" ./etc/ssl/certs/ca-certificates.crt ./tmp
      tar -xOf "$system" ./usr/bin/busybox >"$work/livekit/root-fs/bin/busybox"
      chmod 755 "$work/livekit/root-fs/bin/busybox"
      echo 'root:x:0:0:root:/root:/bin/sh' >"$work/livekit/root-fs/etc/passwd"
      build "$image" "$work/livekit"
      ;;
    node)
      cp -r tools/images/node "$work/node"
      cp "$(readlink -f "$(command -v node)")" "$work/node/node"
      cp -r "$(npm root --global)/npm" "$work/node/npm"
      cp /etc/ssl/certs/ca-certificates.crt "$work/node/"
      build "$image" "$work/node"
      ;;
    *) build "$image" "tools/images/$repository" ;;
    esac
  done
  docker save --output "$work/images.tar" "$base" "${images[@]}"
  rm -f "$cache"/images-*.tar
  mv "$work/images.tar" "$kept"
}

version=$(printf '%s\n' "${images[@]}" | sed -nE 's|^livekit/livekit-server:v||p')
server=${LKM_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/lkm}/servers/$version/livekit-server
if [ ! -x "$server" ]; then
  echo "images: no LiveKit server $version: .venv/bin/lkm server install --version $version" >&2
  exit 1
fi
# The name says what they are made of: another recipe or another server, other images.
mkdir -p "$cache"
made_of=$(printf '%s\n' "${images[@]}" | cat - tools/base-image.sh tools/images.sh tools/images/*/* "$server" |
  sha256sum | cut -c1-12)
kept=$cache/images-$made_of.tar
keep=()
for image in "${there[@]+"${there[@]}"}"; do
  keep+=("$(docker image inspect --format '{{.Id}}' "$image")" "$image")
done
(
  # Two runs at once: the second finds what the first made.
  flock 9
  if [ -s "$kept" ]; then docker load --quiet --input "$kept" >/dev/null; else make_all; fi
) 9>"$cache/images.lock"
# What was there keeps its name.
set -- "${keep[@]+"${keep[@]}"}"
while [ "$#" -gt 0 ]; do
  docker tag "$1" "$2"
  shift 2
done
printf '%s\n' "${missing[@]}"
