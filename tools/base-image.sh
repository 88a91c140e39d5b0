#!/usr/bin/env bash
# Prints the path of a bare Debian 12 root file system as a tar, made once and kept in the user's cache.
# What is in it: Debian's minimal base, make, python3, python3-venv and CA certificates.
set -euo pipefail

packages=make,python3,python3-venv,ca-certificates
cache=${XDG_CACHE_HOME:-$HOME/.cache}/lkm-dev
# The name says what is in it: another list, another file.
base=$cache/bookworm-$(printf '%s' "$packages" | sha256sum | cut -c1-12).tar
if [ ! -s "$base" ]; then
  echo "making Debian 12 with $packages" >&2
  mkdir -p "$cache"
  work=$(mktemp -d "${TMPDIR:-/tmp}/lkm-base.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mmdebstrap --quiet --variant=minbase --include="$packages" bookworm "$work/base.tar" </dev/null
  mv "$work/base.tar" "$base.$$"
  mv "$base.$$" "$base"
fi
printf '%s\n' "$base"
