#!/usr/bin/env bash
# Watches from outside what guests reach of the host: tests/suites/reach.sh FOLDER, which holds the wasi-testsuite.
# Its programs try every call of WASI preview 1 on files, folders, sockets, arguments and the environment; strace lists
# what the process asks the system for meanwhile. Needs strace.
set -euo pipefail
folder=$(cd "${1:?which folder holds the suites?}" && pwd)
cd "$(dirname "$0")/../.."

cargo test --quiet --no-run --test suites
binary=$(cargo test --no-run --test suites 2>&1 | sed -n 's/.*(\(.*\/suites-[0-9a-f]*\)).*/\1/p' | tail -1)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
TERM=dumb PRIOSTACK_WASI_SUITE="$folder/wasi-testsuite" strace -f -qq -o "$log" -e trace=%file,%network,execve,fork,vfork \
  "$binary" --exact wasi::programs_behave_as_the_suite_says_and_reach_nothing >/dev/null

# The suite's own files are read before a program runs; the rest is the process itself: its libraries and its machine.
# A call without a path asks about a file that is open already.
reached=$(grep -v 'resumed>' "$log" | grep -oE '^[0-9]+ +[a-z0-9_]+\(.*' | sed 's/^[0-9]* *//' |
  grep -vE '"(/lib|/usr/lib|/etc/ld\.so|/proc|/sys|/dev/null|/dev/shm|'"$folder"'/wasi-testsuite)' |
  grep -vE '^(execve\(|(statx|newfstatat)\([0-9]+, (""|NULL), )' |
  grep -vE '^(openat|statx|stat|access|getcwd|readlink)\([^"]*"('"$(dirname "$binary")"'|'"$PWD"'|/etc/terminfo|'"$HOME"'/.terminfo)' || true)
calls=$(wc -l <"$log")
if [ -n "$reached" ]; then
  printf 'reached, of %s calls on files, network and processes:\n%s\n' "$calls" "$(sort <<<"$reached" | uniq -c | sort -rn | head -40)"
  exit 1
fi
echo "$calls calls on files, network and processes: none reaches beyond the process's own libraries and the suite's files"
