# SPDX-License-Identifier: MIT
# The tool's trace: the counts that can be made from it, its order, and what it survives.
# Label: long
. "$TESTS/cli/simulate.sh"
[ -x "$home/cachecheck-trace-amd64-linux" ] || skip "the simulator is built without its trace"

# trace TOOL COMMAND...: leaves a line for each process image in $work/images.
trace() {
    local tool=$1
    shift
    rm -rf "$work/records"
    mkdir "$work/records"
    run timeout 60 "${clean[@]}" ${DRAIN_HELD:+DRAIN_HELD=$DRAIN_HELD} "$FIXTURES/fixture_simulate_drain" "$work/records" \
        valgrind "${quiet[@]}" --tool="$tool" --log-file=/dev/null --trace-children=yes \
        --trace=yes --ring=1048576 --directory="$work/records" "$@"
    grep '^image ' "$work/err" >"$work/images"
}
field() { awk -v n="$1" '{ print $n }' "$work/images"; }
sound() { [ -s "$work/images" ] && ! grep -qv ' sound$' "$work/images"; }

# Fields: 3 state (1 exec, 2 ended, 3 killed), 4 signal, 5 instructions, 6 loads, 7 stores,
# 8 atomics, 9 hash, 10 turns of real time.
same_counts() {
    simulate --vex-guest-chase=no --vex-guest-max-insns=24 -- "$@"
    local counts
    counts="$(column 5) $(column 6) $(column 7) $(column 8)"
    trace cachecheck "$@"
    check "$1: sound" sound
    check "$1: the counts mode's numbers" [ "$(cut -d' ' -f5-8 "$work/images")" = "$counts" ]
}
seq 1 20000 >"$work/numbers"
same_counts gzip -9c "$work/numbers"
same_counts sort -rn "$work/numbers"
same_counts "$FIXTURES/fixture_simulate_end"
same_counts "$FIXTURES/fixture_simulate_states"
check "blocks with the most accesses: run to their end" stdout_has '^stored and restored'
command -v sqlite3 >/dev/null && same_counts sqlite3 :memory: 'select 1; values(2),(3);'

# Told of an L1, it leaves out what changes nothing in it.
DRAIN_HELD=0 trace cachecheck gzip -9c "$work/numbers" # an environment of the same size
all=($(cut -d' ' -f5-7 "$work/images"))
DRAIN_HELD=1 trace cachecheck --held=64,6,2 gzip -9c "$work/numbers"
held=($(cut -d' ' -f5-7 "$work/images"))
check "held: sound" sound
check "held: the same instructions" [ "${held[0]}" = "${all[0]}" ]
check "held: half of the loads at most" [ "$((2 * held[1]))" -le "${all[1]}" ]
check "held: half of the stores at most" [ "$((2 * held[2]))" -le "${all[2]}" ]
check "held: but some" [ "${held[1]}" -gt 0 ]
for wrong in 63,6,2 64,6 64,6,2, 64,40,2 64,6,0 x; do
    trace cachecheck --held=$wrong true
    check "--held=$wrong is refused" [ "$status" != 0 ]
done

# The same order in each run, whatever else the machine does.
order() {
    trace cachecheck-trace "$FIXTURES/fixture_simulate_waits" "$@"
    check "$*: sound" sound
    check "$*: ended" [ "$status" = 0 ]
    field 9 | sort >>"$work/hashes"
}
timeout 30 sh -c 'while :; do :; done' &
hog=$!
for way in storm contend naps; do
    : >"$work/hashes"
    for _ in 1 2 3; do order "$way"; done
    check "$way: one trace" [ "$(sort -u "$work/hashes" | wc -l)" = 1 ]
    check "$way: nothing of real time" [ "$(field 10)" = 0 ]
done
: >"$work/clocks"
for _ in 1 2 3; do
    trace cachecheck-trace "$FIXTURES/fixture_simulate_waits" clocks
    check "clocks: ended" stdout_has '^clocks done'
    grep '^clock ' "$work/out" | tr '\n' ' ' >>"$work/clocks"
    echo >>"$work/clocks"
done
check "clocks: the same time in each run" [ "$(sort -u "$work/clocks" | wc -l)" = 1 ]
check "clocks: there are some" grep -q 'clock 0 0.*clock 1 0.*clock 2 0' "$work/clocks"
kill "$hog"

for way in interrupted timed piped waiting; do
    trace cachecheck-trace "$FIXTURES/fixture_simulate_waits" "$way"
    check "$way: survived" stdout_has "^$way done"
    check "$way: sound" sound
done
trace cachecheck-trace "$FIXTURES/fixture_simulate_waits" forked
check "fork: the child ends as it would" stdout_has '^child 7'
check "fork: two images" [ "$(grep -c ' 2 0 .*sound$' "$work/images")" = 2 ]
trace cachecheck-trace "$FIXTURES/fixture_simulate_waits" exec
check "exec: its image says so" grep -q '^image fixture_simulate_waits 1 ' "$work/images"
check "exec: the next image" grep -q '^image true 2 ' "$work/images"
trace cachecheck-trace "$FIXTURES/fixture_simulate_waits" killed
check "a signal: which one" grep -q '^image fixture_simulate_waits 3 15 ' "$work/images"
finish
