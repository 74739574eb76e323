# SPDX-License-Identifier: MIT
# Where perf events are denied, the software backend looks at /proc.
. "$TESTS/cli/lib.sh"
denied=("$FIXTURES/fixture_deny_perf" 1 "$CACHECHECK" stat -q --backend software --format json)
run "$FIXTURES/fixture_deny_perf" 1 true
[ "$status" -ne 77 ] || skip "no seccomp here"

sums_up() {
    json '. as $r | all(.events[].name; . as $e | $r.totals[$e] | .not_counted or
          .value == ([$r.threads[].counts[$e].value // 0] | add))'
}

# Three threads that burn time on purpose, long enough for several looks.
cat >"$work/burn.py" <<'E2'
import threading, time
def burn():
    end = time.thread_time() + 0.15
    while time.thread_time() < end:
        pass
threads = [threading.Thread(target=burn) for _ in range(3)]
for t in threads: t.start()
for t in threads: t.join()
E2
run "${denied[@]}" -o "$work/r.json" -- python3 "$work/burn.py"
cp "$work/r.json" "$work/out"
check "the status passes through" test "$status" -eq 0
check "it says why" json '.source.why | test("seccomp")'
check "and that it is sampled" json 'any(.source.notes[]; test("sampled from /proc"))'
check "and for each event, from where" json 'all(.events[]; .counted | test("^/proc "))'
check "the threads are seen" json '[.threads[] | select(.kind == "thread")] | length >= 4'
check "the rows sum up to the totals" sums_up
check "the time is the kernel's own account" json \
    ' (.totals["task-clock"].value / 1e9) as $t | (.target.user_s + .target.system_s) as $u | $t > $u * 0.99 and $t < $u * 1.01 + 0.01'
check "where they ran is known" json 'any(.threads[]; (.residency // []) | length > 0)'

run "${denied[@]}" -e page-faults,cycles -o "$work/r.json" -- true
cp "$work/r.json" "$work/out"
check "what /proc does not tell is not counted" json '.totals.cycles.value == null and .totals.cycles.not_counted != ""'
check "the rest is" json '.totals["page-faults"].value > 0'
check "the program has its own name" json 'any(.threads[]; .name == "true") or all(.threads[]; .kind == "rest")'
run "${denied[@]}" -e cycles -- true
check "if it tells nothing, that is an error" test "$status" -eq 125

sh -c 'while :; do :; done' &
loop=$!
run "${denied[@]}" -p $loop --duration 0.5
check "attached: time of the last half second" json '.target.attached and .totals["task-clock"].value > 1e7 and .totals["task-clock"].value < 1e9'
kill -9 $loop
wait $loop 2>/dev/null
run "${denied[@]}" -p $loop
check "attached to nobody: 125" test "$status" -eq 125

run "${denied[@]}" -I 50 -- sleep 0.3
check "intervals" test "$(grep -c interval_s "$work/out")" -ge 3
finish
