#!/usr/bin/env bash
# Fuzzes every target for a while: fuzz/run.sh [SECONDS A TARGET] [TARGET...]
# Needs a nightly Rust and cargo-fuzz (cargo install cargo-fuzz). What is found lies in fuzz/artifacts.
set -euo pipefail
seconds=${1:-60}
shift || true
cd "$(dirname "$0")/.."
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cargo +nightly fuzz list)

# What each target begins with: files of the kind that it reads.
seed() {
  local corpus="fuzz/corpus/$1"
  mkdir -p "$corpus"
  case "$1" in
    texts) number=0
      for file in sample-bundle/bundle.yaml sample-bundle/services/*.yaml tests/checks/*/*.yaml tests/checks/*/*/*.yaml; do
        case "$file" in *bundle.yaml) kind='\0' ;; *) kind='\1' ;; esac
        { printf "$kind"; cat "$file"; } >"$corpus/seed-$((number += 1))"
      done ;;
    grammars) number=0
      for text in '< 50ms' '>= 99.9%' '100..200ms' '<= 1.5 GiB' '500/s' '10 per minute' '!= 0' '5m30s' '1.5h' 'wasm:a:b' 'func:c'; do
        printf '%s' "$text" >"$corpus/seed-$((number += 1))"
      done ;;
    modules) find tests/modules -name '*.wasm' -size -100k -exec cp {} "$corpus" \; ;;
    archives) find tests -name '*.zip' -size -100k -exec cp {} "$corpus" \;
      (cd sample-bundle && zip -q -r - bundle.yaml services) >"$corpus/seed-sample" 2>/dev/null || true ;;
    requests)
      printf 'POST\n/api/v1/orders?x=1\n{"a": [1]}' >"$corpus/seed-request"
      printf "curl -X POST 'http://127.0.0.1:1/a?b=c' -H 'content-type: application/json' -d '{\"a\":1}'" >"$corpus/seed-curl" ;;
    kept_files) find sample-bundle/.workbench tests -name '*.json' -size -20k -exec cp {} "$corpus" \;
      find . -path ./target -prune -o -name 'settings*.yaml' -exec cp {} "$corpus" \; ;;
  esac
}

printf '%-16s %12s %10s %s\n' target inputs a-second result
status=0
for target in "${targets[@]}"; do
  seed "$target"
  log="fuzz/artifacts/$target.log"
  mkdir -p fuzz/artifacts
  result=clean
  # Without the sanitizers: there is no unsafe code of ours that they could judge, and wasmtime handles signals itself.
  cargo +nightly fuzz run -s none "$target" -- -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 \
    -print_final_stats=1 >"$log" 2>&1 || { result="see $log"; status=1; }
  value() { awk -v name="stat::$1:" '$1 == name { print $2 }' "$log"; }
  printf '%-16s %12s %10s %s\n' "$target" "$(value number_of_executed_units)" "$(value average_exec_per_sec)" "$result"
done
exit "$status"
