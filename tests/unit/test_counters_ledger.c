/* SPDX-License-Identifier: MIT */
/* The ledger over made-up streams: who gets which count, and what becomes of the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "counters_records.h"
#include "probes/counters/ledger.h"

enum { COUNT, TIME, COLUMNS };

static const uint32_t cpus[] = {0, 5};
static const cck_column columns[COLUMNS] = {
    {.source = CCK_COLUMN_COUNT, .slot = 0, .exact = true},
    {.source = CCK_COLUMN_TIME, .slot = 0},
};

typedef struct fixture {
    cck_ledger ledger;
    cck_tally tally;
    uint64_t clock;
} fixture;

static void begin(fixture *f, size_t slots)
{
    *f = (fixture){.clock = 1000};
    assert_true(cck_ledger_init(&f->ledger, slots, cpus, 2));
    f->ledger.clock = 0;
    f->ledger.closed_world = true;
    for (size_t slot = 0; slot < slots; slot++)
        for (size_t cpu = 0; cpu < 2; cpu++)
            cck_ledger_copy_of(&f->ledger, slot, cpu)->open = true;
    cck_ledger_found(&f->ledger, 100, 100, "main");
}

static void end(fixture *f)
{
    cck_tally_clear(&f->tally);
    cck_ledger_clear(&f->ledger);
}

static void task(fixture *f, made_record made, size_t cpu)
{
    cck_record record;
    assert_true(cck_record_decode(&record, &made.header, &made_tasks));
    cck_ledger_task(&f->ledger, &record, cpu);
}

static void fork_thread(fixture *f, int32_t tid, int32_t by)
{
    task(f, made_task(PERF_RECORD_FORK, 100, tid, 100, by, ++f->clock), 0);
}

/* A thread's end on both CPUs: `value` and `ns` on each, and into the totals. */
static void read_copy(fixture *f, size_t slot, size_t cpu, int32_t tid, uint64_t value, uint64_t ns,
                      uint64_t time)
{
    made_record made = made_read(100, tid, value, 2 * ns, ns, time);
    cck_record record;
    assert_true(cck_record_decode(&record, &made.header, &made_reads));
    cck_ledger_read(&f->ledger, &record, slot, cpu);
}

static void total(fixture *f, size_t slot, size_t cpu, uint64_t value, uint64_t ns)
{
    cck_tally_count *count = &cck_ledger_copy_of(&f->ledger, slot, cpu)->total;
    count->raw += value;
    count->enabled += 2 * ns;
    count->running += ns;
}

static void ends(fixture *f, int32_t tid, uint64_t value, uint64_t ns)
{
    f->clock++;
    task(f, made_task(PERF_RECORD_EXIT, 100, tid, 100, 100, f->clock), 1);
    for (size_t cpu = 0; cpu < 2; cpu++) {
        read_copy(f, 0, cpu, tid, value, ns, f->clock + 1);
        total(f, 0, cpu, value, ns);
    }
    f->clock++;
}

static void settle(fixture *f)
{
    assert_true(cck_tally_init(&f->tally, COLUMNS));
    assert_int_equal(cck_ledger_settle(&f->ledger, columns, COLUMNS, &f->tally), 0);
    for (size_t column = 0; column < COLUMNS; column++) {
        uint64_t sum = 0;
        for (size_t i = 0; i < f->tally.thread_count; i++)
            sum += f->tally.threads[i]->counts[column].raw;
        assert_int_equal(sum, f->tally.totals[column].raw); /* always */
    }
}

static const cck_tally_thread *row(const fixture *f, size_t index)
{
    assert_true(index < f->tally.thread_count);
    return f->tally.threads[index];
}

static void test_every_thread_tells_its_counts(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 1);
    fork_thread(&f, 101, 100);
    task(&f, made_comm(100, 101, "worker", false, ++f.clock), 0);
    ends(&f, 101, 7, 50);
    ends(&f, 100, 3, 20);
    settle(&f);
    assert_int_equal(f.tally.thread_count, 2);
    assert_int_equal(row(&f, 0)->counts[COUNT].raw, 6);
    assert_int_equal(row(&f, 1)->counts[COUNT].raw, 14);
    assert_int_equal(row(&f, 1)->counts[TIME].raw, 100);
    assert_string_equal(row(&f, 1)->name, "worker");
    assert_string_equal(row(&f, 1)->process, "main");
    assert_true(row(&f, 0)->ended && row(&f, 1)->ended);
    assert_int_equal(row(&f, 1)->cpu_count, 2);
    assert_int_equal(row(&f, 1)->cpus[1].cpu, 5);
    assert_int_equal(row(&f, 1)->cpus[1].ns, 50);
    assert_int_equal(f.tally.processes, 1);
    end(&f);
}

/* The original ended up in 101 (older kernels): no READ of its own, but the total knows. */
static void test_the_one_without_a_read_gets_the_rest(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 1);
    fork_thread(&f, 101, 100);
    fork_thread(&f, 102, 101);
    task(&f, made_task(PERF_RECORD_EXIT, 100, 101, 100, 100, ++f.clock), 0);
    total(&f, 0, 0, 40, 30);
    total(&f, 0, 1, 2, 5);
    ends(&f, 102, 9, 10);
    ends(&f, 100, 1, 10);
    settle(&f);
    assert_int_equal(f.tally.thread_count, 3);
    assert_int_equal(row(&f, 1)->tid, 101);
    assert_int_equal(row(&f, 1)->counts[COUNT].raw, 42);
    assert_int_equal(row(&f, 1)->counts[TIME].raw, 35);
    assert_int_equal(row(&f, 1)->cpu_count, 2);
    assert_int_equal(row(&f, 1)->cpus[0].ns, 30);
    end(&f);
}

/* Software and hardware contexts are swapped apart: another thread lacks each. */
static void test_the_rule_holds_for_each_event(void **state)
{
    (void)state;
    static const cck_column two[] = {{.source = CCK_COLUMN_COUNT, .slot = 0, .exact = true},
                                     {.source = CCK_COLUMN_COUNT, .slot = 1}};
    fixture f;
    begin(&f, 2);
    fork_thread(&f, 101, 100);
    for (size_t cpu = 0; cpu < 2; cpu++) {
        read_copy(&f, 0, cpu, 100, 5, 10, 2000); /* slot 0: 101 has no READ */
        read_copy(&f, 1, cpu, 101, 6, 10, 2000); /* slot 1: 100 has none */
        total(&f, 0, cpu, 5 + 1, 20);
        total(&f, 1, cpu, 6 + 3, 20);
    }
    assert_true(cck_tally_init(&f.tally, 2));
    assert_int_equal(cck_ledger_settle(&f.ledger, two, 2, &f.tally), 0);
    assert_int_equal(f.tally.thread_count, 2);
    assert_int_equal(row(&f, 0)->counts[0].raw, 10);
    assert_int_equal(row(&f, 0)->counts[1].raw, 6);
    assert_int_equal(row(&f, 1)->counts[0].raw, 2);
    assert_int_equal(row(&f, 1)->counts[1].raw, 12);
    end(&f);
}

static void test_those_still_running_share_a_row(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 1);
    fork_thread(&f, 101, 100);
    fork_thread(&f, 102, 100);
    ends(&f, 100, 4, 10);
    total(&f, 0, 0, 1000, 77);
    settle(&f);
    assert_int_equal(f.tally.thread_count, 4);
    assert_int_equal(row(&f, 3)->kind, CCK_ROW_REST);
    assert_int_equal(row(&f, 3)->threads, 2);
    assert_string_equal(row(&f, 3)->name, "still running: 2 threads");
    assert_int_equal(row(&f, 3)->counts[COUNT].raw, 1000);
    assert_int_equal(row(&f, 1)->counts[COUNT].running, 0); /* not counted, not 0 */
    assert_false(row(&f, 1)->ended);
    end(&f);
}

static void test_lost_records_are_said(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 1);
    for (int32_t tid = 101; tid <= 103; tid++)
        fork_thread(&f, tid, 100);
    ends(&f, 100, 1, 10);
    ends(&f, 101, 2, 10);
    for (int32_t tid = 102; tid <= 103; tid++) {
        task(&f, made_task(PERF_RECORD_EXIT, 100, tid, 100, 100, ++f.clock), 0);
        read_copy(&f, 0, 0, tid, 8, 10, f.clock); /* of CPU 0 only: the other was lost */
        total(&f, 0, 0, 8, 10);
        total(&f, 0, 1, 8, 10);
    }
    task(&f, made_lost(2, ++f.clock), 1);
    settle(&f);
    assert_int_equal(f.tally.lost_records, 2);
    const cck_tally_thread *rest = row(&f, f.tally.thread_count - 1);
    assert_int_equal(rest->kind, CCK_ROW_REST);
    assert_string_equal(rest->name, "records lost: 2 threads");
    assert_int_equal(rest->counts[COUNT].raw, 32);
    end(&f);
}

/* A single thread that lost one of its READs gets it back from the total. */
static void test_one_lost_read_is_made_good(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 1);
    fork_thread(&f, 101, 100);
    ends(&f, 100, 1, 10);
    read_copy(&f, 0, 0, 101, 8, 10, 5000);
    total(&f, 0, 0, 8, 10);
    total(&f, 0, 1, 9, 10);
    settle(&f);
    assert_int_equal(f.tally.thread_count, 2);
    assert_int_equal(row(&f, 1)->counts[COUNT].raw, 17);
    end(&f);
}

static void test_a_tid_that_is_used_again(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 1);
    fork_thread(&f, 101, 100);
    task(&f, made_comm(100, 101, "first", false, ++f.clock), 0);
    ends(&f, 101, 5, 10);
    fork_thread(&f, 101, 100);
    ends(&f, 101, 6, 10);
    ends(&f, 100, 0, 10);
    settle(&f);
    assert_int_equal(f.tally.thread_count, 3);
    assert_string_equal(row(&f, 1)->name, "first");
    assert_int_equal(row(&f, 1)->counts[COUNT].raw, 10);
    assert_string_equal(row(&f, 2)->name, "main"); /* inherited, not its namesake's */
    assert_int_equal(row(&f, 2)->counts[COUNT].raw, 12);
    end(&f);
}

/* The same when the READ of the first comes in after the FORK of the second. */
static void test_a_late_read_goes_to_the_older_life(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 1);
    task(&f, made_task(PERF_RECORD_FORK, 100, 101, 100, 100, 2000), 0);
    task(&f, made_task(PERF_RECORD_EXIT, 100, 101, 100, 100, 2100), 0);
    task(&f, made_task(PERF_RECORD_FORK, 100, 101, 100, 100, 2200), 0);
    for (size_t cpu = 0; cpu < 2; cpu++) {
        read_copy(&f, 0, cpu, 101, 6, 10, 2300);
        read_copy(&f, 0, cpu, 101, 5, 10, 2110);
        total(&f, 0, cpu, 11, 20);
    }
    ends(&f, 100, 0, 10);
    settle(&f);
    assert_int_equal(f.tally.thread_count, 3);
    assert_int_equal(row(&f, 1)->counts[COUNT].raw, 10);
    assert_int_equal(row(&f, 2)->counts[COUNT].raw, 12);
    end(&f);
}

/* Another CPU's ring was read first: EXIT and READ before the FORK. One thread, not two. */
static void test_a_late_fork_makes_no_second_thread(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 1);
    task(&f, made_task(PERF_RECORD_EXIT, 100, 101, 100, 100, 3000), 1);
    for (size_t cpu = 0; cpu < 2; cpu++) {
        read_copy(&f, 0, cpu, 101, 5, 10, 3010);
        total(&f, 0, cpu, 5, 10);
    }
    task(&f, made_task(PERF_RECORD_FORK, 100, 101, 100, 100, 2900), 0);
    ends(&f, 100, 0, 10);
    settle(&f);
    assert_int_equal(f.tally.thread_count, 2);
    assert_string_equal(row(&f, 1)->name, "main");
    assert_int_equal(row(&f, 1)->counts[COUNT].raw, 10);
    end(&f);
}

/* exec by a thread that is not the leader: the leader ends, the thread takes its tid. */
static void test_exec_by_another_thread(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 1);
    fork_thread(&f, 101, 100);
    ends(&f, 100, 2, 10);
    task(&f, made_comm(100, 100, "newprog", true, ++f.clock), 0);
    ends(&f, 100, 30, 10);
    settle(&f);
    assert_int_equal(f.tally.thread_count, 2);
    assert_int_equal(row(&f, 0)->counts[COUNT].raw, 4);
    assert_int_equal(row(&f, 1)->tid, 100);
    assert_string_equal(row(&f, 1)->name, "newprog");
    assert_int_equal(row(&f, 1)->counts[COUNT].raw, 60);
    end(&f);
}

/* Records of the whole machine: strangers stay out, and so do their children. */
static void test_an_open_world_has_strangers(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 1);
    f.ledger.closed_world = false;
    task(&f, made_task(PERF_RECORD_FORK, 900, 901, 900, 900, ++f.clock), 0);
    task(&f, made_comm(900, 901, "stranger", false, ++f.clock), 0);
    task(&f, made_switch(900, 901, true, ++f.clock), 0);
    task(&f, made_task(PERF_RECORD_EXIT, 900, 901, 900, 900, ++f.clock), 0);
    task(&f, made_task(PERF_RECORD_FORK, 200, 200, 100, 100, ++f.clock), 0);
    ends(&f, 200, 1, 1);
    /* A stranger gets the tid, is renamed and forks: none of ours. */
    task(&f, made_task(PERF_RECORD_FORK, 200, 200, 900, 900, ++f.clock), 0);
    task(&f, made_comm(200, 200, "stranger", true, ++f.clock), 0);
    task(&f, made_task(PERF_RECORD_FORK, 200, 202, 200, 200, ++f.clock), 0);
    ends(&f, 100, 1, 1);
    settle(&f);
    assert_int_equal(f.tally.thread_count, 2);
    assert_string_equal(row(&f, 1)->name, "main");
    assert_int_equal(f.tally.processes, 2);
    end(&f);
}

static void test_switches_and_moves(void **state)
{
    (void)state;
    static const cck_column records[] = {{.source = CCK_COLUMN_SWITCHES},
                                         {.source = CCK_COLUMN_MIGRATIONS}};
    fixture f;
    begin(&f, 0);
    f.ledger.clock = -1;
    fork_thread(&f, 101, 100);
    task(&f, made_switch(100, 101, false, 2000), 0);
    task(&f, made_switch(100, 101, true, 2010), 0);
    task(&f, made_switch(100, 101, false, 2020), 1); /* moved */
    task(&f, made_switch(100, 101, true, 2030), 1);
    task(&f, made_switch(100, 101, false, 2040), 1);
    task(&f, made_switch(100, 101, false, 2015), 0); /* late: says nothing of now */
    assert_true(cck_tally_init(&f.tally, 2));
    assert_int_equal(cck_ledger_settle(&f.ledger, records, 2, &f.tally), 0);
    assert_int_equal(row(&f, 1)->counts[0].raw, 2);
    assert_int_equal(row(&f, 1)->counts[1].raw, 1);
    assert_int_equal(f.tally.totals[0].raw, 2);
    assert_non_null(f.tally.residency_unknown);
    end(&f);
}

/* A multiplexed event keeps its own share for each thread; never on: not counted. */
static void test_multiplexed_shares(void **state)
{
    (void)state;
    static const cck_column scaled[] = {{.source = CCK_COLUMN_COUNT, .slot = 0}};
    fixture f;
    begin(&f, 1);
    cck_ledger_copy_of(&f.ledger, 0, 1)->open = false;
    fork_thread(&f, 101, 100);
    read_copy(&f, 0, 0, 101, 50, 10, 2000); /* enabled 20, running 10 */
    read_copy(&f, 0, 0, 100, 0, 0, 2000);
    made_record made = made_read(100, 102, 0, 30, 0, 2100);
    cck_record record;
    assert_true(cck_record_decode(&record, &made.header, &made_reads));
    fork_thread(&f, 102, 100);
    cck_ledger_read(&f.ledger, &record, 0, 0);
    total(&f, 0, 0, 50, 10);
    assert_true(cck_tally_init(&f.tally, 1));
    assert_int_equal(cck_ledger_settle(&f.ledger, scaled, 1, &f.tally), 0);
    assert_int_equal(row(&f, 1)->counts[0].enabled, 20);
    assert_int_equal(row(&f, 1)->counts[0].running, 10);
    assert_int_equal(row(&f, 2)->counts[0].running, 0); /* enabled, never on a counter */
    assert_true(row(&f, 0)->counts[0].running > 0);     /* never ran: 0, and surely so */
    end(&f);
}

/* ---- one copy for all CPUs ------------------------------------------------- */

static void begin_flat(fixture *f, bool switches)
{
    *f = (fixture){.clock = 1000};
    assert_true(cck_ledger_init(&f->ledger, 1, cpus, 2));
    assert_true(cck_ledger_flatten(&f->ledger, switches));
    f->ledger.clock = 0;
    f->ledger.clock_exact = true;
    f->ledger.closed_world = true;
    cck_ledger_copy_of(&f->ledger, 0, 0)->open = true;
    cck_ledger_begin(&f->ledger, 100, 100, "main");
}

static void ends_on(fixture *f, int32_t tid, uint64_t value, uint64_t ns, size_t cpu, uint64_t time)
{
    cck_record record;
    task(f, made_task(PERF_RECORD_EXIT, 100, tid, 100, 100, time), cpu);
    made_record made = made_read(100, tid, value, ns, ns, time + 1);
    assert_true(cck_record_decode(&record, &made.header, &made_reads));
    cck_ledger_read(&f->ledger, &record, 0, 0);
}

static void settle_flat(fixture *f, uint64_t value, uint64_t ns)
{
    cck_ledger_copy_of(&f->ledger, 0, 0)->total = (cck_tally_count){value, ns, ns};
    assert_true(cck_tally_init(&f->tally, 2));
    assert_int_equal(cck_ledger_settle(&f->ledger, columns, 2, &f->tally), 0);
    assert_int_equal(f->tally.core_count, 0); /* nobody counted by CPU, so there is no 0 */
    assert_null(f->tally.residency_unknown);
}

static void ran_on(const fixture *f, size_t index, uint32_t cpu, uint64_t ns)
{
    for (uint32_t i = 0; i < row(f, index)->cpu_count; i++)
        if (row(f, index)->cpus[i].cpu == cpu) {
            assert_int_equal(row(f, index)->cpus[i].ns, ns);
            return;
        }
    assert_int_equal(ns, 0);
}

/* SWITCH records tell where; what comes before the exec is not the target's. */
static void test_flat_switch_records_tell_where(void **state)
{
    (void)state;
    fixture f;
    begin_flat(&f, true);
    task(&f, made_switch(100, 100, false, 1000), 0);
    task(&f, made_comm(100, 100, "newprog", true, 2000), 0);
    task(&f, made_switch(100, 100, true, 2300), 0);
    task(&f, made_switch(100, 100, false, 3000), 1);
    ends_on(&f, 100, 5, 400, 1, 3100);
    settle_flat(&f, 5, 400);
    assert_int_equal(row(&f, 0)->counts[0].raw, 5);
    ran_on(&f, 0, cpus[0], 300);
    ran_on(&f, 0, cpus[1], 100);
    end(&f);
}

/* Lost records: a stay whose end may be among them is not made up. */
static void test_flat_lost_switches_make_no_time(void **state)
{
    (void)state;
    fixture f;
    begin_flat(&f, true);
    task(&f, made_comm(100, 100, "newprog", true, 2000), 0);
    task(&f, made_lost(3, 9000), 0);
    task(&f, made_switch(100, 100, true, 9000), 0);
    assert_int_equal(f.ledger.threads[0]->cpu_count, 0);
    assert_int_equal(f.ledger.lost, 3);
    task(&f, made_switch(100, 100, false, 9100), 1);
    ends_on(&f, 100, 5, 300, 1, 9200);
    settle_flat(&f, 5, 300);
    ran_on(&f, 0, cpus[1], 300); /* the sum is what the event says */
    end(&f);
}

/* No records: a thread that was never looked at was where it ended; samples of
 * another clock are fitted to the time that was counted. */
static void test_flat_samples_and_ends_tell_where(void **state)
{
    (void)state;
    fixture f;
    begin_flat(&f, false);
    fork_thread(&f, 101, 100);
    fork_thread(&f, 102, 100);
    ends_on(&f, 101, 1, 70, 1, 5000);
    cck_ledger_ran(&f.ledger, f.ledger.threads[2], cpus[0], 60);
    ends_on(&f, 102, 1, 100, 1, 5100);
    cck_ledger_ran(&f.ledger, f.ledger.threads[0], cpus[0], 600);
    cck_ledger_ran(&f.ledger, f.ledger.threads[0], cpus[1], 200);
    ends_on(&f, 100, 1, 400, 0, 6000);
    settle_flat(&f, 3, 570);
    ran_on(&f, 1, cpus[1], 70);
    ran_on(&f, 1, cpus[0], 0);
    ran_on(&f, 2, cpus[0], 60);
    ran_on(&f, 2, cpus[1], 40);
    ran_on(&f, 0, cpus[0], 300);
    ran_on(&f, 0, cpus[1], 100);
    end(&f);
}

/* Who is on a CPU when counting ends was there until then. */
static void test_flat_still_running(void **state)
{
    (void)state;
    fixture f;
    begin_flat(&f, true);
    task(&f, made_comm(100, 100, "newprog", true, 2000), 1);
    cck_ledger_end(&f.ledger, 2500);
    settle_flat(&f, 7, 500);
    assert_int_equal(row(&f, 0)->counts[0].raw, 7);
    ran_on(&f, 0, cpus[1], 500);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_thread_tells_its_counts),
        cmocka_unit_test(test_flat_switch_records_tell_where),
        cmocka_unit_test(test_flat_lost_switches_make_no_time),
        cmocka_unit_test(test_flat_samples_and_ends_tell_where),
        cmocka_unit_test(test_flat_still_running),
        cmocka_unit_test(test_the_one_without_a_read_gets_the_rest),
        cmocka_unit_test(test_the_rule_holds_for_each_event),
        cmocka_unit_test(test_those_still_running_share_a_row),
        cmocka_unit_test(test_lost_records_are_said),
        cmocka_unit_test(test_one_lost_read_is_made_good),
        cmocka_unit_test(test_a_tid_that_is_used_again),
        cmocka_unit_test(test_a_late_read_goes_to_the_older_life),
        cmocka_unit_test(test_a_late_fork_makes_no_second_thread),
        cmocka_unit_test(test_exec_by_another_thread),
        cmocka_unit_test(test_an_open_world_has_strangers),
        cmocka_unit_test(test_switches_and_moves),
        cmocka_unit_test(test_multiplexed_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
