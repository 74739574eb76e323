# SPDX-License-Identifier: MIT
# Threads that are traced, as on kernels without PERF_RECORD_READ: nothing of a
# program may change by it, and each thread has its count.
. "$TESTS/cli/lib.sh"
. "$TESTS/cli/hostile.sh"
export CACHECHECK_THREADS=trace
tool=("$CACHECHECK" stat -q --backend software)
stat_json() { in_session "${tool[@]}" --format json -o "$work/report.json" "$@"; }
report() { jq -e "$1" "$work/report.json" >/dev/null; }
fixture=$FIXTURES/fixture_trace
sums='. as $r | all(.totals | keys[]; . as $e | $r.totals[$e].value == ([$r.threads[].counts[$e].value] | add))'

stat_json -- true
report 'any(.source.notes[]; test("ptrace"))' || skip "threads cannot be traced here"

# ---- threads and processes ----
stat_json -e page-faults,task-clock -- "$FIXTURES/fixture_counters_threads" 10000
check "10,000 short threads: status" [ "$status" -eq 0 ]
check "10,000 short threads: each is there" report '.threads | length == 10001'
check "10,000 short threads: each with its counts" report 'all(.threads[]; .kind == "thread" and .counts["task-clock"].value > 0)'
check "10,000 short threads: they add up" report "$sums"

stat_json -e page-faults -- "$fixture" exec
check "exec by a thread: the status is the new program's" [ "$status" -eq 5 ]
check "exec by a thread: three threads, none twice" report '.threads | length == 3'
check "exec by a thread: the caller goes on as the leader" report \
    '[.threads[] | select(.name == "execed" and .pid == .tid and .counts["page-faults"].value > 20)] | length == 1'
check "exec by a thread: they add up" report "$sums"

stat_json -e page-faults -- "$fixture" vfork
check "vfork: status" [ "$status" -eq 0 ]
check "vfork: each child has its row" report \
    '[.threads[] | select(.name == "execed" and .counts["page-faults"].value > 20)] | length == 20'

stat_json -- "$fixture" inside
check "a tracer inside: refused, and it goes on" [ "$status" -eq 0 ]
check "a tracer inside: sees it" stdout_has '^no$'

# ---- stops ----
"${tool[@]}" --format json -o "$work/report.json" -- "$fixture" stop >"$work/out" 2>"$work/err" &
pid=$!
for _ in $(seq 100); do
    child=$(pgrep -P $pid -f "^[^ ]*fixture_trace stop")
    [ -n "$child" ] && grep -q '[(]tracing stop[)]' "/proc/$child/status" && grep -q stopping "$work/out" && break
    sleep 0.05
done
sleep 0.2
check "SIGSTOP: it stays stopped" [ "$(cat "$work/out")" = stopping ]
kill -CONT "$child"
wait $pid
status=$?
check "SIGCONT: it goes on to its end" [ "$status" -eq 4 ]
check "SIGCONT: and says so" stdout_has '^continued$'

if command -v script >/dev/null; then
    (sleep 1; echo word; sleep 1) | timeout 20 script -qec \
        "$CACHECHECK stat -q --backend software -o $work/report.txt -- sh -c 'read line; echo got:\$line; exit 6'" /dev/null >"$work/out" 2>"$work/err"
    status=$?
    check "the terminal is handed over to who reads it" stdout_has 'got:word'
    check "and the status is its own" [ "$status" -eq 6 ]
fi

# ---- our own end ----
"${tool[@]}" -- sh -c "sh -c 'echo >$work/began; sleep 1; echo on >$work/child' & sleep 1; wait; echo on >$work/parent" >"$work/out" 2>"$work/err" &
pid=$!
for _ in $(seq 100); do
    [ -e "$work/began" ] && break
    sleep 0.1
done
kill -9 $pid
wait $pid 2>/dev/null
for _ in $(seq 100); do
    [ -e "$work/parent" ] && break
    sleep 0.1
done
check "kill -9 of cachecheck: the program runs on" [ -e "$work/parent" -a -e "$work/child" ]

# It ends when its child has become what its row is looked for by.
stat_json -- sh -c 'sleep 60 >/dev/null 2>&1 &
    until read -r name </proc/$!/comm && [ "$name" = sleep ]; do sleep 0.05; done; exit 3'
check "a child that stays: not waited for" [ "$status" -eq 3 ]
check "a child that stays: has its count so far" report 'any(.threads[]; .counts["page-faults"].value > 0 and .name == "sleep")'
check "a child that stays: runs on, untraced" sh -c \
    'for p in $(ps -o pid= -s "$1"); do grep -q "^TracerPid:.0$" /proc/$p/status && grep -q "^State:.S" /proc/$p/status && exit 0; done; exit 1' sh "$session"
kill -9 $(ps -o pid= -s "$session") 2>/dev/null

# ---- limits ----
in_session sh -c 'ulimit -n 40; exec "$@"' sh "${tool[@]}" -e page-faults,task-clock --format json -o "$work/report.json" -- \
    "$FIXTURES/fixture_counters_sleep" 0.5 60
check "too few descriptors: the program runs" [ "$status" -eq 0 ]
check "too few descriptors: said" report 'any(.source.notes[]; test("could not be counted"))'
check "too few descriptors: no count is made up" report \
    'any(.threads[]; .counts["page-faults"] | has("value") | not) and
     all(.threads[].counts[]; has("value") != (.not_counted | strings | length > 0))'
check "too few descriptors: nothing is left" nobody_left

"${tool[@]}" -I 50 --format json -o "$work/report.json" -- "$FIXTURES/fixture_counters_sleep" 0.5 4 >/dev/null 2>"$work/err"
check "-I: the differences sum to the total" [ \
    "$(grep '^{' "$work/err" | jq -s '[.[].counts["page-faults"].value] | add')" = \
    "$(jq '.totals["page-faults"].value' "$work/report.json")" ]
CACHECHECK_THREADS=read stat_json -- true
check "CACHECHECK_THREADS=read does not trace" report 'all(.source.notes[]?; test("ptrace") | not)'
finish
