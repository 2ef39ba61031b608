#!/usr/bin/env bash
# Runs the public test suites: tests/suites/run.sh FOLDER, where FOLDER holds checkouts of
#   yaml-test-suite   https://github.com/yaml/yaml-test-suite, branch data
#   JSONTestSuite     https://github.com/nst/JSONTestSuite
#   wasm-testsuite    https://github.com/WebAssembly/testsuite
#   wasi-testsuite    https://github.com/WebAssembly/wasi-testsuite, branch prod/testsuite-base
# and archives anywhere below it, such as those of
#   https://github.com/zip-rs/zip2 (tests/data) and https://github.com/snyk/zip-slip-vulnerability
set -euo pipefail
folder=$(cd "${1:?which folder holds the suites?}" && pwd)
cd "$(dirname "$0")/../.."

export PRIOSTACK_YAML_SUITE="$folder/yaml-test-suite"
export PRIOSTACK_JSON_SUITE="$folder/JSONTestSuite"
export PRIOSTACK_WASM_SUITE="$folder/wasm-testsuite"
export PRIOSTACK_WASI_SUITE="$folder/wasi-testsuite"
export PRIOSTACK_ZIP_SUITES="$folder"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

cargo test --no-fail-fast --test yaml_suite --test suites --test unpack -- --nocapture --test-threads=1 >"$log" 2>&1 || status=$?
cat "$log"
archives=$(grep -c '\.zip\( with a manifest\)\?: ' "$log" || true)
line() { grep -m1 "$1" "$log" | sed 's/.*\.\.\. //' || echo "did not run"; }
cat <<TABLE

| suite | result |
|---|---|
| yaml-test-suite | $(line 'cases, .* differ') |
| JSONTestSuite | $(line '^accepted\|accepted .*, refused') |
| WebAssembly testsuite | $(line 'scripts (') |
| WASI testsuite, preview 1 | $(line 'as the suite says') |
| archives | $archives tried, none left its folder |
TABLE
exit "${status:-0}"
