# SPDX-License-Identifier: MIT
# Sourced by the guest tests with several nodes: the guest, and what its reports must say.
. "$TESTS/guests/topologies.sh"

quiet() { "$@" >/dev/null; }

# guest_numa TOPOLOGY: boots it with its steps, and looks whether the machine is the recorded one.
guest_numa() {
    local tool programs=()
    guest_require amd64
    for tool in numactl migratepages taskset; do
        command -v $tool >/dev/null || skip "no $tool; run tests/guests/install"
        programs+=("$(command -v $tool)")
    done
    guest_pack amd64 "$(guest_tree amd64)/export_xml" "${programs[@]}" numa "numa_$1"
    guest_topology "$1"
    guest_boot amd64 280 "${topology[@]}"
    as_recorded "guest-$1"
}

# as_recorded NAME: the machine is the one that tests/machines keeps. CCK_BLESS=1 records it.
as_recorded() {
    local file=$TESTS/machines/$1.xml facts='.machine | {packages, cores, pus, nodes, line_size, caches}'
    look xml
    check "hwloc exports the machine" [ "$status" -eq 0 ]
    [ "${CCK_BLESS:-}" != 1 ] || cp "$work/out" "$file"
    "$CACHECHECK" machine --xml "$file" --format json | jq -S "$facts" >"$work/recorded"
    jq -S "$facts" "$results/machine.out" >"$work/live"
    check "the machine inside is $1 of tests/machines" diff "$work/recorded" "$work/live"
}

# told_as_json NAME: what the kernel told the program: [{start, end, nodes: {NODE: bytes}}].
told_as_json() {
    sed -n 's/^mapping //p' "$results/$1.told" | jq -R -s '
        split("\n") | map(select(length > 0) | split(" ") | {
            start: (.[0] | split("-")[0]), end: (.[0] | split("-")[1]),
            nodes: (.[1:] | map(ltrimstr("N") | split("=") | {(.[0]): (.[1] | tonumber * 4096)}) | add)})'
}

# placed_as_told REPORT NAME: every page of every mapping is on the node where the kernel
# told the program that it is.
placed_as_told() {
    told_as_json "$2" >"$work/told"
    look "$1"
    check "$1: the status" [ "$status" -eq 0 ]
    jq --slurpfile told "$work/told" -r '
        .placement.mappings as $mappings | $told[0][] | . as $t |
        [$mappings[] | select(.start == $t.start and .end == $t.end) |
            .memory // {} | with_entries(select(.value > 0))] as $m |
        if $m == [$t.nodes] then "same" else "\($t.start): told \($t.nodes), reported \($m)" end
        ' "$work/out" >"$work/placed"
    sed -n '/^same$/!s/^/# /p' "$work/placed"
    check "$1: all pages of $(jq length "$work/told") mappings are where the kernel told the program" \
        quiet jq -en --slurpfile told "$work/told" --rawfile placed "$work/placed" \
        '($told[0] | length) as $count | $count > 0 and $placed == "same\n" * $count'
}

# has_rule REPORT RULE
has_rule() {
    look "$1"
    check "$1: finds $2" json "any(.findings[]; .rule == \"$2\")"
}

remote_of() { jq '.placement.remote.value' "$results/$1.out"; }

# promised REPORT COMMAND: what is left remote, in percent, says the suggestion whose command
# begins so; 0 where the whole program is started on one node.
promised() {
    jq -r --arg begin "$2" '[.findings[].suggestion | ., .variants[]? | select(.code | startswith($begin)) |
        .text | (capture("leaves (?<n>[0-9.]+) %").n | tonumber) // 0] | first // empty' "$results/$1.out"
}

# helped BEFORE AFTER COMMAND: it was suggested, and helped as much as was promised; but for
# 5 points: the program's own file is in other programs' memory too, and stays.
helped() {
    local promise
    promise=$(promised "$1" "$3")
    look "$2"
    check "$1: '$3' is suggested, and leaves $promise % remote" [ -n "$promise" ]
    check "$2: its remote share falls from $(remote_of "$1") to $(remote_of "$2")" \
        quiet jq -en "$(remote_of "$1") > 0.5 and $(remote_of "$2") <= (${promise:-0} + 5) / 100"
}

# better BEFORE AFTER COMMAND: the same, of a suggestion that was followed to the letter.
better() {
    look "$1-$3"
    check "$1: the suggestion runs: $(sed -n 's/^+ //p' "$work/err" | head -1)" [ "$status" -eq 0 ]
    helped "$1" "$2" "$3"
}

# samples_hold SAMPLED EXACT: the sampled share's interval has the exact share.
samples_hold() {
    look "$1"
    check "$1: a sample, with its count" json \
        '.placement.processes[0] | .method == "sampled" and .pages_drawn > 0 and .pages_found > 0'
    check "$1: each node's memory within 5 points of the exact" quiet jq -e --slurpfile exact "$results/$2.out" '
        def shares: .placement.memory.total | add as $sum | map_values(. / $sum);
        ($exact[0] | shares) as $want | shares | to_entries | all(.[]; (.value - $want[.key]) | fabs < 0.05)' \
        "$work/out"
}

# looks_hold LOOKS EXACT: so do the 95 % intervals of many looks, nearly always: with 60 looks
# fewer than 85 of 100 happen once in 500 runs of a sampler that is right.
looks_hold() {
    local want
    want=$(remote_of "$2")
    look "$1"
    jq -r --argjson want "$want" '.placement.points | [.[].remote | .low <= $want and $want <= .high] |
        "# the interval has the exact share in \(map(select(.)) | length) of \(length) looks"' "$work/out"
    check "$1: intervals hold the exact share" quiet jq -e --argjson want "$want" '
        .placement.points | [.[].remote | .low <= $want and $want <= .high] |
        length >= 20 and (map(select(.)) | length) >= 0.85 * length' "$work/out"
}

# distances_are JSON: of the nodes, as QEMU was told.
distances_are() {
    look exact
    check "distances are the firmware's, from each node to each: $1" json "[.placement.nodes[].distances] == $1"
}
