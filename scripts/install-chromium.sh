#!/usr/bin/env bash
# Installs Chromium for the browser tests on Debian and its kin, unless there is one. Where that fails the tests skip themselves;
# under CI it is an error.
set -euo pipefail

skip() {
  echo "$1: the browser tests will be skipped."
  if [ -n "${CI:-}" ]; then exit 1; fi
  exit 0
}

for name in "${CHROMIUM:-chromium}" chromium chromium-browser google-chrome; do
  if command -v "$name" > /dev/null; then
    echo "Chromium is here: $(command -v "$name")"
    exit 0
  fi
done

as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo -n); fi
if ! command -v apt-get > /dev/null || ! "${as_root[@]}" true 2> /dev/null; then
  skip 'Chromium is not here and cannot be installed (that takes apt-get, and root or sudo)'
fi

export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" timeout 300 apt-get update --quiet=2 || true
if ! "${as_root[@]}" timeout 600 apt-get install --quiet=2 --yes --no-install-recommends chromium > /dev/null; then
  skip 'Chromium could not be installed'
fi
chromium --version
