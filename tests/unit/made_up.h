/* SPDX-License-Identifier: MIT */
/* Results that no machine had to make: tallies with known numbers, put together. */
#ifndef CCK_TESTS_MADE_UP_H
#define CCK_TESTS_MADE_UP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cachecheck/report.h>

#include "core/result/assemble.h"
#include "core/result/result.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static const char *const made_up_argv[] = {"./app", "--threads", "8"};

static const cck_event_info made_up_pmu_events[] = {
    {"task-clock", "task-clock", "task_clock", "ns", "Time on a CPU", false},
    {"cycles", "cycles", "cycles", "count", "", false},
    {"instructions", "instructions", "instructions", "count", "", false},
    {"L1d-load-misses", "skl::MEM_LOAD_RETIRED:L1_MISS", "l1d_load_misses", "count", "", false},
    {"LLC-misses", "skl::LONGEST_LAT_CACHE:MISS", "llc_misses", "count", "", false},
    {"stalls-mem", "skl::CYCLE_ACTIVITY:STALLS_MEM_ANY", "stalls_mem", "count", "", false},
    {"context-switches", "SWITCH records", "context_switches", "count", "", false},
    {"cpu-migrations", "CPU changes in SWITCH records", "cpu_migrations", "count", "", false},
};

static const cck_event_info made_up_simulated_events[] = {
    {"instructions", "instructions", "instructions", "count", "", true},
    {"loads", "loads", "loads", "count", "", true},
    {"stores", "stores", "stores", "count", "", true},
    {"atomics", "atomics", "atomics", "count", "", true},
    {"L1i-misses", "L1i-misses", "l1i_misses", "count", "", true},
    {"L1d-load-misses", "L1d-load-misses", "l1d_load_misses", "count", "", true},
    {"L1d-store-misses", "L1d-store-misses", "l1d_store_misses", "count", "", true},
    {"L2-load-misses", "L2-load-misses", "l2_load_misses", "count", "", true},
    {"L2-store-misses", "L2-store-misses", "l2_store_misses", "count", "", true},
    {"LLC-load-misses", "LLC-load-misses", "llc_load_misses", "count", "", true},
    {"LLC-store-misses", "LLC-store-misses", "llc_store_misses", "count", "", true},
};

static const cck_event_info made_up_software_events[] = {
    {"task-clock", "task-clock", "task_clock", "ns", "", false},
    {"page-faults", "page-faults", "page_faults", "count", "", false},
    {"major-faults", "major-faults", "major_faults", "count", "", false},
    {"context-switches", "SWITCH records", "context_switches", "count", "", false},
    {"cpu-migrations", "CPU changes in SWITCH records", "cpu_migrations", "count", "", false},
};

static inline cck_result *made_up_result(void)
{
    cck_result *result = cck_result_new();
    assert_non_null(result);
    result->command = "stat";
    result->machine.cpu_model = "Made-up CPU";
    result->machine.nodes = 1;
    result->target.argv = made_up_argv;
    result->target.argc = COUNT_OF(made_up_argv);
    result->target.pid = 1000;
    result->target.exited = true;
    result->target.exit_code = 0;
    result->target.elapsed_s = 2.5;
    result->target.processes = 1;
    result->source.slowdown = "none";
    return result;
}

static inline cck_tally_thread *made_up_thread(cck_tally *tally, int32_t tid, const char *name)
{
    cck_tally_thread *thread = cck_tally_add(tally, 1000, tid);
    assert_non_null(thread);
    snprintf(thread->name, sizeof thread->name, "%s", name);
    snprintf(thread->process, sizeof thread->process, "app");
    return thread;
}

static inline void made_up_count(cck_tally *tally, cck_tally_thread *thread, size_t event,
                                 uint64_t raw, uint64_t enabled, uint64_t running)
{
    thread->counts[event] = (cck_tally_count){raw, enabled, running};
    tally->totals[event].raw += raw;
    tally->totals[event].enabled += enabled;
    tally->totals[event].running += running;
}

static inline cck_result *made_up_finish(cck_result *result, cck_tally *tally,
                                         const cck_event_info *events)
{
    cck_error err = {0};
    result->target.threads = (uint32_t)tally->thread_count;
    int code = cck_assemble(result, tally, events, tally->event_count, NULL, &err);
    if (code)
        fprintf(stderr, "%s\n", err.message);
    assert_int_equal(code, 0);
    cck_tally_clear(tally);
    return result;
}

/* Eight threads; worker-k misses k times as often; LLC-misses multiplexed. */
static inline cck_result *made_up_pmu(void)
{
    cck_tally tally;
    assert_true(cck_tally_init(&tally, COUNT_OF(made_up_pmu_events)));
    for (int i = 0; i < 8; i++) {
        char name[24];
        snprintf(name, sizeof name, i ? "worker-%d" : "app", i);
        cck_tally_thread *thread = made_up_thread(&tally, 1000 + i, name);
        uint64_t cpu_ns = (uint64_t)(i ? 2000 + 10 * i : 40) * 1000000u;
        uint64_t cycles = cpu_ns * 3, instructions = cpu_ns * (i ? 1 : 4);
        uint64_t times = cpu_ns / 1000;
        made_up_count(&tally, thread, 0, cpu_ns, times, times);
        made_up_count(&tally, thread, 1, cycles, times, times);
        made_up_count(&tally, thread, 2, instructions, times, times);
        made_up_count(&tally, thread, 3, instructions / 20, times, times);
        made_up_count(&tally, thread, 4, instructions * (uint64_t)(i + 10) / 2000, times,
                      times / 2);
        made_up_count(&tally, thread, 5, cycles * 62 / 100, times, times);
        made_up_count(&tally, thread, 6, 17u * (unsigned)(i + 1), times, times);
        made_up_count(&tally, thread, 7, 3u * (unsigned)i, times, times);
        assert_true(cck_tally_ran(thread, (uint32_t)i % 4, cpu_ns / 4 * 3));
        assert_true(cck_tally_ran(thread, (uint32_t)(i + 1) % 4, cpu_ns / 4));
    }
    cck_result *result = made_up_result();
    result->source.backend = "pmu";
    return made_up_finish(result, &tally, made_up_pmu_events);
}

static inline cck_result *made_up_simulated(void)
{
    cck_tally tally;
    assert_true(cck_tally_init(&tally, COUNT_OF(made_up_simulated_events)));
    tally.residency_unknown = "a modelled run has no CPUs";
    for (int i = 0; i < 3; i++) {
        cck_tally_thread *thread = made_up_thread(&tally, 1000 + i, i ? "worker" : "app");
        uint64_t work = i ? 900000000u / (unsigned)i : 12000000u;
        const uint64_t counts[] = {work,        work / 4,   work / 9,   work / 20000,
                                   work / 9000, work / 40,  work / 90,  work / 200,
                                   work / 500,  work / 800, work / 5000};
        for (size_t j = 0; j < COUNT_OF(counts); j++)
            made_up_count(&tally, thread, j, counts[j], 1, 1);
    }
    cck_result *result = made_up_result();
    result->source.backend = "simulate";
    result->source.evidence = CCK_SIMULATED;
    result->source.why = "no PMU on this machine: a KVM guest without a virtual PMU (cycles: "
                         "no such event)";
    result->source.slowdown = "40-120 x";
    result->source.model = "I1=32768,8,64 D1=32768,8,64 L2=524288,8,64 LL=33554432,16,64";
    assert_true(cck_result_note(result, "the model has no prefetcher"));
    return made_up_finish(result, &tally, made_up_simulated_events);
}

static inline cck_result *made_up_software(void)
{
    cck_tally tally;
    assert_true(cck_tally_init(&tally, COUNT_OF(made_up_software_events)));
    for (int i = 0; i < 4; i++) {
        cck_tally_thread *thread = made_up_thread(&tally, 1000 + i, i ? "worker" : "app");
        uint64_t ns = i ? 2400000000u - (unsigned)i * 1000000u : 3000000u;
        const uint64_t counts[] = {ns, 900u + (unsigned)i, 0, 40u * (unsigned)i + 2, (unsigned)i};
        for (size_t j = 0; j < COUNT_OF(counts); j++)
            made_up_count(&tally, thread, j, counts[j], ns, ns);
        assert_true(cck_tally_ran(thread, (uint32_t)i, ns));
    }
    cck_result *result = made_up_result();
    result->source.backend = "software";
    result->source.why = "no PMU on this machine (cycles: no such event), and --backend software "
                         "was asked for";
    return made_up_finish(result, &tally, made_up_software_events);
}

static inline cck_result *made_up_crowd(unsigned threads)
{
    cck_tally tally;
    assert_true(cck_tally_init(&tally, COUNT_OF(made_up_pmu_events)));
    for (unsigned i = 0; i < threads; i++) {
        cck_tally_thread *thread = made_up_thread(&tally, (int32_t)(1000 + i), "request");
        uint64_t ns = 2000000u + 7919u * i % 100000u;
        for (size_t j = 0; j < COUNT_OF(made_up_pmu_events); j++)
            made_up_count(&tally, thread, j, j == 0 ? ns : j < 3 ? 2 * ns : ns / 1000, ns, ns);
        assert_true(cck_tally_ran(thread, i % 64, ns));
    }
    tally.totals[2].raw += 123456;
    tally.lost_records = 12;
    cck_result *result = made_up_result();
    result->source.backend = "pmu";
    result->target.exit_code = -1;
    result->target.signal = 9;
    return made_up_finish(result, &tally, made_up_pmu_events);
}

static inline cck_result *made_up_nothing(void)
{
    cck_tally tally;
    assert_true(cck_tally_init(&tally, COUNT_OF(made_up_pmu_events)));
    for (size_t j = 0; j < COUNT_OF(made_up_pmu_events); j++)
        tally.not_counted[j] = "the counter was taken by another program all the time";
    tally.residency_unknown = "no SWITCH records";
    for (int i = 0; i < 2; i++)
        made_up_thread(&tally, 1000 + i, i ? "worker" : "app");
    cck_result *result = made_up_result();
    result->source.backend = "pmu";
    result->target.exit_code = 3;
    return made_up_finish(result, &tally, made_up_pmu_events);
}

/* A report as a string; the caller frees it. Inlined at -O2, gcc 12 takes the string for
 * one that lives in the variable that open_memstream() sets (-Wdangling-pointer). */
__attribute__((noinline, unused)) static char *
made_up_report(const cck_result *result, cck_format format, const cck_report_options *options)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(cck_report_write(result, format, out, options, NULL), 0);
    fclose(out);
    return text;
}

#endif
