#!/bin/sh
# Set-up for start, test, bench and demo: npm packages, Debian packages, build. Each step only when something is missing.
# Usage: . scripts/setup.sh; setup_all [tests]
set -eu
cd "$(dirname "$0")/.."

# program or file -> Debian package; what the program itself stands on
RUN_PARTS="runc:runc crun:crun conmon:conmon /usr/lib/podman/netavark:netavark /usr/lib/podman/aardvark-dns:aardvark-dns
iptables:iptables catatonit:catatonit tar:tar mount:mount unshare:util-linux xz:xz-utils bzip2:bzip2 ps:procps ip:iproute2 busybox:busybox-static"
# what compiling node-pty needs
BUILD_PARTS="python3:python3 make:make g++:g++"
# what only the tests need
TEST_PARTS="docker-registry:docker-registry ssh-agent:openssh-client tmux:tmux htpasswd:apache2-utils openssl:openssl zstd:zstd git:git debootstrap:debootstrap setcap:libcap2-bin"

say() { printf 'boxtop: %s\n' "$*" >&2; }

# Prints the Debian packages of the parts that are not there.
missing_packages() {
  for part in "$@"; do
    what=${part%%:*}
    case $what in
      /*) [ -e "$what" ] || printf '%s ' "${part#*:}" ;;
      *) command -v "$what" >/dev/null 2>&1 || [ -x "/usr/sbin/$what" ] || [ -x "/sbin/$what" ] || printf '%s ' "${part#*:}" ;;
    esac
  done
}

# Installs what is missing when root with apt; else says the one line to run. What can run without it, runs.
install_packages() {
  missing=$(missing_packages "$@")
  [ -z "$missing" ] && return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    say "missing parts; install them with: sudo apt-get install -y ${missing% }"
    return 0
  fi
  say "installing Debian packages: ${missing% }"
  log=$(mktemp)
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086
  if ! { apt-get update && apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
    tail -n 15 "$log" >&2
    say "apt-get could not install: ${missing% }"
  fi
  rm -f "$log"
}

# npm packages, when the lock file is not the one that was installed.
install_npm() {
  stamp=node_modules/.boxtop-lock
  [ -x node_modules/node/bin/node ] && cmp -s package-lock.json "$stamp" && return 0
  say "installing npm packages"
  # not `npm ci`: it fails when a registry lacks an optional package of another platform
  npm install --no-save --no-audit --no-fund --loglevel=error >&2 </dev/null
  cp package-lock.json "$stamp"
}

# dist/, when a source is newer than the last build.
build() {
  if [ -f dist/main.cjs ] && [ -z "$(find src scripts/build.mjs scripts/parts.mjs package-lock.json -newer dist/main.cjs -type f 2>/dev/null | head -n 1)" ]; then
    return 0
  fi
  node_modules/node/bin/node scripts/build.mjs
}

setup_all() {
  # shellcheck disable=SC2086
  if [ "${1:-}" = tests ]; then install_packages $BUILD_PARTS $RUN_PARTS $TEST_PARTS; else install_packages $BUILD_PARTS $RUN_PARTS; fi
  install_npm
  build
  PATH=$PWD/node_modules/node/bin:$PWD/node_modules/.bin:$PATH
  export PATH
}
