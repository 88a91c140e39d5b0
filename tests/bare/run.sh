#!/usr/bin/env bash
# Proves the README's first promise: a clean copy of this repository, a Debian 12 with make, python3 and
# python3-venv and nothing else, an ordinary user, and nothing typed but `make demo` and `make test`.
#
# The root file system is made by mmdebstrap and entered by chroot in mount and PID namespaces of its own,
# so whatever happens in there, its mounts and processes are gone when this script is. It shares the
# network with this machine. Needs Linux, root, mmdebstrap and unshare.
#
#   LKM_BARE_WORKTREE=1   copy the work tree (what git tracks and what it does not ignore) instead of HEAD
#   LKM_BARE_RUN="…"      what the user types, one command a line; default: make demo, make test
set -euo pipefail

commands=${LKM_BARE_RUN:-$'make demo\nmake test'}
# Network settings of this machine that a user behind the same proxy or mirror would have as well; CI, since
# property tests draw the same examples each time there.
pass_on="CI HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY http_proxy https_proxy no_proxy all_proxy
  PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST PIP_DEFAULT_TIMEOUT PIP_RETRIES
  GOPROXY GOSUMDB GONOSUMDB GOPRIVATE GOINSECURE"
# Variables that name this machine's CA certificates; inside they name the copy.
ca_files="SSL_CERT_FILE PIP_CERT REQUESTS_CA_BUNDLE CURL_CA_BUNDLE"
ca_inside=/etc/ssl/certs/ca-certificates.crt
absent="go node npm docker uv git gcc cc"

say() { printf 'bare: %s\n' "$*"; }

fail() {
  say "$*" >&2
  exit 1
}

# What the user has running: one command line each. Zombies have none.
running() {
  local folder
  for folder in "$1"/proc/[0-9]*; do
    if [ "$(stat -c %u "$folder" 2>/dev/null)" = 1000 ]; then
      tr '\0' ' ' 2>/dev/null <"$folder/cmdline" | sed 's/ $/\n/' || true
    fi
  done
}

# As the first process of the new namespaces: mount what a running system has, then be the user.
inside() {
  local root=$1 home=/home/user name node environment=() before code left
  mount --make-rprivate /
  mount -t proc proc "$root/proc"
  mount --rbind -o ro /sys "$root/sys"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
  mount -t tmpfs -o mode=755 tmpfs "$root/dev"
  for node in null zero full random urandom tty; do
    : >"$root/dev/$node"
    mount --bind "/dev/$node" "$root/dev/$node"
  done
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  ln -s /proc/self/fd/0 "$root/dev/stdin"
  ln -s /proc/self/fd/1 "$root/dev/stdout"
  ln -s /proc/self/fd/2 "$root/dev/stderr"

  environment=("HOME=$home" USER=user LOGNAME=user SHELL=/bin/bash TERM=xterm-256color LANG=C.UTF-8
    PATH=/usr/local/bin:/usr/bin:/bin)
  for name in $pass_on; do
    if [ -n "${!name:-}" ]; then environment+=("$name=${!name}"); fi
  done
  for name in $ca_files; do
    if [ -n "${!name:-}" ]; then environment+=("$name=$ca_inside"); fi
  done
  as_user() {
    chroot --userspec=user:user "$root" /usr/bin/env -i "${environment[@]}" \
      /bin/bash -c "cd $home/lkm && $1" </dev/null
  }

  as_user "for tool in $absent; do if command -v \$tool; then echo \"bare: \$tool is there\"; exit 1; fi; done" ||
    fail "this is no bare machine"
  # shellcheck disable=SC2016  # for the shell inside
  say "$(as_user '. /etc/os-release; echo "$PRETTY_NAME, $(python3 -V), as $(id -un)"') without $absent"

  while IFS= read -r command; do
    if [ -z "$command" ]; then continue; fi
    before=$SECONDS
    say "\$ $command"
    code=0
    as_user "$command" || code=$?
    say "\`$command\` ended with $code after $((SECONDS - before)) s"
    if [ "$code" -ne 0 ]; then exit "$code"; fi
    left=$(running "$root")
    if [ -n "$left" ]; then fail "\`$command\` left this running:" "$left"; fi
  done <<<"$commands"
}

if [ "${1:-}" = --inside ]; then
  inside "$2"
  exit 0
fi

cd "$(dirname "$0")/../.."
[ "$(uname -s)" = Linux ] || fail "needs Linux"
[ "$(id -u)" -eq 0 ] || fail "needs root (chroot, mounts)"
for tool in mmdebstrap setpriv unshare chroot git tar; do
  command -v "$tool" >/dev/null || fail "needs $tool; tools/provision.sh installs it"
done

work=$(mktemp -d "${TMPDIR:-/tmp}/lkm-bare.XXXXXX")
# Its mounts were in a namespace that is gone by then, so this removes files and nothing else.
trap 'chmod -R u+w "$work" 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

base=$(tools/base-image.sh)
root=$work/root
mkdir "$root"
tar -C "$root" -xf "$base" --exclude='./dev/*'
chroot "$root" useradd --create-home --shell /bin/bash --uid 1000 user
mkdir "$root/home/user/lkm"
if [ -n "${LKM_BARE_WORKTREE:-}" ]; then
  say "copying the work tree"
  git ls-files -z --cached --others --exclude-standard --deduplicate |
    while IFS= read -r -d '' file; do if [ -e "$file" ]; then printf '%s\0' "$file"; fi; done |
    tar -c --null --no-recursion -T - | tar -x -C "$root/home/user/lkm"
else
  say "copying $(git log -1 --format='%h %s')"
  git archive HEAD | tar -x -C "$root/home/user/lkm"
fi
chroot "$root" chown -R user:user /home/user

# How this machine reaches the network: name servers, CA certificates, pip's settings for the whole machine.
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
for name in $ca_files; do
  if [ -s "${!name:-}" ]; then bundle=${!name}; fi
done
bundle=${bundle:-$ca_inside}
if [ -s "$bundle" ]; then cat "$bundle" >"$root$ca_inside"; fi
if [ -f /etc/pip.conf ]; then cp /etc/pip.conf "$root/etc/pip.conf"; fi

# The two kill options are a chain: when this script dies, unshare does, and with it everything in there.
setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child "$BASH" "$(pwd)/tests/bare/run.sh" --inside "$root"
say "passed"
