# SPDX-License-Identifier: MIT
# Sourced by the guest tests with several nodes: what the reports must say.

# told_as_json NAME: what numa_place was told by the kernel: [{start, end, nodes: {N: bytes}}].
told_as_json() {
    sed -n 's/^mapping //p' "$results/$1.told" | jq -R -s '
        split("\n") | map(select(length > 0) | split(" ") | {
            start: (.[0] | split("-")[0]), end: (.[0] | split("-")[1]),
            nodes: (.[1:] | map(ltrimstr("N") | split("=") | {(.[0]): (.[1] | tonumber * 4096)}) | add)})'
}

# placed_as_told REPORT NAME: every page of every mapping that was bound is on the node
# where the kernel told the program that it is.
placed_as_told() {
    told_as_json "$2" >"$work/told"
    look "$1"
    check "$1: the report is there" [ "$status" -eq 0 ]
    jq --slurpfile told "$work/told" -r '
        .placement.mappings as $mappings | $told[0][] | . as $t |
        ($mappings[] | select(.start == $t.start and .end == $t.end) | .memory |
            with_entries(select(.value > 0))) as $m |
        if $m == $t.nodes then "same" else "\($t.start): told \($t.nodes), reported \($m)" end
        ' "$work/out" >"$work/placed"
    grep -v same "$work/placed" | sed 's/^/# /'
    check "$1: each of $(jq length "$work/told") mappings is where the kernel told the program" \
        [ "$(grep -c same "$work/placed")" -eq "$(jq length "$work/told")" ]
    check "$1: and so is their sum, by node" jq -e --slurpfile told "$work/told" '
        .placement.memory.total as $total | $told[0] | map(.nodes | to_entries[]) | group_by(.key) |
        all(.[]; (map(.value) | add) <= $total[.[0].key])' "$work/out"
}

# remote_of REPORT: its remote share.
remote_of() { jq '.placement.remote.value' "$results/$1.out"; }

# better BEFORE AFTER COMMAND: it was suggested, it ran, and it helped as much as promised (to
# 3 points: the pages of the program's own file may be mapped by others, and stay).
better() {
    local promised
    look "$1-$3"
    check "$1: the suggestion runs: $(head -1 "$work/out")" [ "$status" -eq 0 ]
    helped "$1" "$2" "$3"
}

# helped BEFORE AFTER WORD: the same of a suggestion that was followed in another way.
helped() {
    local promised
    promised=$(jq --arg word "$3 " -r '[.findings[].suggestion | (., .variants[]?) | select(.code | startswith($word)) |
        (.text | capture("leaves (?<n>[0-9.]+) %").n | tonumber) // 0][0] // 0' "$results/$1.out" 2>/dev/null)
    look "$2"
    check "$2: remote share falls from $(remote_of "$1") to $(remote_of "$2"), as promised: ${promised:-0} %" \
        jq -en "$(remote_of "$1") > 0.5 and $(remote_of "$2") <= (${promised:-0} + 3) / 100"
}

# has_rule REPORT RULE
has_rule() {
    look "$1"
    check "$1: finds $2" jq -e --arg rule "$2" 'any(.findings[]; .rule == $rule)' "$work/out"
}

# as_recorded NAME: the machine is the one that tests/machines keeps; CCK_BLESS=1 records it anew.
as_recorded() {
    local file=$TESTS/machines/guest-$1.xml facts='.machine | {packages, cores, pus, nodes, line_size, caches}'
    look xml
    check "$1: hwloc exports it" [ "$status" -eq 0 ]
    [ "${CCK_BLESS:-}" != 1 ] || cp "$work/out" "$file"
    if [ "$(uname -m)" = x86_64 ] && [ -x "${CACHECHECK:-}" ]; then
        "$CACHECHECK" machine --xml "$file" --format json | jq -S "$facts" >"$work/recorded"
        jq -S "$facts" "$results/machine.out" >"$work/live"
        check "$1: the machine inside is as recorded" diff "$work/recorded" "$work/live"
    fi
}

# distances_are JSON: of the nodes, as QEMU was told.
distances_are() {
    check "distances are as the firmware has them: $1" jq -e --argjson want "$1" \
        '[.placement.nodes[].distances] == $want' "$work/out"
}
