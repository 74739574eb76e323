# SPDX-License-Identifier: MIT
# `cachecheck sharing --backend watch`: live runs of a second or so on programs of known
# sharing, launched and attached to; what is in the way; targets that end, exec, or hide what
# they are. What is seen is a sample: what may be missed once is tried three times, and said.
# Label: long alone
. "$TESTS/cli/lib.sh"
. "$TESTS/cli/hostile.sh"
: >"$work/out"
: >"$work/err"
export PROGRAMS=$BUILD/tests/sharing/programs
ulimit -c 0
rounds=100000000000

# watch ARGUMENTS...: the result goes to $work/result.json; the target's streams to the others.
watch() {
    rm -f "$work/result.json"
    run timeout 60 "$CACHECHECK" sharing -q --backend watch --format json -o "$work/result.json" "$@"
}
result() { [ -s "$work/result.json" ] && jq -e "$1" "$work/result.json" >/dev/null; }
alarms() {
    jq '[.findings[]? | select((.rule == "false-sharing" or .rule == "mixed-sharing")
        and (.severity == "medium" or .severity == "high" or .severity == "critical"))]' \
        "$work/result.json"
}
clean() { [ "$(alarms | jq length)" = 0 ]; }

# starved: the target hardly had two processors at a time, so that there was nothing to see.
starved() { result '.target | .user_s + .system_s < 1.2 * .elapsed_s'; }

# busy: others want the processors, too: more than two run for each.
busy() { awk -v cpus="$(nproc)" '{ exit !($1 > 2 * cpus) }' /proc/loadavg; }

# finds WHAT EXPRESSION ARGUMENTS...: three tries, of one, two and three seconds, for a sample may
# miss what is there. How many rounds a program needs for that is the machine's business: it gets more. True: what was
# found can be looked at.
finds() {
    local what=$1 expression=$2 try
    shift 2
    for try in 1 2 3; do
        watch --duration "$try" "$@"
        [ "$status" = 143 ] || break
        alarms | jq -e "$expression" >/dev/null 2>&1 && break
        echo "# $what: not found in run $try: $(jq -c '.verdict' "$work/result.json" 2>/dev/null)"
    done
    check "$what: it ran until it was asked to end" [ "$status" = 143 ]
    if ! alarms | jq -e "$expression" >/dev/null && { starved || busy; }; then
        echo "# $what: not judged, the machine is too busy"
        return 1
    fi
    check "$what: found" eval 'alarms | jq -e "$expression" >/dev/null'
    alarms | jq -e "$expression" >/dev/null
}

watch -- true
if [ "$status" = 125 ] && grep -qE 'debug register|only one CPU|perf|decoder' "$work/err"; then
    cp "$work/err" "$work/why"
    check "what is in the way is said with a hint" stderr_has '^(cachecheck( sharing)?: )?hint:'
    [ "$failures" -eq 0 ] && skip "$(head -n 1 "$work/why")"
fi
check "a program that ends at once: status" [ "$status" = 0 ]
check "a program that ends at once: nothing is made up" result '.findings == []'
check "a program that ends at once: called watched" \
    result '.source.backend == "watch" and .source.evidence == "watched"'

# ---- what is known of each ----
if finds "two fields" 'any(.rule == "false-sharing" and .object.name == "stats" and .object.kind == "global"
    and ([.fields[].name] | unique == ["hits", "misses"]))' -- "$PROGRAMS/struct_plain" "$rounds"; then
    check "two fields: on what that rests" result '.findings[0].evidence
        | .grade == "watched" and .samples > 0 and .windows > 2 and .rate_per_s > 4000'
    check "two fields: the lines that do it" \
        result '.findings[0].fields | all(.location.file | endswith("struct_plain.c"))'
fi
if finds "a heap block" 'any(.rule == "false-sharing" and .object.kind == "heap" and .object.type == "struct stats"
    and .object.size > 0)' -- "$PROGRAMS/struct_atomic" "$rounds"; then
    check "a heap block: who allocated it" result '.findings[0].allocation[0].function == "main"'
fi
if finds "two locks" 'any(.rule == "false-sharing" and .object.name == "locks")' -- "$PROGRAMS/mutexes" "$rounds"; then
    check "two locks: the line of the program's own that takes or leaves them" result '.findings[0].fields
        | any(.location | (.file | endswith("mutexes.c"))
            and (.function | test("^pthread_mutex_(un)?lock called by work$")))'
fi
finds "main's stack" 'any(.rule == "false-sharing" and .object.kind == "stack" and .object.name == "results")' \
    -- "$PROGRAMS/stack_array" "$rounds"
finds "pointers that are kept on the stack" 'any(.rule == "false-sharing" and .object.type == "struct job")' \
    -- "$PROGRAMS/heap_pair_O0" "$rounds"
[ ! -x "$PROGRAMS/rs_vec" ] ||
    finds "elements of a Vec" 'any(.rule == "false-sharing" and .object.kind == "heap"
        and (.object.type | test("AtomicUsize")) and ([.fields[].name] | unique | length == 2 and all(test("^\\[[0-9]+\\]"))))' \
        -- "$PROGRAMS/rs_vec" "$rounds"
finds "two processes" 'any(.rule == "false-sharing" and .object.kind == "mapping")' \
    -- "$PROGRAMS/shared_memory" "$rounds"
watch --duration 1 -- "$PROGRAMS/counter" "$rounds"
check "true sharing is not called false" clean

for program in padded readers private tls_own; do
    [ -x "$PROGRAMS/$program" ] || continue
    watch --duration 1 -- "$PROGRAMS/$program" "$rounds"
    check "$program: clean" clean
done
# How much one second shows depends on how often the machine lets us look.
check "a negative result is as strong as what was seen" \
    result '.verdict.name == "no-sharing" or .verdict.name == "too-little-seen"'
run timeout 60 "$CACHECHECK" sharing -q --backend watch --duration 1 -- "$PROGRAMS/struct_plain" "$rounds"
check "the text says how it was seen" stdout_has '^watched \(sampled\) by the watch backend'
check "never a count of transfers" [ "$(grep -cE 'line transfers?[,.]' "$work/out")" = 0 ]

# ---- programs that hide what they are ----
cp "$PROGRAMS/struct_plain" "$work/stripped"
strip -s "$work/stripped"
finds "a stripped program" 'any(.rule == "false-sharing" and .object.name != "stats"
    and ([.fields[].offset] | unique | length == 2))' -- "$work/stripped" "$rounds"
if cc -O2 -g -static -pthread -o "$work/static" "$TESTS/sharing/struct_atomic.c" 2>/dev/null; then
    finds "a static program" 'any(.rule == "false-sharing" and .object.kind == "heap"
        and ([.fields[].offset] | unique | length == 2))' -- "$work/static" "$rounds"
    check "a static program: that its blocks are not known is noted" \
        result '.source.notes | any(test("no allocations were recorded"))'
fi

if gcc -g -O1 -fsanitize=address -pthread -o "$work/checked" "$TESTS/sharing/struct_atomic.c" 2>/dev/null &&
    "$work/checked" 1000 2>/dev/null; then
    watch -- "$work/checked" 1000000
    check "a program with AddressSanitizer runs as ever" [ "$status" = 0 -a ! -s "$work/err" ]
fi

# ---- processes ----
finds "an exec in the middle" 'any(.object.name == "stats")' \
    -- sh -c "'$PROGRAMS/padded' 1000000; exec '$PROGRAMS/struct_plain' $rounds"
"$PROGRAMS/struct_plain" "$rounds" &
target=$!
for try in 1 2 3; do
    watch -p "$target" --duration 1.5
    alarms | jq -e 'any(.object.name == "stats")' >/dev/null && break
    echo "# attached: not found in run $try"
done
if ! alarms | jq -e 'any(.object.name == "stats")' >/dev/null && busy; then
    echo "# attached: not judged, the machine is too busy"
else
    check "attached: found" eval 'alarms | jq -e "any(.object.name == \"stats\")" >/dev/null'
fi
check "attached: it goes on" kill -0 "$target"
check "attached: status" [ "$status" = 0 ]
rm -f "$work/result.json"
timeout 60 "$CACHECHECK" sharing -q --backend watch --format json -o "$work/result.json" -p "$target" \
    >"$work/out" 2>"$work/err" &
us=$!
sleep 1
kill "$target"
wait "$us"
status=$?
check "killed midway: the report comes" result '.findings'
check "killed midway: no failure of ours" [ "$status" -le 1 ]
wait "$target" 2>/dev/null
watch -p "$target"
check "a process that is gone: our failure, said" [ "$status" = 125 -a -s "$work/err" ]

# ---- we are killed: nothing stays behind in the target ----
"$PROGRAMS/struct_plain" 300000000 &
target=$!
timeout 60 "$CACHECHECK" sharing -q --backend watch -p "$target" >/dev/null 2>&1 &
us=$!
sleep 0.5
kill -KILL "$us"
wait "$us" 2>/dev/null
wait "$target"
check "we are killed: the target ends as it would have" [ "$?" = 0 ]

# Folders of records that nobody owns any more go when the next of us comes; others stay.
# Another of us may be at work on this machine: its folders are not what we look at.
folders() { comm -13 <(echo "$others") <(ls -d /dev/shm/cachecheck-* 2>/dev/null | sort); }
others=$(ls -d /dev/shm/cachecheck-* 2>/dev/null | sort)
"$CACHECHECK" sharing -q --backend watch -- sleep 30 >/dev/null 2>&1 &
us=$!
for try in $(seq 100); do
    left=$(folders | head -n 1)
    target=$(pgrep -P "$us" -x sleep | head -n 1)
    [ -n "$left" ] && [ -n "$target" ] && break
    sleep 0.1
done
if [ -n "$left" ]; then
    watch --duration 0.2 -- sleep 1
    check "beside another of us: its folder stays" [ -d "$left" ]
    kill -KILL "$us"
    wait "$us" 2>/dev/null
    check "we are killed: the folder is still there" [ -d "$left" ]
    watch --duration 0.2 -- sleep 1
    check "the next of us removes it" [ ! -d "$left" ]
fi
kill -KILL ${target:-} "$us" 2>/dev/null

# ---- what would cost too much ----
if command -v taskset >/dev/null; then
    watch --duration 1.5 --overhead 0.2 -- taskset -c 0 "$PROGRAMS/conditions" "$rounds"
    check "threads that wake each other all the time: they rest, and that is said" \
        result '.source.notes | any(test("came to run [0-9,]+ times a second.*watched for [0-9.]+ % of the time"))'
fi
watch --duration 1 -- "$PROGRAMS/churn" "$rounds"
check "nothing but allocations: that not all are noted is said" \
    result '.source.notes | any(test("allocated too often to note every block"))'

# ---- as somebody else ----
if [ "$(id -u)" -eq 0 ] && "${as_stranger[@]}" test -x "$CACHECHECK" &&
    [ "$(cat /proc/sys/kernel/perf_event_paranoid)" -le 2 ]; then
    for try in 1 2 3; do
        in_session "${as_stranger[@]}" "$CACHECHECK" sharing -q --backend watch --duration 2 --format json -- \
            "$PROGRAMS/struct_plain" "$rounds"
        json '.findings | any(.object.name == "stats")' && break
        echo "# as an ordinary user: not found in run $try"
    done
    cp "$work/out" "$work/result.json"
    starved || check "as an ordinary user: found" json '.findings | any(.object.name == "stats")'
    check "as an ordinary user: nothing left" nothing_left
    sleep 60 &
    target=$!
    run "${as_stranger[@]}" "$CACHECHECK" sharing -q --backend watch -p "$target" --duration 0.2
    kill "$target"
    check "somebody else's process: our failure" [ "$status" = 125 ]
    check "somebody else's process: said with a hint" [ "$(wc -l <"$work/err")" -ge 2 ]
fi
check "no folder of records is left" [ -z "$(folders)" ]
finish
