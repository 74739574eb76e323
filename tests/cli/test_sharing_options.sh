# SPDX-License-Identifier: MIT
# `cachecheck sharing`: what each option of the simulation changes in the result, and how
# a run ends that does not go to its own end.
# Label: long
. "$TESTS/cli/sharing.sh"
. "$TESTS/cli/hostile.sh"
ulimit -c 0
fight=("$PROGRAMS/struct_plain" 20000)
long_fight=("$PROGRAMS/struct_plain" 1000000000)
found() { result '.findings[] | select(.rule == "false-sharing") | .object.name == "stats"'; }
note() { result "any(.source.notes[]; test(\"$1\"))"; }
# transfers: of the worst finding
transfers() { jq '.findings[0].evidence.samples // 0' "$work/result.json"; }

# ---- which part ----
sharing --max-instructions 1e6 -- "${long_fight[@]}"
check "--max-instructions: what was seen until then is told" found
check "--max-instructions: so many, to the block" \
    result '.totals.instructions.value | . >= 1000000 and . < 1010000'
check "--max-instructions: noted" note "ended after 1000000 instructions, as asked for"
check "--max-instructions: the program was asked to end" [ "$status" = 143 ]
# Compilers make functions that nobody else can call part of their callers, but not at -O0.
plain=("$PROGRAMS/struct_plain_O0" 20000)
sharing --start-at work --max-instructions 1e5 -- "${plain[@]}"
check "--start-at: what comes behind is found" found
check "--start-at: instructions before it are no part of the limit" \
    result '.totals.instructions.value | . >= 100000 and . < 110000'
sharing -- "${plain[@]}"
whole=$(jq .totals.instructions.value "$work/result.json")
sharing --start-at work -- "${plain[@]}"
check "--start-at: to the end" found
check "--start-at: what came before is not counted" \
    result ".totals.instructions.value > 100000 and .totals.instructions.value < $whole - 50000"
sharing --start-at wrok -- "${plain[@]}"
check "--start-at, never called: the program's status" [ "$status" = 0 ]
check "--start-at, never called: not taken for clean" result '.verdict.name == "nothing-simulated"'
check "--start-at, never called: said" note "'wrok' was never called"

# Two lines: one fought over within the marked region, one before and behind it.
objects() { jq -r '[.findings[] | select(.rule == "false-sharing") | .object.name] | sort | join(" ")' "$work/result.json"; }
sharing -- "$FIXTURES/fixture_marked" 5000
check "marks alone change nothing: both lines" [ "$(objects)" = "inside outside" ]
whole=$(jq .totals.instructions.value "$work/result.json")
check "marks are no damage" result '.source.notes | all(test("damaged|partial") | not)'
sharing --marked -- "$FIXTURES/fixture_marked" 5000
check "--marked: what the region has" [ "$(objects)" = "inside" ]
check "--marked: only that is counted, of both threads" \
    result ".totals.instructions.value > 2 * 5000 * 3 and .totals.instructions.value < $whole / 2"
sharing --marked -- "${fight[@]}"
check "--marked without marks: not taken for clean" result '.verdict.name == "nothing-simulated"'
check "--marked without marks: said" note "no region was marked"

# ---- which machine ----
sharing --cache cores=4 --map 1,2 -- "${fight[@]}"
check "--map: two cores, found" found
check "--map: no other core is used" result '[.threads[].residency[].cpu] | unique - [1, 2] == []'
sharing --map 1 -- "${fight[@]}"
check "--map: of one core nobody takes a line" result '.findings == []'
check "--map: that is said" note "all threads run on one modelled core"
sharing --map affinity -- "${fight[@]}"
check "--map affinity" found
sharing --map 0,7 --cache cores=4 -- "${fight[@]}"
check "--map: a core that is not there" [ "$status" = 125 ]
check "--map: how many there are" stderr_has "no core 7.* has 4"

sharing --topology 'pack:2 l3:1 core:32 pu:1' -- "${fight[@]}"
check "--topology, synthetic: 64 cores" result '.source.model | test("cores=64")'
check "--topology, synthetic: found" found
sharing --topology 'pack:2 core:32 pu:1' -- "${fight[@]}"
check "--topology without caches: what is assumed is said" \
    result '[.source.notes[], .source.model] | any(test("assumed|not tell|cores=64"))'
sharing --topology "$TESTS/machines/apple-128-byte-lines.xml" -- "${fight[@]}"
check "--topology, XML: its lines" result '.source.model | test("D1=131072,8,128 .*cores=8")'
check "--topology, XML: found in lines of 128 bytes" found
sharing --topology "$work/no-such.xml" -- "${fight[@]}"
check "--topology: no such file" stderr_has 'no-such.xml'
check "--topology: our failure" [ "$status" -ge 125 ]
sharing --topology 'pack:two' -- "${fight[@]}"
check "--topology: nonsense is our failure" [ "$status" = 125 ]

sharing --model lru -- "${fight[@]}"
lru=$(transfers)
for word in plru inclusive exclusive independent adjacent stream tlb 'plru, exclusive stream'; do
    sharing --model "$word" -- "${fight[@]}"
    check "--model $word: told" result ".source.model | endswith(\" $word\")"
    check "--model $word: found" found
    # Two lines and two cores: however caches work, these go to and fro the same.
    check "--model $word: as many transfers" [ "$(transfers)" = "$lru" ]
done
sharing --model no-coherence -- "${fight[@]}"
check "--model no-coherence: refused" [ "$status" = 125 ]
check "--model no-coherence: why, with a hint" complains "without coherence"
sharing --model lru,plur -- "${fight[@]}"
check "--model: a mistyped word" stderr_has "did you mean 'plru'"

# ---- what cannot be ----
sharing -p $$
check "-p: refused" [ "$status" = 125 ]
check "-p: why" complains "a running process cannot be simulated"
check "-p: what to do" stderr_has 'hint: .*cachecheck sharing -- ./app'
run "$CACHECHECK" sharing -q --backend simulate -o /dev/full -- "${fight[@]}"
check "no room for the report: our failure" [ "$status" = 125 ]
check "no room for the report: said, with a hint" \
    [ "$(grep -cE '/dev/full.*[Nn]o space|hint:' "$work/err")" = 2 ]
check "no room for the report: /dev/full is still there" [ -c /dev/full ]
run "$CACHECHECK" sharing -q --backend simulate -- "${fight[@]}" >/dev/full
check "/dev/full is no file to replace" [ -c /dev/full ]

# ---- ends ----
stat_on "--duration" 143 "$CACHECHECK" sharing -q --backend simulate --duration 3 \
    --format json -o "$work/result.json" -- "${long_fight[@]}"
check "--duration: ended by us" result '.target.interrupted and .target.exit.signal == 15'
check "--duration: what was seen is told" found

# by_hand COMMAND...: in the background, until its target has begun to fight. $tool.
by_hand() {
    rm -f "$work/result.json" "$work/begun"
    TMPDIR=$scratch env --default-signal=INT "$CACHECHECK" sharing -q --backend simulate \
        --format json -o "$work/result.json" -- "$@" >"$work/out" 2>"$work/err" &
    tool=$!
    for ((try = 0; try < 600; try++)); do [ -e "$work/begun" ] && break; sleep 0.1; done
    sleep 1
}
by_hand sh -c ": >'$work/begun'; exec '$PROGRAMS/struct_plain' 1000000000"
kill -INT "$tool"
wait "$tool"
status=$?
check "Ctrl-C ends the program: 128 + 2" [ "$status" = 130 ]
check "Ctrl-C: the report still comes" result '.target.interrupted and .target.exit.signal == 2'
check "Ctrl-C: with what was seen" found
check "Ctrl-C: nothing is left" nothing_left
by_hand sh -c "trap '' INT TERM; : >'$work/begun'; '$PROGRAMS/struct_plain' 1000000000"
kill -INT "$tool"
sleep 1
check "Ctrl-C, ignored: it goes on" kill -0 "$tool"
kill -INT "$tool"
wait "$tool"
status=$?
check "a second Ctrl-C kills: 128 + 9" [ "$status" = 137 ]
check "a second Ctrl-C: the report of that comes too" result '.target.exit.signal == 9'
check "a second Ctrl-C: partial, and said" note "^partial: "
check "a second Ctrl-C: nothing is left" nothing_left

# ---- gates ----
in_session "$CACHECHECK" sharing -q --backend simulate --fail-on low -- \
    "$FIXTURES/fixture_unusual_code" avx512
check "a gate that did not trigger leaves 126" [ "$status" = 126 ]
in_session "$CACHECHECK" sharing -q --backend simulate --fail-on false-sharing -- \
    sh -c "'$PROGRAMS/struct_plain' 20000; exec '$FIXTURES/fixture_unusual_code' avx512"
check "one that did comes before 126" [ "$status" = 1 ]
check "that it triggered is said" stderr_has '[-][-]fail-on triggered: false-sharing \(1 finding\)'
check "that the program could not run as well" stderr_has 'cannot run this program: .*AVX-512'
in_session "$CACHECHECK" sharing -q --backend simulate --fail-on false-sharing -- \
    sh -c "'$PROGRAMS/struct_plain' 20000; exit 5"
check "a gate comes before the program's status" [ "$status" = 1 ]
in_session "$CACHECHECK" stat -q --backend simulate --fail-on 'instructions > 1' -- \
    "$FIXTURES/fixture_unusual_code" avx512
check "the gate of stat, too" [ "$status" = 1 ]
check "and it says both" [ "$(grep -cE 'fail-on triggered|cannot run this program' "$work/err")" = 2 ]

# What the hint says: nothing that asks the processor is shown AVX-512 here.
in_session "$CACHECHECK" sharing -q --backend simulate -- "$FIXTURES/fixture_unusual_code" shown
check "CPUID shows no AVX-512" [ "$status" = 0 ]

# ---- many processes ----
sharing -- "$FIXTURES/fixture_fork_wait" 70
check "70 processes that wait for another: ended" [ "$status" = 0 ]
check "70 processes that wait: all are counted" result '.target.processes == 72'
check "70 processes that wait: the last one to its end" \
    result '[.threads[].counts.instructions.value] | max > 6000000'
if [ "$(id -u)" -eq 0 ] && "${as_stranger[@]}" test -x "$CACHECHECK"; then
    in_session bash -c 'ulimit -u 40; exec "$@"' bash "${as_stranger[@]}" "$CACHECHECK" sharing -q \
        --backend simulate --format json -- "$FIXTURES/fixture_fork_limit" 1000
    check "a fork bomb, to its limit: ended" [ "$status" = 0 ]
    check "a fork bomb: nothing of it is left" nobody_left
    check "a fork bomb: no file of it is left" nothing_left
    sed -i '/^{/,$!d' "$work/out"
    check "a fork bomb: there is a report, and nothing is missing in silence" \
        json '.target.processes > 10 or any(.source.notes[]; test("partial|left out"))'
fi
finish
