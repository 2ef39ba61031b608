#!/usr/bin/env bash
# Builds ../glue.wasm, and notes beside it which sources it was built from. Needs Rust's target wasm32-unknown-unknown.
set -euo pipefail
cd "$(dirname "$0")"
root="$(cd ../../.. && pwd)"
target="${CARGO_TARGET_DIR:-$root/target}/component"
# Places of panics name source files: by names that no machine has.
export RUSTFLAGS="--remap-path-prefix=$root=. --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo --remap-path-prefix=$(rustc --print sysroot)=rust"
cargo build --locked --release --target wasm32-unknown-unknown --target-dir "$target"
cp "$target/wasm32-unknown-unknown/release/glue.wasm" ../glue.wasm
chmod 644 ../glue.wasm

cd "$root"
{
  find assets/component/glue \( -name '*.rs' -o -name Cargo.toml -o -name Cargo.lock -o -name build.sh \) -not -path '*/target/*'
  echo src/deploy/component/user/config.rs
  echo src/sandbox/number.rs
  echo src/sandbox/recipe.rs
  echo assets/component/glue.wasm
} | LC_ALL=C sort -u | xargs sha256sum > assets/component/glue/built-from.txt
