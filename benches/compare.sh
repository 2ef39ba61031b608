#!/bin/sh
# Our calls beside those of Node.js with the toolchains' own glue, on this machine and in one run:
#   tests/modules/build.sh             makes the modules and keeps their glue
#   benches/compare.sh
set -eu
cd "$(dirname "$0")/.."
[ -d tests/modules/build/glue ] || { echo "compare.sh: run tests/modules/build.sh first: it keeps the glue" >&2; exit 1; }
target=${CARGO_TARGET_DIR:-target}
cargo bench --bench invoke -- "$@" >&2
node benches/node.mjs "$target"
