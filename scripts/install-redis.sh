#!/usr/bin/env bash
# Installs a Redis server for the tests of queues on Debian and its kin, unless there is one. Where that fails the tests skip
# themselves; under CI it is an error.
set -euo pipefail

skip() {
  echo "$1: the tests of queues will be skipped."
  if [ -n "${CI:-}" ]; then exit 1; fi
  exit 0
}

if command -v redis-server > /dev/null; then
  echo "Redis is here: $(command -v redis-server)"
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo -n); fi
if ! command -v apt-get > /dev/null || ! "${as_root[@]}" true 2> /dev/null; then
  skip 'Redis is not here and cannot be installed (that takes apt-get, and root or sudo)'
fi

export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" timeout 300 apt-get update --quiet=2 || true
if ! "${as_root[@]}" timeout 600 apt-get install --quiet=2 --yes --no-install-recommends redis-server > /dev/null; then
  skip 'Redis could not be installed'
fi
redis-server --version
