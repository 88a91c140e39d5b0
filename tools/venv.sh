#!/usr/bin/env bash
# Makes .venv from the hashed lock, or brings it up to date: with uv when it is there, else with venv and pip.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
lock=constraints/dev.txt
stamp=.venv/.ready

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

if ! command -v "$python" >/dev/null; then
  fail "There is no $python here; lkm needs Python 3.11 or newer." \
    "  Debian, Ubuntu: sudo apt-get install python3 python3-venv" \
    "  macOS:          brew install python@3.13"
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  fail "$python is $("$python" -V 2>&1); lkm needs Python 3.11 or newer." \
    "  Another one on this machine: make PYTHON=python3.12 …"
fi

uv=$(command -v uv || true)
if [ -z "$uv" ] && ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
  fail "$python cannot make virtual environments: its venv or ensurepip module is missing." \
    "  Debian, Ubuntu: sudo apt-get install python3-venv"
fi

# Only an environment that was once complete is worth updating; the rest of an interrupted set-up is not.
fresh=yes
if [ -e "$stamp" ]; then
  if [ -n "$uv" ] || .venv/bin/python -m pip --version >/dev/null 2>&1; then
    if .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then fresh=no; fi
  fi
fi
rm -f "$stamp"

packages=$(grep -c '^[a-z0-9]' "$lock")
if [ -n "$uv" ]; then
  # Never a Python of uv's own: what the tests run on is what the user has.
  export UV_PYTHON_DOWNLOADS=never UV_NO_CONFIG=1
  install=("$uv" pip install --quiet --python .venv/bin/python)
  if [ "$fresh" = yes ]; then "$uv" venv --quiet --clear --python "$(command -v "$python")" .venv; fi
  echo "Installing $packages packages from $lock into .venv (uv) …" >&2
else
  install=(.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input)
  if [ "$fresh" = yes ]; then "$python" -m venv --clear .venv; fi
  echo "Installing $packages packages from $lock into .venv (pip) …" >&2
fi

"${install[@]}" --require-hashes -r "$lock"
# Not isolated: the build backend comes from the lock as well, so nothing unhashed is ever fetched.
"${install[@]}" --no-deps --no-build-isolation -e .
: >"$stamp"
