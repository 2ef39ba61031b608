#!/bin/sh
# Builds front.wasm, host.wasm and glue.wasm from their sources and records what they were built from (built-from.txt).
# Needs Rust with the target wasm32-unknown-unknown; the linker that makes components comes with its wasm32-wasip2.
set -eu
cd "$(dirname "$0")"

host=$(rustc -vV | sed -n 's/^host: //p')
linker=$(rustc --print sysroot)/lib/rustlib/$host/bin/wasm-component-ld
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
# No path of this machine stays in what is built.
root=$(cd ../.. && pwd)
flags="--remap-path-prefix=$root=. --remap-path-prefix=$(rustc --print sysroot)=rust"
for registry in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
  flags="$flags --remap-path-prefix=$registry=dependencies"
done

# Front and host are components, and the glue is a core module.
RUSTFLAGS="$flags -C linker=$linker" cargo build --release --locked --target wasm32-unknown-unknown -p front -p host
RUSTFLAGS="$flags" cargo build --release --locked --target wasm32-unknown-unknown -p glue
for part in front host glue; do
  cp "$CARGO_TARGET_DIR/wasm32-unknown-unknown/release/$part.wasm" "$part.wasm"
done

cd ../..
{
  find assets/component -name '*.rs' -not -path '*/target/*'
  find assets/component \( -name '*.toml' -o -name '*.lock' -o -name '*.wit' -o -name build.sh \) -not -path '*/target/*'
  find src/platform/http -name '*.rs'
  echo src/bundle/method.rs
  echo src/bundle/names.rs
  echo src/bundle/path_template.rs
  echo src/bundle/printable.rs
  echo src/deploy/component/site.rs
  echo src/deploy/component/user/config.rs
  echo src/sandbox/json.rs
  echo src/sandbox/number.rs
  echo src/sandbox/output.rs
  echo src/sandbox/recipe.rs
  echo assets/component/front.wasm
  echo assets/component/glue.wasm
  echo assets/component/host.wasm
} | LC_ALL=C sort -u | xargs sha256sum > assets/component/built-from.txt
