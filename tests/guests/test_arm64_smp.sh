# SPDX-License-Identifier: MIT
# As test_arm64.sh, with two CPUs: threads take their counts along as they migrate.
# QEMU counts the instructions of all CPUs with one clock (-icount), which a switch
# from one to the other attributes late: nothing is lost, but some is counted twice.
. "$TESTS/cli/lib.sh"
. "$TESTS/guests/lib.sh"
. "$TESTS/guests/expect.sh"
guest_require arm64
guest_build arm64
guest_pack arm64 threads pmu
guest_boot arm64 150 -smp 2
threads_are_exact
loops_count 1.25
finish
