#!/bin/sh
# Downloads the public packages that tests/public tests with, from npm, crates.io and PyPI:
#   tests/public/fetch.sh FOLDER
#   PRIOSTACK_PUBLIC_PACKAGES=FOLDER cargo test --test public
# Components of JavaScript and Python are built here as well: each has its language's runtime in it,
# and weighs 12 MB and more. They need Node.js and Python 3.
set -eu
[ $# -eq 1 ] || { echo "usage: fetch.sh FOLDER" >&2; exit 2; }
sources=$(cd "$(dirname "$0")/../modules/component/languages" && pwd)
mkdir -p "$1"
cd "$1"

# npm_package NAME VERSION FOLDER: unpacks an npm package.
npm_package() {
    [ -d "$3" ] && return
    archive=$(npm pack --silent "$1@$2")
    mkdir "$3"
    tar -xzf "$archive" -C "$3" --strip-components 1
    rm "$archive"
}

npm_package lz4-wasm 0.9.2 lz4-wasm
npm_package esbuild-wasm 0.28.2 esbuild-wasm
npm_package @astrojs/compiler 4.0.0 astro-compiler
npm_package brotli-wasm 3.0.1 brotli-wasm
npm_package @wasm-fmt/gofmt 0.7.3 gofmt
npm_package @dprint/json 0.24.0 dprint-json
npm_package @chainsafe/as-sha256 1.2.5 as-sha256

# crate_file NAME VERSION FILE: a file out of a crate, as NAME/FILE.
crate_file() {
    [ -f "$1/$3" ] && return
    project=$(mktemp -d)
    (cd "$project" && cargo init --quiet --lib --name fetch && cargo add --quiet "$1@=$2" && cargo fetch --quiet)
    folder=$(cd "$project" && cargo metadata --format-version 1 --offline |
        grep -o '"manifest_path":"[^"]*/'"$1-$2"'/Cargo.toml"' | head -n 1 | cut -d '"' -f 4)
    mkdir -p "$1"
    cp "$(dirname "$folder")/$3" "$1/$3"
    rm -rf "$project"
}

crate_file extism-pdk 1.4.1 count_vowels.wasm

# javascript VERSION: a component by that componentize-js, as javascript-VERSION.wasm.
javascript() {
    [ -f "javascript-$1.wasm" ] && return
    npm install --silent --no-audit --no-fund --prefix "tools/javascript-$1" "@bytecodealliance/componentize-js@$1"
    cat >"tools/javascript-$1/build.mjs" <<'END'
import { writeFileSync } from "node:fs";
import { componentize } from "@bytecodealliance/componentize-js";
const [sources, output] = process.argv.slice(2);
const options = { sourcePath: `${sources}/main.js`, witPath: `${sources}/world.wit`, worldName: "functions" };
writeFileSync(output, (await componentize(options)).component);
END
    node "tools/javascript-$1/build.mjs" "$sources" "javascript-$1.wasm"
}

# python VERSION: a component by that componentize-py, as python-VERSION.wasm.
python() {
    [ -f "python-$1.wasm" ] && return
    python3 -m venv "tools/python-$1"
    "tools/python-$1/bin/pip" install --quiet "componentize-py==$1"
    "tools/python-$1/bin/componentize-py" -q -d "$sources/world.wit" -w functions \
        componentize -p "$sources" app -o "python-$1.wasm"
    rm -rf "$sources/__pycache__"
}

javascript 0.23.0
javascript 0.19.3
python 0.25.1
python 0.17.2
