/* SPDX-License-Identifier: MIT */
/*
 * Made-up streams of each PMU, from records to findings: of variables and fields that are falsely
 * shared, and of such as are not; of streams that lost something, or were made to do harm.
 */
#include "tests/unit/precise_made.h"

#include "core/sharing/judge.h"
#include "probes/precise/precise.h"

/* ---- PMUs ---- */

typedef void made_writer(made_run *run, const made_access *access);

static void write_zen4(made_run *run, const made_access *access)
{
    made_ibs(run, access, MADE_CAPS_ZEN4);
}

static void write_zen3(made_run *run, const made_access *access)
{
    made_ibs(run, access, 0x3ff);
}

static const struct pmu {
    const char *name;
    cck_precise_format format;
    uint64_t midr;
    made_writer *write;
    bool bounded, inferred;
} pmus[] = {
    {"Intel PEBS",
     {.kind = CCK_PRECISE_LATENCY, .registers = 1 << 7, .hertz = 3e9},
     0,
     made_latency,
     true,
     false},
    {"AMD IBS",
     {.kind = CCK_PRECISE_IBS, .registers = 1 << 7, .hertz = 3e9},
     0,
     write_zen4,
     false,
     false},
    {"AMD IBS",
     {.kind = CCK_PRECISE_IBS, .registers = 1 << 7, .ibs = CCK_IBS_ZEN3, .hertz = 3e9},
     0,
     write_zen3,
     false,
     true},
    {"Arm SPE",
     {.kind = CCK_PRECISE_SPE, .period = 10000, .hertz = 3e9},
     0x410fd0c0, /* Neoverse N1 */
     made_spe,
     false,
     false},
    {"Intel PEBS",
     {.kind = CCK_PRECISE_LATENCY, .registers = 1 << 7, .hertz = 3e9},
     0,
     made_newer,
     true,
     false},
};

static made_run begin(const struct pmu *pmu)
{
    cck_precise_format format = pmu->format;
    format.sample_type = pmu->write == made_newer             ? made_newer_type
                         : format.kind == CCK_PRECISE_LATENCY ? made_latency_type
                         : format.kind == CCK_PRECISE_IBS     ? made_ibs_type
                                                              : made_spe_type;
    return made_begin(format, pmu->midr);
}

/* `rounds` times all of these, 1 ms apart. */
static void write_rounds(made_run *run, const struct pmu *pmu, const made_access *accesses,
                         size_t count, int rounds)
{
    for (int i = 0; i < rounds; i++)
        for (size_t j = 0; j < count; j++) {
            made_access access = accesses[j];
            access.period = 10000;
            run->time += 1000000;
            pmu->write(run, &access);
        }
}

/* ---- what comes of it ---- */

typedef struct outcome {
    cck_arena arena;
    cck_probe_facts facts;
    cck_observed observed;
    cck_result *result;
    int code;
    cck_error err;
} outcome;

static outcome replay(made_run *run)
{
    outcome out = {0};
    const cck_target_options target = {.size = sizeof target};
    const cck_probe_request request = {
        .want = CCK_WANT_SHARING, .target = &target, .arena = &out.arena};
    cck_tally tally;
    void *state = NULL;
    setenv("CACHECHECK_REPLAY", run->path, 1);
    assert_int_equal(cck_probe_precise_replay.check(&request, &out.err), 0);
    out.code = cck_probe_precise_replay.create(&state, &request, &out.facts, &out.err);
    if (out.code == 0) {
        assert_true(cck_tally_init(&tally, 0));
        assert_int_equal(cck_probe_precise_replay.open(state, MADE_PID, &out.err), 0);
        assert_int_equal(cck_probe_precise_replay.drain(state, &out.err), 0);
        out.code = cck_probe_precise_replay.close(state, &tally, &out.err);
        assert_int_equal(out.code, 0);
        assert_int_equal(cck_probe_precise_replay.observe(state, &out.observed, &out.err), 0);
        cck_tally_clear(&tally);
    }
    cck_probe_precise_replay.destroy(state);
    unsetenv("CACHECHECK_REPLAY");
    if (out.code < 0)
        return out;
    const cck_sharing_rules rules = {
        .limits = cck_line_default_limits, .least = CCK_SEVERITY_LOW, .top = 10};
    cck_debug *debug;
    assert_int_equal(cck_debug_new(&debug, &out.err), 0);
    out.result = made_up_result();
    out.result->command = "sharing";
    out.result->source.backend = "precise";
    out.result->source.evidence = CCK_MEASURED;
    assert_int_equal(cck_sharing_judge(out.result, &out.observed, debug, &rules, &out.err), 0);
    cck_debug_free(debug);
    return out;
}

static outcome finish(made_run *run, uint64_t elapsed_ns)
{
    cck_error err = {0};
    assert_int_equal(cck_precise_writer_end(run->writer, elapsed_ns, &err), 0);
    outcome out = replay(run);
    if (getenv("CCK_TEST_VERBOSE") && out.result) {
        const cck_report_options options = {.size = sizeof options, .width = 100};
        cck_report_write(out.result, CCK_FORMAT_TEXT, stdout, &options, NULL);
        for (size_t i = 0; out.facts.notes[i]; i++)
            printf("note %s\n", out.facts.notes[i]);
    }
    return out;
}

static void outcome_clear(outcome *out, made_run *run)
{
    cck_result_free(out->result);
    cck_observed_clear(&out->observed);
    cck_arena_clear(&out->arena);
    made_clear(run);
}

static void forget_outcome(outcome *out)
{
    cck_result_free(out->result);
    cck_observed_clear(&out->observed);
    cck_arena_clear(&out->arena);
}

static bool noted(const outcome *out, const char *words)
{
    for (size_t i = 0; out->facts.notes[i]; i++)
        if (strstr(out->facts.notes[i], words))
            return true;
    return false;
}

static const cck_field_use *field_of(const cck_finding *finding, const char *name)
{
    for (size_t i = 0; i < finding->field_count; i++)
        if (strcmp(finding->fields[i].name, name) == 0)
            return &finding->fields[i];
    return NULL;
}

/* ---- streams with a finding ---- */

/* One thread counts hits, the other misses: a load that another core had the line of, then a
 * store, of each. */
static const made_access counters[] = {
    {MADE_PID, "hit", "stats", 0, false, false, true, 0},
    {MADE_PID, "hit", "stats", 0, true, false, false, 0},
    {MADE_SECOND, "miss", "stats", 8, false, false, true, 0},
    {MADE_SECOND, "miss", "stats", 8, true, false, true, 0},
};

static void two_fields_of_a_global_are_found_by_every_pmu(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(pmus); i++) {
        made_run run = begin(&pmus[i]);
        write_rounds(&run, &pmus[i], counters, COUNT_OF(counters), 100);
        outcome out = finish(&run, 400000000);
        assert_int_equal(out.result->finding_count, 1);
        const cck_finding *finding = &out.result->findings[0];
        assert_string_equal(finding->rule, "false-sharing");
        assert_string_equal(finding->object.name, "stats");
        assert_string_equal(finding->object.kind, "global");
        const cck_field_use *hits = field_of(finding, "hits"),
                            *misses = field_of(finding, "misses");
        assert_true(hits && misses && hits->writes && misses->writes);
        assert_int_equal(hits->size, 8);
        assert_true(strstr(hits->location.file, "precise_lines.c") != NULL);
        assert_int_equal(finding->evidence.grade, CCK_MEASURED);
        /* 3 of 4 samples came from another core or missed; each stands for 10,000 accesses. */
        assert_int_equal(finding->evidence.samples, 300);
        assert_true(finding->evidence.rate > 7.4e6 && finding->evidence.rate < 7.6e6);
        if (pmus[i].bounded)
            assert_true(finding->evidence.high < 0);
        else
            assert_true(finding->evidence.high > finding->evidence.rate &&
                        finding->evidence.low < finding->evidence.rate);
        if (pmus[i].inferred)
            assert_true(finding->severity == CCK_SEVERITY_HIGH && finding->note_count);
        else
            assert_int_equal(finding->severity, CCK_SEVERITY_CRITICAL);
        assert_true(noted(&out, pmus[i].name));
        assert_true(noted(&out, "on no hardware yet"));
        outcome_clear(&out, &run);
    }
}

/* A writer and a thread that only reads the neighbour: the reader meets every transfer. */
static void a_reader_beside_a_writer_is_found(void **state)
{
    (void)state;
    static const made_access accesses[] = {
        {MADE_PID, "hit", "stats", 0, true, false, false, 0},
        {MADE_SECOND, "look_at_misses", "stats", 8, false, false, true, 0},
        {MADE_SECOND, "look_at_misses", "stats", 8, false, false, true, 0},
        {MADE_SECOND, "look_at_misses", "stats", 8, false, false, true, 0},
    };
    for (size_t i = 0; i < COUNT_OF(pmus); i++) {
        made_run run = begin(&pmus[i]);
        write_rounds(&run, &pmus[i], accesses, COUNT_OF(accesses), 60);
        outcome out = finish(&run, 240000000);
        assert_int_equal(out.result->finding_count, 1);
        const cck_finding *finding = &out.result->findings[0];
        assert_string_equal(finding->rule, "false-sharing");
        const cck_field_use *misses = field_of(finding, "misses");
        assert_true(field_of(finding, "hits") && misses && misses->reads && !misses->writes);
        outcome_clear(&out, &run);
    }
}

/* Of PEBS loads alone: that the instructions write as well, they say themselves. */
static void what_adds_to_memory_writes(void **state)
{
    (void)state;
#if !defined(__x86_64__)
    skip();
#endif
    static const made_access accesses[] = {
        {MADE_PID, "hit", "stats", 0, false, false, true, 0},
        {MADE_SECOND, "miss", "stats", 8, false, false, true, 0},
    };
    made_run run = begin(&pmus[0]);
    write_rounds(&run, &pmus[0], accesses, COUNT_OF(accesses), 60);
    outcome out = finish(&run, 120000000);
    assert_int_equal(out.result->finding_count, 1);
    const cck_field_use *hits = field_of(&out.result->findings[0], "hits");
    assert_true(hits && hits->reads && hits->writes && !hits->atomic);
    outcome_clear(&out, &run);
}

/* Head and tail, each written by one side and read by the other. */
static void a_ring_is_mixed(void **state)
{
    (void)state;
    static const made_access accesses[] = {
        {MADE_PID, "put", "ring", 0, true, false, true, 0},
        {MADE_PID, "drained", "ring", 8, false, false, true, 0},
        {MADE_SECOND, "take", "ring", 8, true, false, true, 0},
        {MADE_SECOND, "filled", "ring", 0, false, false, true, 0},
    };
    made_run run = begin(&pmus[0]);
    write_rounds(&run, &pmus[0], accesses, COUNT_OF(accesses), 60);
    outcome out = finish(&run, 240000000);
    assert_int_equal(out.result->finding_count, 1);
    assert_string_equal(out.result->findings[0].rule, "mixed-sharing");
    assert_string_equal(out.result->findings[0].object.name, "ring");
    outcome_clear(&out, &run);
}

/* Locked: the load is what is sampled, and it writes, too. */
static void atomics_on_one_word_are_truly_shared(void **state)
{
    (void)state;
    static const made_access accesses[] = {
        {MADE_PID, "count", "counter", 0, false, true, true, 0},
        {MADE_SECOND, "count", "counter", 0, false, true, true, 0},
    };
    for (size_t i = 0; i < COUNT_OF(pmus); i++) {
        made_run run = begin(&pmus[i]);
        write_rounds(&run, &pmus[i], accesses, COUNT_OF(accesses), 100);
        outcome out = finish(&run, 200000000);
        assert_int_equal(out.result->finding_count, 1);
        const cck_finding *finding = &out.result->findings[0];
        assert_string_equal(finding->rule, "true-sharing");
        assert_true(finding->fields[0].atomic && finding->fields[0].writes);
        outcome_clear(&out, &run);
    }
}

/*
 * Stored ones, tests/traces/precise-*: put together byte by byte, by another hand than the
 * writer's, of a program without a file: two words of its heap, 25 loads and stores of each.
 */
static void stored_streams_read_as_ever(void **state)
{
    (void)state;
    static const struct {
        const char *folder;
        uint64_t samples;
    } stored[] = {
        {CCK_TESTS "/traces/precise-skylake", 100}, /* loads: HITM; stores: missed */
        {CCK_TESTS "/traces/precise-zen4", 50},
        {CCK_TESTS "/traces/precise-neoverse", 50},
    };
    for (size_t i = 0; i < COUNT_OF(stored); i++) {
        made_run run = {0};
        snprintf(run.path, sizeof run.path, "/tmp/cck-stored-%d", (int)getpid());
        unlink(run.path);
        assert_int_equal(symlink(stored[i].folder, run.path), 0);
        outcome out = replay(&run);
        unlink(run.path);
        assert_int_equal(out.code, 0);
        assert_int_equal(out.result->finding_count, 1);
        const cck_finding *finding = &out.result->findings[0];
        assert_string_equal(finding->rule, "false-sharing");
        assert_string_equal(finding->object.kind, "heap");
        assert_int_equal(finding->field_count, 2);
        assert_int_equal(finding->fields[1].offset - finding->fields[0].offset, 8);
        assert_int_equal(finding->evidence.samples, stored[i].samples);
        forget_outcome(&out);
    }
}

/* "measured, 60 transfers sampled in 12 stretches of 10 ms, about ..." */
static void findings_are_told_as_measured(void **state)
{
    (void)state;
    made_run run = begin(&pmus[1]);
    write_rounds(&run, &pmus[1], counters, COUNT_OF(counters), 100);
    outcome out = finish(&run, 400000000);
    const cck_report_options options = {.size = sizeof options, .width = 200};
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    assert_int_equal(cck_report_write(out.result, CCK_FORMAT_TEXT, stream, &options, NULL), 0);
    fclose(stream);
    assert_non_null(strstr(text, "measured by the precise backend"));
    assert_non_null(strstr(text, "= evidence: measured, 300 transfers sampled in 41 stretches of "
                                 "10 ms, about 7.50 M/s (95 %"));
    assert_non_null(strstr(text, "100 ns a transfer (measured on this machine)"));
    assert_null(strstr(text, "watch"));
    free(text);
    outcome_clear(&out, &run);
}

/* ---- streams without one ---- */

static void what_is_not_fought_over_is_clean(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        made_access accesses[2];
        int rounds;
    } cases[] = {
        {"lines of their own",
         {{MADE_PID, "add_first", "padded", 0, true, false, true, 0},
          {MADE_SECOND, "add_second", "padded", 64, true, false, true, 0}},
         100},
        {"one thread",
         {{MADE_PID, "hit", "stats", 0, false, false, true, 0},
          {MADE_PID, "miss", "stats", 8, true, false, true, 0}},
         100},
        {"nobody writes",
         {{MADE_PID, "look_up", "table", 24, false, false, true, 0},
          {MADE_SECOND, "look_up", "table", 24, false, false, true, 0}},
         100},
        {"nothing came from another core",
         {{MADE_PID, "hit", "stats", 0, true, false, false, 0},
          {MADE_SECOND, "miss", "stats", 8, true, false, false, 0}},
         100},
        {"a few times only",
         {{MADE_PID, "hit", "stats", 0, false, false, true, 0},
          {MADE_SECOND, "miss", "stats", 8, true, false, true, 0}},
         3},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        for (size_t j = 0; j < COUNT_OF(pmus); j++) {
            made_run run = begin(&pmus[j]);
            write_rounds(&run, &pmus[j], cases[i].accesses, 2, cases[i].rounds);
            outcome out = finish(&run, 200000000);
            if (out.result->finding_count)
                fail_msg("%s, %s: %s", cases[i].what, pmus[j].name, out.result->findings[0].title);
            assert_string_equal(out.result->total.verdict.name, "no-sharing");
            /* Each sample stands for 10,000, in 0.2 s: 13.15 x 10,000 / 0.2. */
            const char *said = pmus[j].bounded ? "too little was sampled" : "657,501 transfers/s";
            if (out.result->total.verdict.text[0] && !strstr(out.result->total.verdict.text, said))
                fail_msg("%s, %s: %s", cases[i].what, pmus[j].name, out.result->total.verdict.text);
            outcome_clear(&out, &run);
        }
}

/* Turns of 50 ms: the line moves twice in each, which no rate makes a finding of. */
static void turns_are_clean(void **state)
{
    (void)state;
    made_run run = begin(&pmus[1]);
    for (int turn = 0; turn < 20; turn++)
        for (int i = 0; i < 50; i++) {
            made_access access = counters[turn % 2 ? 3 : 1];
            access.handed = i == 0;
            access.period = 1000;
            run.time += 1000000;
            pmus[1].write(&run, &access);
        }
    outcome out = finish(&run, 10000000000);
    assert_int_equal(out.result->finding_count, 0);
    outcome_clear(&out, &run);
}

/* ---- what is lost ---- */

static void lost_records_make_rates_bounds(void **state)
{
    (void)state;
    made_run run = begin(&pmus[1]);
    write_rounds(&run, &pmus[1], counters, COUNT_OF(counters), 50);
    made_lost(&run, 1234);
    write_rounds(&run, &pmus[1], counters, COUNT_OF(counters), 50);
    outcome out = finish(&run, 400000000);
    assert_int_equal(out.result->finding_count, 1);
    assert_true(out.result->findings[0].evidence.high < 0);
    assert_true(noted(&out, "1,234 dropped by the kernel"));
    outcome_clear(&out, &run);
}

/* The AUX buffer was full, samples collided, one stretch was overwritten, one is cut. */
static void what_the_aux_area_lost_is_said(void **state)
{
    (void)state;
    const struct pmu *spe = &pmus[3];
    made_run run = begin(spe);
    made_bytes none = {0}, cut = {0}, gone;
    write_rounds(&run, spe, counters, COUNT_OF(counters), 50);
    made_spe_chunk(&run, MADE_PID, &none, PERF_AUX_FLAG_TRUNCATED);
    made_spe_chunk(&run, MADE_PID, &none, PERF_AUX_FLAG_COLLISION);
    made_spe_record(&cut, &run, &counters[0]);
    cut.size -= 12; /* in the midst of the timestamp */
    made_spe_chunk(&run, MADE_PID, &cut, PERF_AUX_FLAG_PARTIAL);
    gone = made_record(PERF_RECORD_AUX, 0); /* an older stretch than the area holds */
    made_put(&gone, run.aux + 3 * MADE_AREA, 8);
    made_put(&gone, 64, 8);
    made_put(&gone, 0, 8);
    made_trailer(&gone, &run, MADE_PID, 0);
    made_write(&run, 0, &gone);
    write_rounds(&run, spe, counters, COUNT_OF(counters), 50);
    outcome out = finish(&run, 400000000);
    assert_int_equal(out.result->finding_count, 1);
    assert_int_equal(out.result->findings[0].evidence.samples, 300);
    assert_true(out.result->findings[0].evidence.high < 0);
    assert_true(noted(&out, "1 cut off"));
    assert_true(noted(&out, "2 times that the buffer was full"));
    assert_true(noted(&out, "1 stretches in which samples collided"));
    assert_true(noted(&out, "1 stretches that were gone before they were read"));
    outcome_clear(&out, &run);
}

/* The area is small: many laps, and chunks that lie over its end. */
static void aux_areas_wrap_around(void **state)
{
    (void)state;
    made_run run = begin(&pmus[3]);
    uint64_t wrapped = 0;
    for (int i = 0; i < 600; i++) {
        made_bytes chunk = {0};
        uint64_t before = run.aux / MADE_AREA;
        for (size_t j = 0; j < COUNT_OF(counters); j++)
            if (counters[j].tid == (i % 2 ? MADE_SECOND : MADE_PID))
                made_spe_record(&chunk, &run, &counters[j]);
        while (chunk.size % 64 || chunk.size < 320)
            made_put(&chunk, 0, 1); /* padding */
        made_put(&chunk, 0, 3);
        run.time += 1000000;
        made_spe_chunk(&run, i % 2 ? MADE_SECOND : MADE_PID, &chunk, 0);
        wrapped += run.aux / MADE_AREA != before && run.aux % MADE_AREA;
    }
    assert_true(wrapped >= 2);
    outcome out = finish(&run, 600000000);
    assert_int_equal(out.result->finding_count, 1);
    assert_int_equal(out.result->findings[0].evidence.samples, 900);
    assert_true(noted(&out, "1,200 samples, of 1,200 the address is known"));
    outcome_clear(&out, &run);
}

/* ---- who it was ---- */

/* Samples of kernel code, other processes' and unmapped addresses are no access to the line. */
static void what_is_not_the_programs_own_is_passed_over(void **state)
{
    (void)state;
    made_run run = begin(&pmus[0]);
    for (int i = 0; i < 200; i++) {
        const made_access at = {
            i % 2 ? MADE_PID : MADE_SECOND, "hit", "stats", 0, false, false, true, 10000};
        made_bytes record = made_sample_start(&run, &at, UINT64_C(0xffffffff81000000), true);
        struct perf_event_header *header = (struct perf_event_header *)record.bytes;
        header->misc = PERF_RECORD_MISC_KERNEL;
        made_put(&record, PERF_SAMPLE_REGS_ABI_NONE, 8);
        made_put(&record, 300, 8);
        made_put(&record, 0, 8);
        made_write(&run, 0, &record);
        run.time += 1000000;
        made_access stray = at; /* behind the end of what is mapped */
        stray.offset = 1 << 30;
        made_latency(&run, &stray);
    }
    outcome out = finish(&run, 200000000);
    assert_int_equal(out.result->finding_count, 0);
    assert_int_equal(out.observed.line_count, 0);
    outcome_clear(&out, &run);
}

static void names_come_from_comm_records(void **state)
{
    (void)state;
    made_run run = begin(&pmus[0]);
    made_bytes comm = made_record(PERF_RECORD_COMM, 0);
    made_put(&comm, MADE_PID, 4);
    made_put(&comm, MADE_SECOND, 4);
    made_put(&comm, UINT64_C(0x6465726975716572) & 0xffffffffffff, 8); /* "requir" */
    made_trailer(&comm, &run, MADE_SECOND, 5);
    made_write(&run, 1, &comm);
    write_rounds(&run, &pmus[0], counters, COUNT_OF(counters), 20);
    outcome out = finish(&run, 80000000);
    bool found = false;
    for (size_t i = 0; i < out.observed.thread_count; i++)
        found |= strncmp(out.observed.threads[i].name, "requir", 6) == 0 &&
                 out.observed.threads[i].tid == MADE_SECOND;
    assert_true(found);
    outcome_clear(&out, &run);
}

/* ---- harm ---- */

typedef struct whole {
    char *bytes;
    size_t size;
} whole;

static whole read_stream(const made_run *run)
{
    char path[128];
    snprintf(path, sizeof path, "%s/stream", run->path);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    whole all = {malloc(1 << 20), 0};
    all.size = fread(all.bytes, 1, 1 << 20, file);
    fclose(file);
    return all;
}

static void write_stream(const made_run *run, const char *bytes, size_t size)
{
    char path[128];
    snprintf(path, sizeof path, "%s/stream", run->path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

/* Cut anywhere it is refused with the place; whatever bytes are changed, nothing breaks. */
static void cut_and_damaged_streams_do_no_harm(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(pmus); i++) {
        made_run run = begin(&pmus[i]);
        cck_error err = {0};
        write_rounds(&run, &pmus[i], counters, COUNT_OF(counters), 5);
        assert_int_equal(cck_precise_writer_end(run.writer, 20000000, &err), 0);
        whole all = read_stream(&run);
        for (size_t size = 1; size + 1 < all.size; size += 1 + size / 20) {
            write_stream(&run, all.bytes, size);
            outcome out = replay(&run);
            assert_int_equal(out.code, CCK_EFORMAT);
            assert_true(strstr(out.err.message, "stream:") != NULL);
            forget_outcome(&out);
        }
        uint32_t dice = 12345;
        for (int round = 0; round < 60; round++) {
            char *copy = malloc(all.size);
            memcpy(copy, all.bytes, all.size);
            for (int change = 0; change < 8; change++) {
                dice = dice * 1664525 + 1013904223;
                copy[200 + (dice >> 8) % (all.size - 200)] ^= (char)(dice >> 24);
            }
            write_stream(&run, copy, all.size);
            outcome out = replay(&run);
            forget_outcome(&out);
            free(copy);
        }
        free(all.bytes);
        made_clear(&run);
    }
}

static void heads_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "cachecheck-precise 2 little\nend\n",
        "cachecheck-precise 1 middle\nend\n",
        "cachecheck-precise 1 little\nend\n",
        "cachecheck-precise 1 little\npmu arm\nend\n",
        "cachecheck-precise 1 little\nline 63\nend\n",
        "cachecheck-precise 1 little\nline 64\ncpu 0 0\nrecord 1 8\n12345678\nend\n",
        "cachecheck-precise 1 little\nline 64\ncpu 0 0\nrecord 0 4\n1234\nend\n",
        "cachecheck-precise 1 little\nline 64\ncpu 0 0\naux 0 0 8\n12345678\nend\n",
        "cachecheck-precise 1 little\nsample 4294967296 0\nend\n",
        "cachecheck-precise 1 little\narea 1000\nend\n",
        ("cachecheck-precise 1 little\nline 64\ncpu 0 0\narea 64\naux 0 0 1\nx\nline 64\nend\n"),
    };
    made_run run = begin(&pmus[0]);
    cck_error err = {0};
    assert_int_equal(cck_precise_writer_end(run.writer, 0, &err), 0);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        write_stream(&run, bad[i], strlen(bad[i]));
        outcome out = replay(&run);
        assert_int_equal(out.code, CCK_EFORMAT);
        forget_outcome(&out);
    }
    made_clear(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_fields_of_a_global_are_found_by_every_pmu),
        cmocka_unit_test(a_reader_beside_a_writer_is_found),
        cmocka_unit_test(what_adds_to_memory_writes),
        cmocka_unit_test(a_ring_is_mixed),
        cmocka_unit_test(atomics_on_one_word_are_truly_shared),
        cmocka_unit_test(stored_streams_read_as_ever),
        cmocka_unit_test(findings_are_told_as_measured),
        cmocka_unit_test(what_is_not_fought_over_is_clean),
        cmocka_unit_test(turns_are_clean),
        cmocka_unit_test(lost_records_make_rates_bounds),
        cmocka_unit_test(what_the_aux_area_lost_is_said),
        cmocka_unit_test(aux_areas_wrap_around),
        cmocka_unit_test(what_is_not_the_programs_own_is_passed_over),
        cmocka_unit_test(names_come_from_comm_records),
        cmocka_unit_test(cut_and_damaged_streams_do_no_harm),
        cmocka_unit_test(heads_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
