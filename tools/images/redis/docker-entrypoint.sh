#!/bin/sh
# Redis as its own user, open to other containers, as in the official image.
set -e

case "$1" in
-* | *.conf) set -- redis-server "$@" ;;
esac
if [ "$1" = redis-server ]; then
  shift
  # Debian's build protects itself from other hosts, and with it from other containers.
  case "${1:-}" in
  *.conf)
    file=$1
    shift
    set -- redis-server "$file" --protected-mode no "$@"
    ;;
  *) set -- redis-server --protected-mode no "$@" ;;
  esac
  if [ "$(id -u)" = 0 ]; then
    chown -R redis .
    exec setpriv --reuid=redis --regid=redis --clear-groups "$@"
  fi
fi
exec "$@"
