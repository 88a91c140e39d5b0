#!/usr/bin/env bash
# Makes the certificates with faults that the doctor must tell apart. They are committed: no test needs openssl.
#
# All are for the key server.key. root.pem signs; its own key is thrown away. None of them ends before 2120
# (but for the one that has ended), so no test begins to fail by itself.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
names='subjectAltName=DNS:livekit.test,DNS:localhost,IP:127.0.0.1,IP:10.99.7.2'
authority='basicConstraints=critical,CA:TRUE'
days=36500

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$work/$1.key"; }

# sign NAME ISSUER ISSUER-KEY SUBJECT EXTENSIONS [DAYS]: the leaf has server.key, an authority a key of its own.
sign() {
  local key=server.key
  [ -f "$work/$1.key" ] && key=$work/$1.key
  openssl req -new -key "$key" -subj "/CN=$4" -out "$work/$1.csr"
  openssl x509 -req -in "$work/$1.csr" -CA "$2" -CAkey "$3" -days "${6:-$days}" -sha256 \
    -extfile <(printf '%b' "$5") -out "$work/$1.pem"
}

key root
openssl req -x509 -new -key "$work/root.key" -subj '/CN=lkm test root' -addext "$authority" -days "$days" -out root.pem
key intermediate
sign intermediate root.pem "$work/root.key" 'lkm test intermediate' "$authority"
sign expired root.pem "$work/root.key" livekit.test "$names" -1
sign wrong-name root.pem "$work/root.key" other.test 'subjectAltName=DNS:other.test'
sign good root.pem "$work/root.key" livekit.test "$names"
access='authorityInfoAccess=caIssuers;URI:http://ca.lkm.test/intermediate.der'
sign leaf "$work/intermediate.pem" "$work/intermediate.key" livekit.test "$names\n$access"
openssl req -x509 -new -key server.key -subj /CN=livekit.test -addext "$names" -days "$days" -out self-signed.pem
cp "$work/expired.pem" "$work/wrong-name.pem" "$work/good.pem" .
cp "$work/leaf.pem" no-intermediate.pem
cat "$work/leaf.pem" "$work/intermediate.pem" >chain.pem
