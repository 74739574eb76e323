# SPDX-License-Identifier: MIT
# cachecheck on a PMU: an arm64 guest, whose instruction counts are known.
. "$TESTS/cli/lib.sh"
. "$TESTS/guests/lib.sh"
. "$TESTS/guests/expect.sh"

# Ten events for six counters, all of them instructions by another name: QEMU lets
# a counter keep a little of the event that it counted before.
many=instructions:u,armv8_pmuv3/inst_retired/u,armv8_pmuv3/event=0x8/u,armv8_pmuv3/config=0x8/u
many=$many,r8:u,r08:u,r008:u,r0008:u,r00008:u,r000008:u

guest_require arm64
guest_pack arm64 ALONE=300 "MANY=$many" threads pmu traced policy
guest_boot arm64 280 -smp 1
threads_are_exact 300
loops_count 1.0001
traced_crowd_is tracedcrowd1 300
traced_crowd_is tracedcrowd10 300

look defaults
check "auto picks the PMU" json '.source.backend == "pmu" and .source.evidence == "measured"'
check "and has cycles, instructions and IPC" json \
    '(.metrics.ipc | numbers) > 0 and .totals.cycles.value > 0 and .totals.instructions.value > 2e7'
check "what it cannot count has a reason and no number" json \
    '[.events[].name] as $all | .totals as $t | all($all[]; . as $e |
     ($t[$e] | (has("value") and (has("not_counted") | not)) or (.not_counted | strings | length > 0)))'
look report
check "the report opens with the backend" grep -qiE 'pmu|counters' <(head -3 "$work/out" "$work/err")
check "the status is the target's" [ "$status" -eq 0 ]

look many
check "more events than counters: each says what share it ran" json \
    '[.totals[].running] | length == 10 and any(.[]; . < 0.95) and all(.[]; . > 0.1)'
check "and scales to what the loops execute" json 'all(.totals[]; .value > 8e7 and .value < 1.2e8)'
jq -c '[.totals[].value]' "$work/out" | sed 's/^/# of 100 million: /'
look manytext
check "the report says the share" says '[0-9]+(\.[0-9]+)? ?%'

look gate
check "a gate on what was not counted is no pass" [ "$status" -eq 125 ]
check "and says what is missing" stderr_has 'llc_misses'
look doctor
check "the doctor finds the PMU" json \
    'any(.checks[]; .backend == "pmu" and .part == "" and .state == "yes")'

look user2
check "a user at level 2: the target's status" [ "$status" -eq 0 ]
check "a user at level 2: the kernel is left out, and that is said" json \
    '(.events[0] | .user_only and (.counted | test(":u$"))) and
     any(.source.notes[]; test("perf_event_paranoid is 2"))'
check "a user at level 2: counts exactly" json \
    '.threads[] | select(.name == "loop-20") | .counts.instructions.value | . >= 2e7 and . < 2.0002e7'
look user2text
check "a user at level 2: the report says so too" stdout_has 'user mode only'
look user2trace
check "a tracepoint: refused" [ "$status" -eq 125 ]
check "a tracepoint: says what is not readable" stderr_has '/sys/kernel/tracing'
look user3
check "a user at level 3: /proc is looked at instead" json 'any(.source.notes[]; test("sampled from /proc"))'
check "a user at level 3: the program's status" [ "$status" -eq 3 ]
check "a user at level 3: why, and what would change it" json '.source.why | test("sudo sysctl kernel.perf_event_paranoid=")'
check "a user at level 3: nothing that was not counted is a number" json '.totals["page-faults"].value > 0 and ([.totals[] | select(has("not_counted") and has("value"))] | length == 0)'
look user3pmu
check "a user at level 3: the PMU is refused" [ "$status" -eq 125 ]
check "a user at level 3: what would allow it" stderr_has 'hint: sudo sysctl kernel.perf_event_paranoid='
look user3ran
check "a user at level 3: nothing ran then" [ "$status" -ne 0 ]
look user3doctor
check "a user at level 3: the doctor says how to enable it" stdout_has 'sysctl kernel.perf_event_paranoid='
finish
