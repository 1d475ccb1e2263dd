#!/usr/bin/env bash
# Installs a package on Debian and its kin: install-from-debian.sh PACKAGE TESTS. Where that fails, the tests that need it skip
# themselves; under CI it is an error.
set -euo pipefail

package="$1"
tests="$2"

skip() {
  echo "$1: $tests will be skipped."
  if [ -n "${CI:-}" ]; then exit 1; fi
  exit 0
}

as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo -n); fi
if ! command -v apt-get > /dev/null || ! "${as_root[@]}" true 2> /dev/null; then
  skip "$package is not here and cannot be installed (that takes apt-get, and root or sudo)"
fi

export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" timeout 300 apt-get update --quiet=2 || true
if ! "${as_root[@]}" timeout 600 apt-get install --quiet=2 --yes --no-install-recommends "$package" > /dev/null; then
  skip "$package could not be installed"
fi
"$package" --version
