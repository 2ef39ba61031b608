#!/bin/sh
# Downloads the public packages that tests/public tests with, from npm and crates.io:
#   tests/public/fetch.sh FOLDER
#   PRIOSTACK_PUBLIC_PACKAGES=FOLDER cargo test --test public
set -eu
[ $# -eq 1 ] || { echo "usage: fetch.sh FOLDER" >&2; exit 2; }
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
npm_package brotli-wasm 3.0.1 brotli-wasm
npm_package @wasm-fmt/gofmt 0.7.3 gofmt
npm_package @dprint/json 0.24.0 dprint-json
npm_package @chainsafe/as-sha256 1.2.5 as-sha256
