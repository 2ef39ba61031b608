#!/bin/sh
# Checks the figures of `measure` against an independent load tool: wrk and our own load call the same endpoint of the
# same bundle over a gateway on this machine, in turns, and their percentiles stand side by side. Close other programs first.
# Needs wrk and curl (Debian: apt-get install wrk curl) and a release build. Usage: benches/load-tools.sh [SECONDS] [CONNECTIONS]
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-5} connections=${2:-1} rounds=3
workbench=${WORKBENCH:-${CARGO_TARGET_DIR:-target}/release/priostack-workbench}
command -v wrk >/dev/null || { echo "wrk is missing; on Debian: apt-get install wrk" >&2; exit 2; }
[ -x "$workbench" ] || { echo "$workbench is missing; cargo build --release" >&2; exit 2; }
folder=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT INT TERM
body='{"email":"ada@example.org","name":"Ada"}'
cat >"$folder/post.lua" <<LUA
wrk.method = "POST"
wrk.body = '$body'
wrk.headers["Content-Type"] = "application/json"
LUA
# The log of requests costs time that our own load does not pay, the least of it where nobody keeps it.
port=$(shuf -i 20000-40000 -n 1)
"$workbench" serve sample-bundle --port "$port" >/dev/null 2>&1 &
server=$!
url="http://127.0.0.1:$port/api/v1/users"
until curl -s -o /dev/null "$url"; do kill -0 "$server"; sleep 0.1; done
# The optimised code takes the place of the quick one within the first seconds.
wrk -t1 -c1 -d3s -s "$folder/post.lua" "$url" >/dev/null

# One figure of our report, in microseconds.
ours() { grep -m1 "\"$2\":" "$folder/$1.json" | sed 's/.*: //' | awk '{ printf "%.1f", $1 / 1000 }'; }
rate() { grep -m1 throughput "$folder/$1.json" | sed 's/.*: //' | awk '{ printf "%.0f", $1 }'; }
# One percentile of wrk's report, in microseconds.
theirs() { awk -v p="$1%" '$1 == p { v = $2; f = v ~ /us$/ ? 1 : v ~ /ms$/ ? 1000 : 1000000; sub(/[a-z]+$/, "", v); printf "%.1f", v * f }' "$folder/wrk"; }
row() { printf '%-34s %9s %9s %9s %9s %9s\n' "$@"; }
measure() { "$workbench" measure sample-bundle "$@" --workers "$connections" --input "$body" --for "${seconds}s" --no-keep --format json 2>/dev/null; }

row "$connections at once, $seconds s each" 'p50 us' 'p75 us' 'p90 us' 'p99 us' 'calls/s'
for round in $(seq "$rounds"); do
    wrk -t1 -c"$connections" -d"${seconds}s" --latency -s "$folder/post.lua" "$url" >"$folder/wrk"
    row 'wrk' "$(theirs 50)" "$(theirs 75)" "$(theirs 90)" "$(theirs 99)" "$(awk '/Requests\/sec/ { printf "%.0f", $2 }' "$folder/wrk")"
    grep -q 'Non-2xx' "$folder/wrk" && { echo 'wrk got answers that are errors' >&2; exit 1; }
    measure --endpoint createUser >"$folder/gateway.json" || true
    row 'measure --endpoint' "$(ours gateway p50)" '' "$(ours gateway p90)" "$(ours gateway p99)" "$(rate gateway)"
done
measure --function user-service:createUser >"$folder/process.json" || true
row 'measure --function (no gateway)' "$(ours process p50)" '' "$(ours process p90)" "$(ours process p99)" "$(rate process)"
