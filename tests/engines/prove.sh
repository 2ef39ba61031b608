#!/bin/sh
# Runs the exported services of a bundle on other engines and compares every saved case's answer with the workbench's:
# `request`, the gateway (`serve`), `wasmtime serve` and `jco serve`. Then pushes the OCI images to a registry on this
# machine and reads them back. Writes a table in Markdown to standard output; exit status 1 where anything differs.
#
#   tests/engines/prove.sh [BUNDLE]        default: sample-bundle
#
# Needs cargo, npm, docker-registry and skopeo (packages of these names on Debian). $WORKBENCH, $WASMTIME and $ENGINES
# (a folder with node_modules) name what is there already; what is not is built or installed into target/engines.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
bundle=$(cd "${1:-$root/sample-bundle}" && pwd)
work="${CARGO_TARGET_DIR:-$root/target}/engines"
mkdir -p "$work"

if [ -z "${WORKBENCH:-}" ]; then
  cargo build --release --no-default-features --manifest-path "$root/Cargo.toml" >&2
  WORKBENCH="${CARGO_TARGET_DIR:-$root/target}/release/priostack-workbench"
fi
if [ -z "${WASMTIME:-}" ]; then
  cargo install wasmtime-cli --version 48.0.8 --locked --root "$work/wasmtime" >&2
  WASMTIME="$work/wasmtime/bin/wasmtime"
fi
if [ -z "${ENGINES:-}" ]; then
  ENGINES="$work/npm"
  mkdir -p "$ENGINES"
  cp "$here/package.json" "$ENGINES/"
  (cd "$ENGINES" && npm install --no-audit --no-fund >&2)
fi
for tool in docker-registry skopeo; do
  command -v "$tool" > /dev/null || { echo "$tool is missing" >&2; exit 2; }
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for target in component oci; do
  "$WORKBENCH" export "$bundle" --to "$target" -o "$scratch/$target" > /dev/null 2> "$scratch/$target.txt" \
    || { cat "$scratch/$target.txt" >&2; exit 1; }
done
node="$ENGINES/node_modules/node/bin/node"
status=0
WORKBENCH="$WORKBENCH" WASMTIME="$WASMTIME" JCO="$ENGINES/node_modules/@bytecodealliance/jco" \
  "$node" "$here/answers.mjs" "$bundle" "$scratch/component" || status=1
"$node" "$here/registry.mjs" "$scratch/oci" "$scratch/registry" || status=1
exit $status
