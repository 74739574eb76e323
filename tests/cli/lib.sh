# SPDX-License-Identifier: MIT
# Sourced by the command line tests. Runs under `bash`, wants jq.
# CACHECHECK: the program; FIXTURES: folder of fixture programs; TESTS: this tree.
set -u
failures=0
work=$(mktemp -d)
mv "$work" "$work.$$"
work=$work.$$
# By its number, for a child that is killed before it executes anything does this, too.
clear='rm -rf "${work%.*}.$BASHPID"'
trap "$clear" EXIT

# check WHAT COMMAND...: the command must succeed.
check() {
    local what=$1
    shift
    if "$@"; then
        echo "ok - $what"
    else
        echo "not ok - $what: $*"
        failures=$((failures + 1))
    fi
}

# run COMMAND...: leaves $status, and the streams in $work/out and $work/err.
run() {
    "$@" >"$work/out" 2>"$work/err"
    status=$?
}

says() { grep -qE -- "$1" "$work/out" "$work/err"; }
stdout_has() { grep -qE -- "$1" "$work/out"; }
stderr_has() { grep -qE -- "$1" "$work/err"; }
# jq 1.6 is content with no input at all, which would make every such check pass.
json() { [ -s "$work/out" ] && jq -e "$1" "$work/out" >/dev/null; }

# skip REASON: ctest shows the test as skipped.
skip() {
    echo "SKIP: $1"
    exit 77
}

finish() {
    if [ "$failures" -gt 0 ]; then
        sed 's/^/stdout: /' "$work/out" | head -40
        sed 's/^/stderr: /' "$work/err" | head -40
        echo "$failures failed"
        exit 1
    fi
    exit 0
}
