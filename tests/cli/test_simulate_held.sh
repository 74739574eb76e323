# SPDX-License-Identifier: MIT
# What the trace leaves out changes nothing. With --map and the cores in their usual order all is told:
# the result must be the same, whatever the program does.
# Label: long
. "$TESTS/cli/sharing.sh"
seq 20000 >"$work/numbers"
export LC_ALL=C

# same NAME MACHINE COMMAND...: on a machine with four cores, with ${options[@]}.
options=()
same() {
    local name=$1 cache="cores=4 $2"
    shift 2
    sharing --cache "$cache" "${options[@]}" -- "$@"
    said >"$work/held"
    check "$name: a result" [ -s "$work/held" ]
    sharing --cache "$cache" "${options[@]}" --map 0,1,2,3 -- "$@"
    said >"$work/told"
    check "$name: the same" cmp -s "$work/held" "$work/told"
    cmp -s "$work/held" "$work/told" || diff "$work/held" "$work/told" | head -20
}
same "one thread" "" gzip -c "$work/numbers"
same "plain stores" "" "$PROGRAMS/struct_plain" 20000
same "atomics" "" "$PROGRAMS/slots_8" 20000 4
same "mutex" "" "$PROGRAMS/locked" 20000
same "ring" "" "$PROGRAMS/ring" 20000
same "lines that another made" "" "$PROGRAMS/initialise" 20000
same "lines that go back and forth" "" "$PROGRAMS/swap" 20000
for threads in 2 4 7; do
    same "mappings that come and go, $threads threads" "" "$FIXTURES/fixture_simulate_churn" "$threads"
done
for threads in 3 9; do
    same "$threads threads, small caches" "I1=1024,2,64 D1=1024,2,64 L2=4096,4,64 LL=65536,8,64" \
        "$FIXTURES/fixture_simulate_churn" "$threads" still
done
same "code beside data" "" "$FIXTURES/fixture_simulate_churn" 4 code
same "lines of 32 bytes" "I1=4096,2,32 D1=4096,2,32 L2=65536,4,32 LL=1048576,8,32" \
    "$FIXTURES/fixture_simulate_churn" 3
same "a main thread that ends first" "" "$FIXTURES/fixture_simulate_churn" 2 leave
check "a main thread that ends first: all of it" result \
    '.source.notes | map(select(test("partial|left out"))) == []'

# What L1 keeps does not hang on the levels below, nor on which of its lines it gives up.
small="I1=4096,4,64 D1=4096,4,64 L2=16384,4,64 LL=262144,8,64"
same "no L2" "${small/L2=16384,4,64 /}" "$FIXTURES/fixture_simulate_churn" 4
for model in exclusive plru; do
    options=(--model $model)
    same "$model" "$small" "$FIXTURES/fixture_simulate_churn" 4
    options=()
done

# What was written goes from one socket to the other.
sockets=(--topology 'pack:2 l3:1(size=1048576) l2:1(size=16384) l1d:1(size=8192) core:2 pu:1')
sharing "${sockets[@]}" -- "$FIXTURES/fixture_simulate_churn" 4 still
said >"$work/held"
sharing "${sockets[@]}" --map 0,1,2,3 -- "$FIXTURES/fixture_simulate_churn" 4 still
said >"$work/told"
check "two sockets: a result" [ -s "$work/held" ]
check "two sockets: the same" cmp -s "$work/held" "$work/told"

# A child begins with empty caches. (What the shell itself does while it waits, the machine decides.)
child() { said | jq -c '[.threads[] | select(.name == "sh") | .counts]'; }
family=(sh -c '(i=0; while [ "$i" -lt 300 ]; do i=$((i + 1)); done); exec true')
sharing --cache cores=4 -- "${family[@]}"
child >"$work/held"
sharing --cache cores=4 --map 0,1,2,3 -- "${family[@]}"
child >"$work/told"
check "a child: a result" [ "$(jq length "$work/held")" = 1 ]
check "a child: the same" cmp -s "$work/held" "$work/told"

# Costs by place are the same, too.
spots() { run "$CACHECHECK" hotspots -q --cache cores=4 --format json -o "$work/result.json" "$@"; }
spots -- "$FIXTURES/fixture_simulate_churn" 3
said >"$work/held"
spots --map 0,1,2,3 -- "$FIXTURES/fixture_simulate_churn" 3
said >"$work/told"
check "hotspots: a result" [ -s "$work/held" ]
check "hotspots: the same" cmp -s "$work/held" "$work/told"
finish
