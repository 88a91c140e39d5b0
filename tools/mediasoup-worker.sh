#!/usr/bin/env bash
# Builds the worker of the mediasoup that examples/call-app locks, for machines that cannot download the prebuilt
# one: from the C++ source in the npm package, over Debian 12's libraries. Takes some minutes, once per version;
# prints where the binary is. Point MEDIASOUP_WORKER_BIN at it.
#
# Needs what tools/provision.sh installs: g++, ninja, flatbuffers-compiler, the libraries' headers, and the
# node_modules of examples/call-app. The source there is not changed.
#
# The source names its dependencies as Meson subprojects to be downloaded. tools/mediasoup has a folder for each
# that leads to Debian's library instead; for libsrtp, of which Debian has version 2, with an adapter.
set -euo pipefail
cd "$(dirname "$0")/.."

package=examples/call-app/node_modules/mediasoup
version=$(sed -nE 's/^[[:space:]]*"version": "([^"]+)",?$/\1/p' "$package/package.json")
folder=${XDG_CACHE_HOME:-$HOME/.cache}/lkm-dev/mediasoup-$version
binary=$folder/mediasoup-worker
if [ -x "$binary" ]; then
  printf '%s\n' "$binary"
  exit 0
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/lkm-mediasoup.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
# Nothing but the path goes to stdout.
exec 3>&1 >&2
echo "mediasoup-worker: building $version"

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r constraints/meson.txt

cp -R "$package/worker" "$work/source"
subprojects=$work/source/subprojects
rm -rf "${subprojects:?}"/*
cp -R tools/mediasoup/. "$subprojects"
for subproject in "$subprojects"/*/; do
  # Options that the worker sets on its subprojects; libraries that are built already have no use for them.
  for option in build_tests build_benchmarks crypto-library crypto-library-kdf tests sctp_build_programs; do
    echo "option('$option', type: 'string')"
  done >"$subproject/meson_options.txt"
done

# The worker's BIO callback answers 1 to every control call. An OpenSSL with kernel TLS, as Debian's, takes that
# for "kTLS is active", allocates no write buffer and crashes in the first DTLS handshake. Pass the result on.
dtls=$work/source/src/RTC/DtlsTransport.cpp
sed -i 's/(operationType == BIO_CB_RETURN)/(operationType \& BIO_CB_RETURN)/' "$dtls"
grep -q 'operationType & BIO_CB_RETURN' "$dtls"

"$work/venv/bin/meson" setup --buildtype=release -Db_ndebug=true -Dms_disable_liburing=true \
  "$work/build" "$work/source" >"$work/log" || { tail -n 30 "$work/log"; exit 1; }
# The headers that it makes from schemas have to be there before anything includes them.
ninja=(ninja -C "$work/build" --quiet)
"$work/venv/bin/meson" compile -C "$work/build" flatbuffers-generator >>"$work/log"
"${ninja[@]}" mediasoup-worker

install -D -m 755 -s "$work/build/mediasoup-worker" "$folder/.new.$$"
mv "$folder/.new.$$" "$binary"
printf '%s\n' "$binary" >&3
