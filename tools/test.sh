#!/bin/sh
# Installs what is missing, builds, and runs the tests: all of them, or those named.
set -eu

usage() {
    cat <<'TEXT'
usage: tools/test.sh [WHAT]...

Without WHAT everything is run, and ctest's summary comes last. WHAT is one or more of:
  unit      the parts, each alone
  sim       whole replicas over a simulated group and disk, from seeds; with each rule turned off in turn
  cluster   real corosync nodes in network namespaces
  check     layers, format, files and shell scripts
  asan      the unit tests and a part of the sim tests, built by clang with AddressSanitizer and UBSan
  tsan      the same, built with ThreadSanitizer
  fuzz      each program of tests/fuzz for a minute; its corpus runs with the unit tests
  lint      clang-tidy over all sources, beside the tests of the plain build
TEXT
}

all="asan tsan fuzz lint unit sim cluster check"
for what in "$@"; do
    case " $all " in
        *" $what "*) ;;
        *)
            [ "$what" = --help ] || [ "$what" = -h ] && usage && exit 0
            echo "test.sh: no tests are called '$what'" >&2
            usage >&2
            exit 64
            ;;
    esac
done
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || eval "set -- $all"

say() {
    printf '\n== %s\n' "$*"
}

build() {
    say "building build/$1"
    cmake --preset "$1" >"build/$1.configure.log" 2>&1 || { cat "build/$1.configure.log" >&2; exit 1; }
    cmake --build --preset "$1"
}

run() {
    say "running $2 of build/$1"
    ctest --test-dir "build/$1" --output-on-failure --no-tests=error -j "$(nproc)" -L "$2"
}

say "installing what is missing"
tools/install.sh build test
mkdir -p build

labels=
lint=
for what in "$@"; do
    case $what in
        asan | tsan) build "$what"; run "$what" '^(unit|sim)$' ;;
        fuzz) build asan; run asan '^search$' ;;
        lint) lint=wanted ;;
        *) labels="$labels${labels:+|}$what" ;;
    esac
done

[ -z "$labels" ] || build release
status=0
if [ -n "$lint" ]; then
    say "clang-tidy, heard of again if it has something to say"
    # The cluster tests mostly wait: what they leave of the machine is enough for it. Where sessions are
    # scheduled as groups (sched(7), autogroup) it is the group that has to give way.
    setsid sh -c 'echo 19 >/proc/self/autogroup; exec chrt --idle 0 .ci/lint' >build/lint.out 2>&1 &
    lint=$!
    # All of its processes, should this one be interrupted.
    trap 'kill -- "-$lint" 2>/dev/null || true' EXIT
    trap 'exit 130' INT TERM
fi
[ -z "$labels" ] || run release "^($labels)\$" || status=$?
if [ -n "$lint" ]; then
    wait "$lint" || { status=$?; cat build/lint.out; }
fi
exit "$status"
