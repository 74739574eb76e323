# SPDX-License-Identifier: MIT
# `cachecheck sharing`, watching, where that is hard or not allowed: clear words, never a wrong
# verdict, the target unharmed. What one look may miss is looked for three times.
# (Debug registers that are taken, levels of perf_event_paranoid, foreign processes, and rings that
# overflow are in unit/watch_others and unit/watch_sampler; exec, static and stripped programs,
# processes that go, and our own death in cli/watch.)
# Label: long
. "$TESTS/cli/lib.sh"
: >"$work/out"
: >"$work/err"
programs=$BUILD/tests/sharing/programs
hostile=$FIXTURES/fixture_watch_hostile
ulimit -c 0

# watch ARGUMENTS...: the result goes to $work/result.json.
watch() {
    rm -f "$work/result.json"
    run timeout -k 5 60 "$CACHECHECK" sharing -q --format json -o "$work/result.json" "$@"
}
result() { [ -s "$work/result.json" ] && jq -e "$1" "$work/result.json" >/dev/null; }
busy() { awk -v cpus="$(nproc)" '{ exit !($1 > 2 * cpus) }' /proc/loadavg; }
why() { jq -c '[.verdict.name, .findings[].title]' "$work/result.json" 2>/dev/null; }

# ---- not allowed, or not possible: said by name, and auto takes the next best ----
for errno in 1 38; do
    watch -- "$programs/padded" 1000
    [ -x "$BUILD/libexec/cachecheck/cachecheck-amd64-linux" ] || break
    run "$FIXTURES/fixture_deny_perf" $errno "$CACHECHECK" sharing -q --backend watch -- true
    [ "$status" = 77 ] && break
    check "seccomp ($errno), watch: our failure" [ "$status" = 125 ]
    check "seccomp ($errno), watch: said with a hint" [ "$(wc -l <"$work/err")" = 2 ]
    check "seccomp ($errno), watch: what is denied" stderr_has 'perf_event_open|not allowed|denie|no perf'
    run "$FIXTURES/fixture_deny_perf" $errno timeout 60 "$CACHECHECK" sharing -q --format json -- \
        "$programs/struct_plain" 20000
    check "seccomp ($errno), auto: simulates" json '.source.backend == "simulate"'
    check "seccomp ($errno), auto: says why" json '.source.why | test("watch: ")'
    check "seccomp ($errno), auto: finds it all the same" json '.findings[0].object.name == "stats"'
done
printf '\177ELF\001\001\001' >"$work/narrow"
head -c 200 /dev/zero >>"$work/narrow"
chmod +x "$work/narrow"
run "$CACHECHECK" sharing -q --backend watch -- "$work/narrow"
check "a 32-bit program: refused before it starts" [ "$status" = 125 ]
check "a 32-bit program: said" stderr_has '32-bit|only one CPU|perf|debug register'

watch --backend watch -- true
[ "$status" = 125 ] && skip "nothing can be watched here: $(head -n 1 "$work/err")"

# ---- auto, and programs too short for it ----
watch -- "$programs/struct_plain" 1000
check "auto watches" result '.source.backend == "watch" or .source.backend == "precise"'
if result '.source.backend == "watch"'; then
    check "a run of milliseconds: its own status" [ "$status" = 0 ]
    check "a run of milliseconds: not called clean" result '.verdict.name == "too-little-seen"'
    check "a run of milliseconds: what would tell more" \
        result '.source.notes | any(test("ended after .*--backend simulate"))'
    run "$CACHECHECK" sharing -q -- "$programs/struct_plain" 1000
    check "a run of milliseconds: the next command" \
        stdout_has '^next +cachecheck sharing --backend simulate -- .*struct_plain 1000$'
    run "$CACHECHECK" sharing -q --fail-on low -- "$programs/struct_plain" 1000
    check "a gate is not passed unseen" [ "$status" = 125 ]
    check "and that is said, with a hint" [ "$(grep -cE -- '--fail-on: too little|hint: .*--backend simulate' "$work/err")" = 2 ]
    printf '#!/bin/sh\necho once >>"%s"\n' "$work/runs" >"$work/script"
    chmod +x "$work/script"
    run "$CACHECHECK" sharing -q -- "$work/script"
    check "the program ran once" [ "$(wc -l <"$work/runs")" = 1 ]
fi
watch --what-if all -- "$programs/struct_plain" 5000
[ "$status" = 125 ] || check "what asks for a model is simulated, and that said" \
    result '.source.backend == "simulate" and (.source.why | test("what-if"))'

# ---- hard to watch ----
# right NAME EXPRESSION: nothing but what is there is told; `.rule` of each finding is right.
right() {
    check "$1: nothing wrong is told" result ".findings | all(.rule != \"false-sharing\" or (.fields | all($2)))"
}
# fights WHAT KIND ARGUMENTS...: false sharing of two words of 8 bytes, found in one of three runs; or
# the line seen, and told to cost below 1 %: what it costs depends on where a hypervisor has its CPUs.
fights() {
    local what=$1 kind=$2 try
    shift 2
    for try in 1 2 3; do
        watch --backend watch -- "$hostile" "$@"
        check "$what: the target's own status" [ "$status" = 0 ]
        right "$what" '.offset % 64 == 0 or .offset % 64 == 8'
        result 'any(.findings[]; .rule == "false-sharing")' && break
        echo "# $what: not found in run $try: $(why)"
    done
    if ! result '.findings[0]' && busy; then
        echo "# $what: not judged, the machine is too busy"
        return 1
    fi
    if result '(.findings | length) == 0 and .lines_judged > 0 and (.verdict | tostring | test("no line seen costs"))'; then
        echo "# $what: seen, and cheap: $(jq -c .verdict "$work/result.json")"
        return
    fi
    if [ -n "$hard" ] && result '.verdict.name == "too-little-seen"'; then
        echo "# $what: $(jq -c .verdict "$work/result.json")"
        return
    fi
    check "$what: found" result "any(.findings[]; .rule == \"false-sharing\" and .object.kind == \"$kind\")"
}
hard=''
fights "code in anonymous memory" global unpacked 2
# Every other run finds it: half of the hits are of code that is gone when they are looked at.
hard=yes
fights "code that is written anew" global rewrite 2
hard=''
fights "huge pages" mapping huge 2
echo 'void bump(volatile unsigned long *word) { ++*word; }' >"$work/bump.c"
if cc -O1 -g -shared -fPIC -o "$work/libbump.so" "$work/bump.c"; then
    fights "a library that is unloaded" global unload "$work/libbump.so" 3 &&
        check "a library that is unloaded: its code is told" \
        result 'any(.findings[].fields[].location; (.file | endswith("bump.c")) or (.module | endswith("libbump.so")))'
fi

watch --backend watch -- "$hostile" brief 2
check "threads that live for a moment: the target's own status" [ "$status" = 0 ]
check "threads that live for a moment: nothing is made up" result '.findings == []'
check "threads that live for a moment: that they were not seen is said" \
    result '.source.notes | any(test("[0-9] threads? ended before"))'
check "threads that live for a moment: not called clean" result '.verdict.name == "too-little-seen"'
echo "# $(cat "$work/out")"

# ---- suspended ----
"$programs/struct_plain" 100000000000 &
target=$!
sleep 0.2
kill -STOP "$target"
watch --backend watch -p "$target" --duration 1
check "a suspended target: no failure" [ "$status" = 0 ]
check "a suspended target: nothing is made up, nor called clean" \
    result '.findings == [] and .verdict.name == "too-little-seen"'
check "a suspended target: that is said" result '.source.notes | any(test("is stopped"))'
check "a suspended target: it stays so" grep -q '^State:.*T' "/proc/$target/status"
(sleep 0.7; kill -CONT "$target"; sleep 1; kill -STOP "$target") &
for try in 1 2 3; do
    watch --backend watch -p "$target" --duration 2.5
    result 'any(.findings[]; .object.name == "stats")' && break
    echo "# in between: not found in run $try: $(why)"
    (sleep 0.7; kill -CONT "$target"; sleep 1; kill -STOP "$target") &
done
busy || check "suspended and resumed: found" result 'any(.findings[]; .object.name == "stats")'
kill -CONT "$target"

# ---- two of us at one process: what the one has, the other finds taken ----
wait_for() { wait "$1"; other=$?; }
timeout -k 5 60 "$CACHECHECK" sharing -q --backend watch --format json -o "$work/other.json" \
    -p "$target" --duration 3 >"$work/other.out" 2>&1 &
us=$!
sleep 0.5
watch --backend watch -p "$target" --duration 2
wait_for "$us"
check "two at once: both end well" [ "$status" = 0 -a "$other" = 0 ]
right "two at once" '.name == "hits" or .name == "misses"'
check "two at once: the target goes on" kill -0 "$target"
kill -KILL "$target"
wait "$target" 2>/dev/null

# ---- clocks ----
# What can be stepped is never read: records and our own times are CLOCK_MONOTONIC's.
check "no clock that can be set" eval '! grep -rnE "CLOCK_REALTIME|gettimeofday|[^_]time\(NULL\)" \
    "$SOURCE/probes/watch" "$SOURCE/core/perf" "$SOURCE/core/session" "$SOURCE/core/process"'
finish
