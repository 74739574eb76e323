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
};

static made_run begin(const struct pmu *pmu)
{
    cck_precise_format format = pmu->format;
    format.sample_type = format.kind == CCK_PRECISE_LATENCY ? made_latency_type
                         : format.kind == CCK_PRECISE_IBS   ? made_ibs_type
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
        const cck_field_use *hits = field_of(finding, "hits"), *misses = field_of(finding, "misses");
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
        assert_true(noted(&out, pmus[i].name));
        assert_true(noted(&out, "on no hardware yet"));
        outcome_clear(&out, &run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_fields_of_a_global_are_found_by_every_pmu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
