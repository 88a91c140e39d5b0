#!/usr/bin/env bash
# Writes examples/call-app-migrated anew: what `lkm init` makes of examples/call-app, with the lock that npm makes
# of it. Installed packages stay where they are. A test holds the folder equal to what this makes.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
target=$root/examples/call-app-migrated

work=$(mktemp -d "${TMPDIR:-/tmp}/lkm-example.XXXXXX")
trap 'rm -rf "$work"' EXIT
git ls-files -z examples/call-app | tar --create --null --files-from - | tar --extract --directory "$work"
cd "$work/examples/call-app"
# Undo keeps its journal in the state folder: this one is thrown away.
LKM_STATE_DIR=$work/state "$root/.venv/bin/lkm" init --no-input \
  --seam 'apps/web/src/call/useCall.ts#useCall' \
  --authorize 'apps/server/src/access.ts#roomAccess(services, env.SESSION_SECRET)'
npm install --package-lock-only --ignore-scripts --no-audit --no-fund --loglevel=error \
  --omit-lockfile-registry-resolved
rm -rf .lkm

mkdir -p "$target"
find "$target" -mindepth 1 -maxdepth 1 ! -name node_modules -exec rm -rf {} +
cp -R . "$target"
