# SPDX-License-Identifier: MIT
# `cachecheck hotspots`: what each option of the simulation changes, its ends, and that it
# counts what `cachecheck sharing` counts.
# Label: long
. "$TESTS/cli/sharing.sh"
. "$TESTS/cli/hostile.sh"
ulimit -c 0
hotspots() {
    rm -f "$work/result.json"
    run "$CACHECHECK" hotspots -q --backend simulate --format json -o "$work/result.json" "$@"
}
fight=("$PROGRAMS/struct_plain" 20000)
note() { result "any(.source.notes[]; test(\"$1\"))"; }
functions() { jq -r '.hotspots.functions[].name' "$work/result.json"; }
total() { jq ".hotspots.total[\"$1\"] // 0" "$work/result.json"; }

# ---- the same run as of sharing ----
sharing -- "${fight[@]}"
counts='.totals | [."instructions", ."loads", ."stores", ."atomics", ."L1i-misses"] | map(.value)'
of_sharing=$(jq -c "[($counts), ([.totals[\"L1d-load-misses\", \"L1d-store-misses\"].value] | add)] | flatten" "$work/result.json")
hotspots -- "${fight[@]}"
of_hotspots=$(jq -c '.hotspots.total | [.instructions, .loads, .stores, .atomics, .l1i, .l1d]' "$work/result.json")
check "costs by call path or not: the same counts, $of_sharing" [ "$of_hotspots" = "$of_sharing" ]

# ---- which part ----
# Compilers make functions that nobody else can call part of their callers, but not at -O0.
hotspots -- "$PROGRAMS/struct_plain_O0" 20000
whole=$(total instructions)
hotspots --start-at work -- "$PROGRAMS/struct_plain_O0" 20000
check "--start-at: less" [ "$(total instructions)" -lt $((whole - 50000)) ]
check "--start-at: nothing of before" [ "$(functions | grep -cx '_dl_relocate_object')" = 0 ]
hotspots --start-at wrok -- "${fight[@]}"
check "--start-at, never called: said" note "'wrok' was never called"
hotspots --marked -- "$FIXTURES/fixture_marked" 5000
check "--marked: the loop within" [ "$(functions | grep -cx fight)" = 1 ]
check "--marked: no start-up" [ "$(functions | grep -cx _dl_relocate_object)" = 0 ]
hotspots --max-instructions 500000 -- "$PROGRAMS/struct_plain" 1000000000
check "--max-instructions: so many" eval '[ "$(total instructions)" -ge 500000 -a "$(total instructions)" -lt 510000 ]'
check "--max-instructions: said" note 'ended after 500000 instructions'

# ---- which machine ----
hotspots --model no-coherence -- "${fight[@]}"
check "--model no-coherence: what it cannot know is no 0" \
    result '.hotspots.not_counted | index("false-sharing misses") and index("true-sharing misses") and index("upgrades")'
hotspots --model tlb -- "$FIXTURES/fixture_hotspots"
check "--model tlb: page walks" [ "$(total tlb)" -gt 1000 ]
hotspots -- "$FIXTURES/fixture_hotspots"
check "without it they are not counted" result '.hotspots.not_counted | index("TLB misses")'
l2=$(total l2)
hotspots --model stream -- "$FIXTURES/fixture_hotspots"
check "--model stream: fewer misses of L2" [ "$(total l2)" -lt "$l2" ]
hotspots --topology 'numa:2 l3:1 core:2 pu:1' --map 0,2 -- "${fight[@]}"
check "--topology of two nodes: remote misses are counted" result '.hotspots.not_counted | index("remote misses") | not'
check "--topology of two nodes: there are some" [ "$(total remote)" -gt 0 ]
hotspots --map 0 -- "${fight[@]}"
check "--map 0: one core takes nothing from itself" [ "$(total false-sharing)" = 0 ]

# ---- what cannot be, and ends ----
run "$CACHECHECK" hotspots -q -o /dev/full -- "${fight[@]}"
check "no room for the report: our failure, said" eval '[ "$status" = 125 ] && complains "/dev/full"'
stat_on "--duration" 143 "$CACHECHECK" hotspots -q --duration 3 --format json -o "$work/result.json" -- \
    "$PROGRAMS/struct_plain" 1000000000
check "--duration: what was seen until then" result '.hotspots.functions | length > 10'
stat_on "a crash" 139 "$CACHECHECK" hotspots -q --format json -o "$work/result.json" -- \
    "$FIXTURES/fixture_simulate_end" segv
check "a crash: what was seen until then" [ "$(functions | grep -cx work)" = 1 ]
in_session "$CACHECHECK" hotspots -q -- "$FIXTURES/fixture_unusual_code" avx512
check "AVX-512: 126, and why" eval '[ "$status" = 126 ] && stderr_has "cannot run this program: .*AVX-512"'
finish
