# SPDX-License-Identifier: MIT
# `cachecheck numa` on four nodes, as SNC and NPS have them, farther one way than the other.
. "$TESTS/cli/lib.sh"
. "$TESTS/guests/lib.sh"
. "$TESTS/guests/numa.sh"
guest_numa 4nodes

placed_as_told exact all
distances_are '[[10,12,21,21],[12,10,21,21],[32,32,10,12],[32,32,12,10]]'
has_rule moved memory-remote
better moved moved-after migratepages
finish
