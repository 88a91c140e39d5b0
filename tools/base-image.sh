#!/usr/bin/env bash
# Prints the path of a Debian 12 root file system as a tar, made once and kept in the user's cache.
#
#   tools/base-image.sh              the machine of the bare proof: make, python3, python3-venv, CA certificates
#   tools/base-image.sh PACKAGE…     with these packages, without documentation and translations, for an image
set -euo pipefail

packages=make,python3,python3-venv,ca-certificates
options=()
if [ "$#" -gt 0 ]; then
  packages=$(IFS=, && printf '%s' "$*")
  # As Debian's official slim image; dpkg keeps to it in what is built on top.
  for folder in doc info locale man; do options+=("--dpkgopt=path-exclude=/usr/share/$folder/*"); done
fi
cache=${XDG_CACHE_HOME:-$HOME/.cache}/lkm-dev
# The name says what is in it: another list, another file.
base=$cache/bookworm-$(printf '%s' "$packages${options[*]-}" | sha256sum | cut -c1-12).tar
if [ ! -s "$base" ]; then
  echo "making Debian 12 with $packages" >&2
  mkdir -p "$cache"
  work=$(mktemp -d "${TMPDIR:-/tmp}/lkm-base.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mmdebstrap --quiet --variant=minbase --include="$packages" "${options[@]+"${options[@]}"}" \
    bookworm "$work/base.tar" </dev/null
  mv "$work/base.tar" "$base.$$"
  mv "$base.$$" "$base"
fi
printf '%s\n' "$base"
