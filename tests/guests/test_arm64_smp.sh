# SPDX-License-Identifier: MIT
# As test_arm64.sh, with two CPUs, each on a NUMA node: threads take their counts along as
# they migrate, and placement is told beside a PMU.
# QEMU counts the instructions of all CPUs with one clock (-icount), which a switch
# from one to the other attributes late: nothing is lost, but some is counted twice.
. "$TESTS/cli/lib.sh"
. "$TESTS/guests/lib.sh"
. "$TESTS/guests/expect.sh"
. "$TESTS/guests/numa.sh"
guest_require arm64
guest_pack arm64 ALONE=150 threads pmu numa numa_arm64
guest_topology arm64
guest_boot arm64 280 "${topology[@]}"
threads_are_exact 150
loops_count 1.25

look machine
check "the machine has two nodes" json '.machine.nodes == 2'
placed_as_told nodes all
has_rule nodes memory-remote
finish
