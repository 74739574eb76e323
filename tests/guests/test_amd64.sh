# SPDX-License-Identifier: MIT
# cachecheck on Debian 12's own kernel, 6.1, with two CPUs and no PMU. From 5.13 until
# 6.18 the kernel did not write PERF_RECORD_READ at a thread's exit (ef54c1a476ae
# marked the context dead before it, see sync_child_event() in kernel/events/core.c),
# and 6.1 has two contexts for a task, one for software and one for hardware events.
# So threads are traced, and exact; where they may not be, they are found.
. "$TESTS/cli/lib.sh"
. "$TESTS/guests/lib.sh"
. "$TESTS/guests/expect.sh"
guest_require amd64
guest_pack amd64 ALONE=150 threads long found
guest_boot amd64 280 -smp 2
threads_are_exact 150
check "small2: that threads are traced is said" json 'any(.source.notes[]; test("ptrace"))'
crowd_adds_up found1

look long
check "long threads: the target's status" [ "$status" -eq 0 ]
check "long threads: each with its time" json \
    '[.threads[] | select(.name | test("^loop-(2000|4000)$")) | .counts["task-clock"].value] |
     length == 2 and all(.[]; . > 1e7)'
check "long threads: the rows add up to the total" sums_up
finish
