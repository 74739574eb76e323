# SPDX-License-Identifier: MIT
# `cachecheck numa` where a node has memory only, and firmware tells what each costs (HMAT).
. "$TESTS/cli/lib.sh"
. "$TESTS/guests/lib.sh"
. "$TESTS/guests/numa.sh"
guest_numa tiers

placed_as_told exact all
distances_are '[[10,21,17],[21,10,28],[17,28,10]]'
check "the node without CPUs is a tier" json \
    '.placement.nodes[2] | .cpuless and .cpus == "" and (.runs_here | not)'
has_rule exact node-without-CPUs
look exact-migratepages
check "its suggestion runs: $(head -1 "$work/err")" [ "$status" -eq 0 ]
look exact-after
check "and empties the tier" json '.placement.memory.total["2"] < 1048576'
finish
