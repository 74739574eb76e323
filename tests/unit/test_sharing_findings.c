/* SPDX-License-Identifier: MIT */
/* From observations to findings, their report and their JSON, without debug information. */
#include "tests/unit/shared_lines.h"

#include <unistd.h>

static char *text_of(const cck_result *result)
{
    const cck_report_options options = {.size = sizeof options, .width = 100};
    return made_up_report(result, CCK_FORMAT_TEXT, &options);
}

/* From the first finding (or the verdict) to the end. */
static void assert_tail(const cck_result *result, const char *from, const char *expected)
{
    char *text = text_of(result);
    const char *tail = strstr(text, from);
    if (!tail)
        fail_msg("'%s' is not in:\n%s", from, text);
    if (strcmp(tail, expected) != 0)
        fail_msg("got:\n%s\nexpected:\n%s", tail, expected);
    free(text);
}

static void a_block_without_a_type_is_told_by_bytes(void **state)
{
    (void)state;
    cck_observed observed = shared_run(3);
    uint32_t block = shared_block(&observed, 0x10000, 40);
    shared_lies_on(shared_pair(&observed, 0x10000, 4000000), block);
    cck_result *result = shared_judge(&observed);
    assert_int_equal(result->finding_count, 1);
    assert_string_equal(result->findings[0].rule, "false-sharing");
    assert_int_equal(result->findings[0].severity, CCK_SEVERITY_CRITICAL);
    assert_string_equal(result->total.verdict.name, "false-sharing");
    assert_tail(
        result, "verdict",
        "verdict  1 finding over 1 line that threads share, in 1.00 s of virtual time; the worst "
        "costs its\n"
        "         threads about 40 % of their time\n"
        "\n"
        "warning[false-sharing]: bytes 0-7 and 8-15 of a 40-byte heap block share a cache line "
        "written by 2\n"
        "    threads\n"
        "  --> heap block, 40 bytes\n"
        "  |  0  bytes 0-7   <- T1001 worker-1  writes\n"
        "  |  8  bytes 8-15  <- T1002 worker-2  writes\n"
        "  = evidence: simulated, 8,000,000 line transfers, about 8.00 M/s of virtual time\n"
        "  = cost: critical, about 40 % of the time of the two threads, modelled with 100 ns a "
        "transfer\n"
        "  = fix: put what each thread uses on a line of its own; build with -g to see fields\n"
        "\n"
        "next     cachecheck hotspots -- ./app --threads 8\n");
    cck_result_free(result);
    cck_observed_clear(&observed);
}

static void files_that_could_not_be_read_are_told(void **state)
{
    (void)state;
    cck_module modules[] = {{.path = "/lib/a.so", .build_id = ""},
                            {.path = "/lib/b.so", .build_id = "", .unread = true},
                            {.path = "/lib/b.so", .build_id = "", .unread = true}};
    cck_observed observed = shared_run(3);
    observed.modules = modules;
    observed.module_count = COUNT_OF(modules);
    cck_result *result = shared_judge(&observed);
    assert_int_equal(result->source.note_count, 1);
    assert_string_equal(result->source.notes[0],
                        "/lib/b.so could not be read when it was mapped (a damaged file, or an "
                        "error of the disk): what lies in it is told without names");
    cck_result_free(result);
    cck_observed_clear(&observed);
}

static void nothing_found_is_told_strongly(void **state)
{
    (void)state;
    cck_observed observed = shared_run(3);
    observed.seconds = 2.5;
    cck_line *quiet = shared_pair(&observed, 0x10000, 4000000);
    quiet->rate = 1200;
    cck_line *lock = shared_line(&observed, 0x20000);
    for (uint32_t i = 1; i < 3; i++)
        shared_transfers(lock, shared_side(lock, i, 0xff, 0xff), 50, 0);
    cck_result *result = shared_judge(&observed);
    assert_int_equal(result->finding_count, 0);
    assert_int_equal(result->lines_judged, 2);
    assert_string_equal(result->total.verdict.name, "no-sharing");
    assert_tail(
        result, "verdict",
        "verdict  no line above 4,000 transfers/s in 2.50 s of virtual time; 2 lines shared "
        "by threads, 1 of\n"
        "         them truly shared\n"
        "\n"
        "next     cachecheck hotspots -- ./app --threads 8\n");
    cck_result_free(result);

    quiet->rate = 9000; /* often, but for nothing */
    ((cck_line_side *)quiet->sides)[0].stalled = 10;
    ((cck_line_side *)quiet->sides)[1].stalled = 10;
    result = shared_judge(&observed);
    assert_int_equal(result->finding_count, 0);
    assert_non_null(strstr(result->total.verdict.text,
                           "no line costs its threads 1.0 % of their time (the busiest: 9.00 k"));
    cck_result_free(result);

    observed.line_count = 0;
    observed.thread_count = 1;
    result = shared_judge(&observed);
    assert_string_equal(result->total.verdict.text,
                        "no line was written by one thread while another used it, in 2.50 s of "
                        "virtual time");
    assert_string_equal(result->source.notes[0],
                        "only one thread ran: there was nobody to share with");
    cck_result_free(result);

    observed.counted[CCK_COST_INSTRUCTIONS] = true;
    result = shared_judge(&observed);
    assert_string_equal(result->total.verdict.name, "nothing-simulated");
    cck_result_free(result);
    observed.costs[CCK_COST_INSTRUCTIONS] = 1;
    result = shared_judge(&observed);
    assert_string_equal(result->total.verdict.name, "no-sharing");
    cck_result_free(result);
    cck_observed_clear(&observed);
}

/* Every boundary between two elements that threads own is the same matter. */
static void lines_of_one_block_are_one_finding(void **state)
{
    (void)state;
    cck_observed observed = shared_run(3);
    uint32_t block = shared_block(&observed, 0x10000, 512);
    for (uint64_t i = 0; i < 8; i++)
        shared_lies_on(shared_pair(&observed, 0x10000 + 64 * i, 400000 - 10000 * i), block);
    uint32_t other = shared_block(&observed, 0x20000, 64);
    shared_lies_on(shared_pair(&observed, 0x20000, 1000000), other);
    cck_result *result = shared_judge(&observed);
    assert_int_equal(result->finding_count, 2);
    assert_int_equal(result->findings[0].object.address, 0x10000);
    assert_int_equal(result->findings[0].line_offset, 0);
    assert_int_equal(result->findings[0].evidence.samples, 2 * (8 * 400000 - 280000));
    assert_float_equal(result->findings[0].evidence.cost, 300.0 * (8 * 400000 - 280000) / 3e9,
                       1e-9);
    assert_non_null(strstr(result->findings[0].notes[0], "and 7 more lines of this object"));
    assert_int_equal(result->findings[1].object.address, 0x20000);
    cck_result_free(result);
    cck_observed_clear(&observed);
}

/* Each line alone is not worth a word, all of them are. */
static void quiet_lines_add_up(void **state)
{
    (void)state;
    cck_observed observed = shared_run(3);
    uint32_t block = shared_block(&observed, 0x10000, 512);
    for (uint64_t i = 0; i < 8; i++) {
        cck_line *line = shared_pair(&observed, 0x10000 + 64 * i, 50000);
        shared_lies_on(line, block);
        assert_true(cck_line_judge(&observed, line, &cck_line_default_limits).low_rate);
    }
    cck_result *result = shared_judge(&observed);
    assert_int_equal(result->finding_count, 1);
    assert_int_equal(result->findings[0].severity, CCK_SEVERITY_MEDIUM);
    cck_result_free(result);
    cck_observed_clear(&observed);
}

static void two_blocks_on_a_line_are_both_named(void **state)
{
    (void)state;
    cck_observed observed = shared_run(3);
    cck_line *line = shared_pair(&observed, 0x10000, 4000000);
    shared_lies_on(line, shared_block(&observed, 0x10000, 8));
    shared_lies_on(line, shared_block(&observed, 0x10008, 24));
    cck_result *result = shared_judge(&observed);
    const cck_finding *finding = &result->findings[0];
    assert_string_equal(finding->title,
                        "an 8-byte heap block and a 24-byte heap block share a cache line "
                        "written by 2 threads");
    assert_string_equal(
        finding->suggestion.text,
        "allocate each of them at a multiple of 64 bytes, and round its size up to one");
    assert_int_equal(finding->suggestion.cost_bytes, 56);
    assert_int_equal(finding->fields[1].offset, 8);
    cck_result_free(result);
    cck_observed_clear(&observed);
}

/* What both only read beside what both write is hit as well, and is not what they share. */
static void what_is_only_read_is_not_what_is_shared(void **state)
{
    (void)state;
    cck_observed observed = shared_run(3);
    cck_line *line = shared_line(&observed, 0x10000);
    shared_lies_on(line, shared_block(&observed, 0x10000, 24));
    shared_lies_on(line, shared_block(&observed, 0x10020, 8));
    for (uint32_t i = 1; i < 3; i++) {
        shared_transfers(line, shared_side(line, i, 0xff000000ffULL, 0xff00000000ULL), 2000000, 0);
        shared_use(line, i, 0, 8, false)->misses = 900000;
        shared_use(line, i, 32, 8, true)->misses = 1100000;
    }
    cck_result *result = shared_judge(&observed);
    const cck_finding *finding = &result->findings[0];
    assert_string_equal(finding->rule, "true-sharing");
    assert_string_equal(finding->title, "bytes 0-7 of an 8-byte heap block are written by 2 "
                                        "threads, the same bytes");
    assert_int_equal(finding->object.address, 0x10020);
    cck_result_free(result);
    cck_observed_clear(&observed);
}

static void true_sharing_and_locks_are_called_so(void **state)
{
    (void)state;
    cck_observed observed = shared_run(3);
    cck_line *line = shared_line(&observed, 0x10000);
    shared_lies_on(line, shared_block(&observed, 0x10000, 64));
    for (uint32_t i = 1; i < 3; i++) {
        shared_transfers(line, shared_side(line, i, 0xff, 0xff), 2000000, 0);
        shared_use(line, i, 0, 8, true)->atomic = true;
    }
    cck_result *result = shared_judge(&observed);
    assert_string_equal(result->findings[0].rule, "true-sharing");
    assert_string_equal(result->findings[0].title, "bytes 0-7 of a 64-byte heap block are written "
                                                   "by 2 threads, the same bytes");
    assert_non_null(strstr(result->findings[0].suggestion.text, "padding does not help"));
    assert_string_equal(result->findings[0].verify, "");
    cck_result_free(result);
    line->lock = true;
    result = shared_judge(&observed);
    assert_string_equal(result->findings[0].title, "the lock in bytes 0-7 of a 64-byte heap block "
                                                   "is handed between 2 threads");
    cck_result_free(result);
    cck_observed_clear(&observed);
}

static cck_draft_field lock_field(uint32_t thread, uint64_t offset, bool lock, bool writes)
{
    return (cck_draft_field){
        .thread = thread, .lock = lock, .use = {.offset = offset, .size = 8, .writes = writes}};
}

static bool is_one_lock(const cck_draft_field *fields, size_t count)
{
    cck_draft_field copy[4];
    memcpy(copy, fields, count * sizeof *fields);
    const cck_finding_draft draft = {.fields = copy, .field_count = count};
    return cck_draft_is_one_lock(&draft);
}

static void words_of_one_lock_are_one(void **state)
{
    (void)state;
    const cck_draft_field both[] = {lock_field(1, 0, true, true), lock_field(2, 0, true, false),
                                    lock_field(1, 56, false, false),
                                    lock_field(2, 56, false, false)};
    assert_true(is_one_lock(both, 4));
    assert_true(is_one_lock(both, 2));
    /* Who only reads what lies beside it does not want the lock. */
    const cck_draft_field beside[] = {lock_field(1, 0, true, true),
                                      lock_field(2, 56, false, false)};
    assert_false(is_one_lock(beside, 2));
    const cck_draft_field two[] = {lock_field(1, 0, true, true), lock_field(2, 40, true, true)};
    assert_false(is_one_lock(two, 2));
    const cck_draft_field count[] = {lock_field(1, 0, false, true), lock_field(2, 0, false, true)};
    assert_false(is_one_lock(count, 2));
    const cck_draft_field with_count[] = {
        lock_field(1, 0, true, true), lock_field(2, 0, true, true), lock_field(2, 56, false, true)};
    assert_false(is_one_lock(with_count, 3));
    assert_false(is_one_lock(both + 2, 2)); /* nobody writes */
}

static void what_is_left_out_is_counted(void **state)
{
    (void)state;
    cck_observed observed = shared_run(3);
    for (uint64_t i = 0; i < 12; i++) {
        cck_line *line = shared_pair(&observed, 0x10000 + 0x1000 * i, i ? 400000 : 4000000);
        shared_lies_on(line, shared_block(&observed, 0x10000 + 0x1000 * i, 40));
    }
    cck_line *quiet = shared_pair(&observed, 0x50000, 60);
    shared_lies_on(quiet, shared_block(&observed, 0x50000, 40));
    cck_sharing_rules rules = {
        .limits = cck_line_default_limits, .least = CCK_SEVERITY_LOW, .top = 11};
    cck_result *result = shared_judge_with(&observed, NULL, &rules);
    assert_int_equal(result->finding_count, 11);
    assert_int_equal(result->findings_left_out, 1);
    char *text = text_of(result);
    assert_non_null(strstr(text, "\nand 2 more findings (show them: --top N, or --format json)\n"));
    free(text);
    cck_result_free(result);
    rules = (cck_sharing_rules){
        .limits = cck_line_default_limits, .least = CCK_SEVERITY_CRITICAL, .top = 100};
    result = shared_judge_with(&observed, NULL, &rules);
    assert_int_equal(result->finding_count, 1);
    assert_int_equal(result->findings_left_out, 11);
    assert_int_equal(cck_result_findings_at(result, "high", NULL), 1);
    assert_int_equal(cck_result_findings_at(result, "true-sharing", NULL), 0);
    assert_int_equal(cck_result_findings_at(result, "false-sharing", NULL), 1);
    cck_result_free(result);
    observed.lines[0] = *quiet;
    observed.line_count = 1;
    observed.lines[0].rate = 5000;
    rules.least = CCK_SEVERITY_INFO;
    result = shared_judge_with(&observed, NULL, &rules);
    assert_int_equal(result->finding_count, 1);
    assert_int_equal(result->findings[0].severity, CCK_SEVERITY_INFO);
    assert_string_equal(result->total.verdict.name, "no-sharing");
    assert_int_equal(cck_result_findings_at(result, "low", NULL), 0);
    cck_result_free(result);
    cck_observed_clear(&observed);
}

static void gates_know_their_words(void **state)
{
    (void)state;
    cck_error err = {0};
    assert_int_equal(cck_result_findings_at(NULL, "high", &err), 0);
    assert_int_equal(cck_result_findings_at(NULL, "flase-sharing", &err), CCK_EINVALID);
    assert_non_null(strstr(err.hint, "false-sharing"));
}

/* ---- JSON ---- */

static const char hostile[] = "</script>\x1b[31m\"\\\n\xff\xe2\x80\xae";

static cck_observed hostile_run(void)
{
    cck_observed observed = shared_run(3);
    observed.threads[1].name = hostile;
    observed.modules = cck_arena_array(&observed.arena, 1, sizeof *observed.modules);
    assert_non_null(observed.modules);
    observed.modules[0] = (cck_module){
        .path = hostile, .build_id = "", .start = 0x1000, .end = 0x3000, .bias = 0x1000};
    observed.module_count = 1;
    cck_line *line = shared_pair(&observed, 0x10000, 4000000);
    ((cck_line_use *)line->uses)[0].code.module = 0;
    ((cck_line_side *)line->sides)[0].potential = 12345.678;
    shared_lies_on(line, shared_block(&observed, 0x0ffe0, 256));
    cck_line *global = shared_pair(&observed, 0x2000, 40000000);
    shared_lies_on(global, shared_object(&observed, (cck_object){.kind = CCK_OBJECT_GLOBAL,
                                                                 .start = 0x2000,
                                                                 .size = 0x1000,
                                                                 .module = 0,
                                                                 .path = CCK_NONE}));
    return observed;
}

static void findings_save_and_load_without_loss(void **state)
{
    (void)state;
    cck_observed observed = hostile_run();
    cck_result *result = shared_judge(&observed), *loaded;
    assert_int_equal(result->finding_count, 2);
    char *first = made_up_report(result, CCK_FORMAT_JSON, NULL);
    cck_error err = {0};
    if (cck_result_parse(&loaded, first, strlen(first), &err) < 0)
        fail_msg("%s", err.message);
    char *second = made_up_report(loaded, CCK_FORMAT_JSON, NULL);
    assert_string_equal(first, second);
    assert_int_equal(loaded->finding_count, 2);
    assert_int_equal(loaded->findings[1].line_offset, 0x20);
    assert_int_equal(loaded->lines_judged, 2);
    char *text = text_of(result), *again = text_of(loaded);
    assert_string_equal(text, again);
    assert_null(strchr(text, '\x1b'));
    assert_null(strstr(text, "\xe2\x80\xae"));
    free(first), free(second), free(text), free(again);
    cck_result_free(loaded);
    cck_result_free(result);
    cck_observed_clear(&observed);
}

static void damaged_findings_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *says;
    } cases[] = {
        {"\"severity\": \"critical\"", "\"severity\": \"dire\"", "findings[0].severity"},
        {"\"offset\": 0", "\"offset\": \"0\"", "findings[0].fields[0].offset"},
        {"\"address\": \"0x2000\"", "\"address\": \"zzz\"", "findings[0].object.address"},
        {"\"rate_per_s\": 80000000", "\"rate_per_s\": \"fast\"", "findings[0].evidence.rate_per_s"},
        {"\"cost\": 1", "\"cost\": 17", "cost is a share"},
        {"\"findings\": [", "\"findings\": [7,", "findings[0]"},
    };
    cck_observed observed = hostile_run();
    cck_result *result = shared_judge(&observed), *loaded = NULL;
    char *text = made_up_report(result, CCK_FORMAT_JSON, NULL);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *place = strstr(strstr(text, "\"findings\""), cases[i].from), *damaged = NULL;
        if (!place)
            fail_msg("%s is not in %s", cases[i].from, text);
        assert_true(asprintf(&damaged, "%.*s%s%s", (int)(place - text), text, cases[i].to,
                             place + strlen(cases[i].from)) > 0);
        cck_error err = {0};
        assert_int_equal(cck_result_parse(&loaded, damaged, strlen(damaged), &err), CCK_EFORMAT);
        if (!strstr(err.message, cases[i].says))
            fail_msg("%s", err.message);
        free(damaged);
    }
    free(text);
    cck_result_free(result);
    cck_observed_clear(&observed);
}

/* The same observations give the same bytes, wherever they lie in memory. */
static void the_same_lines_give_the_same_findings(void **state)
{
    (void)state;
    char *texts[2];
    for (int i = 0; i < 2; i++) {
        cck_observed observed = hostile_run();
        cck_result *result = shared_judge(&observed);
        texts[i] = made_up_report(result, CCK_FORMAT_JSON, NULL);
        cck_result_free(result);
        cck_observed_clear(&observed);
    }
    assert_string_equal(texts[0], texts[1]);
    free(texts[0]), free(texts[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_without_a_type_is_told_by_bytes),
        cmocka_unit_test(files_that_could_not_be_read_are_told),
        cmocka_unit_test(nothing_found_is_told_strongly),
        cmocka_unit_test(lines_of_one_block_are_one_finding),
        cmocka_unit_test(quiet_lines_add_up),
        cmocka_unit_test(two_blocks_on_a_line_are_both_named),
        cmocka_unit_test(what_is_only_read_is_not_what_is_shared),
        cmocka_unit_test(true_sharing_and_locks_are_called_so),
        cmocka_unit_test(words_of_one_lock_are_one),
        cmocka_unit_test(what_is_left_out_is_counted),
        cmocka_unit_test(gates_know_their_words),
        cmocka_unit_test(findings_save_and_load_without_loss),
        cmocka_unit_test(damaged_findings_are_refused),
        cmocka_unit_test(the_same_lines_give_the_same_findings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
