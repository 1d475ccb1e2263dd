#!/usr/bin/env bash
# Installs Chromium for the browser tests, unless there is one.
set -euo pipefail

for name in "${CHROMIUM:-chromium}" chromium chromium-browser google-chrome; do
  if command -v "$name" > /dev/null; then
    echo "Chromium is here: $(command -v "$name")"
    exit 0
  fi
done
exec "$(dirname "$0")/install-from-debian.sh" chromium 'the browser tests'
