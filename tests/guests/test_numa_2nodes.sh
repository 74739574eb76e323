# SPDX-License-Identifier: MIT
# `cachecheck numa` on two nodes: what it reports against what the kernel told the program,
# and every suggestion followed.
. "$TESTS/cli/lib.sh"
. "$TESTS/guests/lib.sh"
. "$TESTS/guests/numa.sh"
guest_numa 2nodes

placed_as_told exact all
check "exact: says that it counted" json '.placement.method == "exact"'
check "exact: policies as they were set" json \
    '[.placement.mappings[].policy.text] | contains(["bind:0", "bind:1", "interleave:0-1", "prefer (many):1", "prefer:0"])'
look other
check "another user's memory is unknown, with a reason, and never remote" json \
    '.placement.processes[0] | .method == "unknown" and (.unknown | length > 0) and (has("remote") | not)'
has_rule moved memory-remote
better moved moved-after migratepages
better wide wide-after taskset
helped moved again "numactl --cpunodebind"
has_rule lopsided first-touch-by-one-thread
placed_as_told lopsided lopsided
look spread
check "spread: no node has more than six tenths of the memory, as one had nearly all of it" json \
    '.placement.memory.total | [.[]] | (max / add) < 0.6'
placed_as_told own own

placed_as_told large large
samples_hold sampled large
looks_hold looks large
placed_as_told denied large
check "move_pages denied: counted by numa_maps, and that is said" json \
    '.placement.processes[0] | .by == "numa_maps" and .method == "exact"'

placed_as_told torn torn
check "torn: all of its memory is remote" json '.placement.remote.value > 0.9'
check "torn: nothing is suggested that its cpuset forbids" json \
    '[.findings[].suggestion | ., .variants[]? | .code | select(test("^(migratepages|taskset|numactl|cpuset)"))] == []'
finish
