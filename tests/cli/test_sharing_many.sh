# SPDX-License-Identifier: MIT
# Many threads and much memory, scaled down from what bench/sharing runs by hand:
# 64 threads, 100,000 accesses each, 64 MiB.
# Label: long
. "$TESTS/cli/sharing.sh"
sharing -- "$PROGRAMS/many" 64 100000 67108864
check "64 threads: the program's own status" [ "$status" = 0 ]
check "64 threads: all are there" result '.target.threads == 65'
check "64 threads on memory of their own share nothing" clean
alarms
sharing -- "$PROGRAMS/slots_8" 2000 64
check "64 threads on 8 lines: found" \
    result '.findings[] | select(.rule == "false-sharing") | .object.type | test("struct slot")'

# A thread that the machine has no time for is passed over after two seconds, and comes back: it
# once stayed away for good, and the run with it. What is held is not the one of eight that runs.
rm -f "$work/result.json"
timeout -k 5 100 "$CACHECHECK" sharing -q --backend simulate --format json -o "$work/result.json" -- \
    "$PROGRAMS/slots_8" 600000 8 >"$work/out" 2>"$work/err" &
us=$!
simulated=
for _ in $(seq 100); do
    simulated=$(pgrep -f "tool=cachecheck-trace .*slots_8 600000 8" | head -n 1)
    [ -n "$simulated" ] && [ "$(ls "/proc/$simulated/task" | wc -l)" -gt 8 ] && break
    sleep 0.05
done
held=no
for thread in $(ls "/proc/$simulated/task" 2>/dev/null | tail -n 3 | head -n 1); do
    "$FIXTURES/fixture_hold_thread" "$thread" 2600 2>/dev/null && held=yes
done
wait "$us"
status=$?
if [ "$held" = yes ]; then
    check "a thread was held up: the run ends all the same" [ "$status" = 0 ]
    check "a thread was held up: all eight are there" result '.target.threads == 9'
else
    echo "# no thread could be held up here: not tested"
fi
finish
