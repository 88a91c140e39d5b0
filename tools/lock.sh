#!/usr/bin/env bash
# Writes the hashed locks in constraints/. They hold on every Python and system that the project
# supports (--universal), and name no package index: whoever installs brings their own.
# Arguments go to uv: `make lock ARGS=--upgrade`.
set -euo pipefail
cd "$(dirname "$0")/.."
more=("$@")

if ! command -v uv >/dev/null; then
  temp=$(mktemp -d)
  trap 'rm -rf "$temp"' EXIT
  "${PYTHON:-python3}" -m venv "$temp/venv"
  "$temp/venv/bin/pip" install -q uv
  PATH="$temp/venv/bin:$PATH"
fi

# What this machine sets for its own package clients must not shape the lock.
unset PIP_FIND_LINKS UV_FIND_LINKS UV_CONSTRAINT UV_OVERRIDE UV_EXCLUDE_NEWER UV_PRERELEASE UV_RESOLUTION


compile() {
  uv pip compile --no-config --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" \
    "${more[@]+"${more[@]}"}" "$@"
}

compile pyproject.toml --extra media --group dev --output-file constraints/dev.txt
compile constraints/go.in --output-file constraints/go.txt
compile constraints/node.in --output-file constraints/node.txt
compile constraints/meson.in --output-file constraints/meson.txt
