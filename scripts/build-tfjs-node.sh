#!/usr/bin/env bash
# Builds @tensorflow/tfjs-node from what npm and PyPI hold (its own installer downloads from elsewhere) and prints its folder,
# or nothing where that fails (under CI that is an error). Everything else goes to standard error: TFJS_NODE="$(scripts/build-tfjs-node.sh)"
set -euo pipefail
cd "$(dirname "$0")/.."

version="$(node -p "require('./package.json').peerDependencies['@tensorflow/tfjs-core']")"
# The oldest wheel with TensorFlow's C functions in a library that needs no Python; tfjs-node itself names 2.9.1.
tensorflow=2.12.0
folder="$PWD/.cache/tfjs-node/$version-$tensorflow"
package="$folder/node_modules/@tensorflow/tfjs-node"

skip() {
  echo "$1: the tests on the real tfjs-node will be skipped." >&2
  if [ -n "${CI:-}" ]; then exit 1; fi
  exit 0
}

if [ -e "$folder/built" ]; then
  echo "$package"
  exit 0
fi

[ "$(uname -sm)" = 'Linux x86_64' ] || skip 'There is a recipe for Linux on x86-64 only'
for tool in g++ python3 npm; do command -v "$tool" > /dev/null || skip "$tool is not here"; done
rm -rf .cache/tfjs-node
mkdir -p "$folder"

echo '{ "private": true }' > "$folder/package.json"
npm --prefix "$folder" install --silent --no-audit --no-fund --ignore-scripts \
  "@tensorflow/tfjs-node@$version" node-api-headers@1 >&2 || skip 'npm could not fetch its sources'
timeout 300 python3 -m pip download --quiet --no-input --no-deps --only-binary=:all: --python-version 3.11 \
  --platform manylinux2014_x86_64 --dest "$folder" "tensorflow-cpu==$tensorflow" >&2 || skip 'pip could not fetch TensorFlow'

mkdir -p "$package/deps/lib" "$package/lib/napi-v8"
python3 - "$folder"/*.whl "$folder" << 'EOF'
import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
wanted = ('tensorflow/libtensorflow', 'tensorflow/include/tensorflow/')
archive.extractall(sys.argv[2], [name for name in archive.namelist() if name.startswith(wanted)])
EOF
mv "$folder"/tensorflow/libtensorflow* "$package/deps/lib/"
g++ -std=c++17 -O2 -fPIC -shared -DNAPI_VERSION=8 -Wl,-rpath,'$ORIGIN/../../deps/lib' \
  -I"$folder/node_modules/node-api-headers/include" -I"$folder/tensorflow/include" \
  "$package"/binding/*.cc "$package"/deps/lib/libtensorflow_{cc,framework}.so.2 \
  -o "$package/lib/napi-v8/tfjs_binding.node" >&2 || skip 'Its binding did not compile'
TF_CPP_MIN_LOG_LEVEL=2 node -e 'require(process.argv[1])' "$package" >&2 || skip 'What was built does not load'

rm -rf "$folder"/*.whl "$folder/tensorflow"
touch "$folder/built"
echo "$package"
