#!/usr/bin/env bash
# Installs a Redis server for the tests of queues, unless there is one.
set -euo pipefail

if command -v redis-server > /dev/null; then
  echo "Redis is here: $(command -v redis-server)"
  exit 0
fi
exec "$(dirname "$0")/install-from-debian.sh" redis-server 'the tests of queues'
