# SPDX-License-Identifier: MIT
# cachecheck on Debian 12's own kernel, 6.1, with two CPUs and no PMU. From 5.13 until
# 6.18 the kernel did not write PERF_RECORD_READ at a thread's exit (ef54c1a476ae
# marked the context dead before it, see sync_child_event() in kernel/events/core.c),
# and 6.1 has two contexts for a task, one for software and one for hardware events.
. "$TESTS/cli/lib.sh"
. "$TESTS/guests/lib.sh"
. "$TESTS/guests/expect.sh"
guest_require amd64
guest_build amd64
guest_pack amd64 threads
guest_boot amd64 100 -smp 2
crowd_adds_up crowd1 1000
crowd_adds_up crowd10 1000
for run in 1 2 3 4 5; do crowd_adds_up "small$run" 60; done
finish
