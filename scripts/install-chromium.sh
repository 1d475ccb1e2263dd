#!/usr/bin/env bash
# Installs Chromium for the browser tests on Debian and its kin, unless there is one; where that cannot be, the tests skip themselves.
set -euo pipefail

for name in "${CHROMIUM:-chromium}" chromium chromium-browser google-chrome; do
  if command -v "$name" > /dev/null; then
    echo "Chromium is here: $(command -v "$name")"
    exit 0
  fi
done

as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo -n); fi
if ! command -v apt-get > /dev/null || ! "${as_root[@]}" true 2> /dev/null; then
  echo 'Chromium is not here and cannot be installed (that takes apt-get, and root or sudo): the browser tests will be skipped.'
  exit 0
fi

export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" timeout 300 apt-get update --quiet=2 || true
if ! "${as_root[@]}" timeout 600 apt-get install --quiet=2 --yes --no-install-recommends chromium > /dev/null; then
  echo 'Chromium could not be installed: the browser tests will be skipped.'
  exit 0
fi
chromium --version
