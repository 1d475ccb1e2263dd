#!/usr/bin/env bash
# Makes a Python environment with PyTorch for the parity tests and prints its interpreter, or nothing where that fails
# (under CI that is an error). Everything else goes to standard error: PYTHON="$(scripts/install-python.sh)"
# With the word torchvision: one of its own with torchvision and open_clip for the data benchmark, of up to 6 GB (CUDA libraries).
set -euo pipefail
cd "$(dirname "$0")/.."

environment=.cache/python
requirements=test/parity/requirements.txt
# open_clip and timm would draw in torchvision and, with it, CUDA builds of several GB.
options=--no-deps
if [ "${1:-}" = torchvision ]; then
  environment=.cache/python-torchvision
  requirements=benchmarks/requirements.txt
  options=
fi
python="$PWD/$environment/bin/python"

skip() {
  echo "$1: the parity tests that need Python will be skipped." >&2
  if [ -n "${CI:-}" ]; then exit 1; fi
  exit 0
}

# What was installed once is taken as it is, until the requirements change.
if cmp --silent "$requirements" "$environment/installed.txt"; then
  echo "$python"
  exit 0
fi

command -v python3 > /dev/null || skip 'Python 3 is not here'
rm -rf "$environment"
python3 -m venv "$environment" >&2 || skip 'Python cannot make environments here'
# shellcheck disable=SC2086
timeout 900 "$python" -m pip install --quiet --no-input $options --requirement "$requirements" >&2 ||
  skip 'PyTorch could not be installed'
# Elsewhere than on the machines of this project the wheel may want CUDA libraries.
"$python" -c 'import torch' 2> /dev/null || skip 'PyTorch was installed but does not load'
cp "$requirements" "$environment/installed.txt"
echo "$python"
