#!/usr/bin/env bash
# Makes a Python environment with moto, a server that speaks S3's protocol, for the tests of bulk output, and prints its program, or nothing where
# that fails (under CI that is an error).
set -euo pipefail
cd "$(dirname "$0")/.."

program="$PWD/.cache/moto/bin/moto_server"
if [ -x "$program" ]; then
  echo "$program"
  exit 0
fi
if ! python3 -m venv .cache/moto >&2 || ! timeout 300 .cache/moto/bin/python -m pip install --quiet --no-input 'moto[s3]==5.2.5' flask flask-cors >&2; then
  rm -rf .cache/moto
  echo 'moto could not be installed: the tests of S3 will be skipped.' >&2
  if [ -n "${CI:-}" ]; then exit 1; fi
  exit 0
fi
echo "$program"
