# SPDX-License-Identifier: MIT
# The same program, input and environment give the same result to the byte, on an idle
# and on a loaded machine. CACHECHECK_RUNS: how many runs (2), every second one loaded.
# Label: long
. "$TESTS/cli/sharing.sh"
runs=${CACHECHECK_RUNS:-2}
seq 60000 >"$work/numbers"
hog=
trap '[ -z "$hog" ] || kill "$hog"; '"$clear" EXIT

# same NAME COMMAND...: runs it $runs times and compares.
same() {
    local name=$1 run different=0
    shift
    for ((run = 0; run < runs; run++)); do
        if ((run % 2 == 1)); then
            (while :; do :; done) &
            hog=$!
        fi
        sharing -- "$@"
        [ -z "$hog" ] || { kill "$hog"; wait "$hog" 2>/dev/null; hog=; }
        if ! result .findings; then
            cat "$work/err"
            different=$((different + 1))
            continue
        fi
        said >"$work/run.$run"
        [ "$run" = 0 ] || cmp -s "$work/run.0" "$work/run.$run" && continue
        different=$((different + 1))
        diff "$work/run.0" "$work/run.$run" | head -20
    done
    check "$name: $runs runs, one result" [ "$different" = 0 ]
}

# One environment for all, and folders of the same length: they move the stack.
export LC_ALL=C PYTHONHASHSEED=0
same "plain stores" "$PROGRAMS/struct_plain" 20000
same "atomics, 4 threads" "$PROGRAMS/slots_8" 20000 4
same "mutex" "$PROGRAMS/locked" 20000
same "spinlock" "$PROGRAMS/spinlock" 10000
same "barriers" "$PROGRAMS/phases" 10000
same "condition variables" "$PROGRAMS/conditions" 2000
same "ring" "$PROGRAMS/ring" 20000
[ ! -x "$PROGRAMS/rs_mutex" ] || same "Rust mutexes" "$PROGRAMS/rs_mutex" 20000
if command -v xz >/dev/null; then
    same "xz -T2" xz -0 -T2 --block-size=64KiB -kc "$work/numbers"
fi
finish
