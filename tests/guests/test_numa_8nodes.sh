# SPDX-License-Identifier: MIT
# `cachecheck numa` on eight nodes of two CPUs.
. "$TESTS/cli/lib.sh"
. "$TESTS/guests/lib.sh"
. "$TESTS/guests/numa.sh"
guest_numa 8nodes

placed_as_told exact all
check "exact: each node with its CPUs" json \
    '[.placement.nodes[].cpus] == ["0-1", "2-3", "4-5", "6-7", "8-9", "10-11", "12-13", "14-15"]'
has_rule moved memory-remote
better moved moved-after migratepages
finish
