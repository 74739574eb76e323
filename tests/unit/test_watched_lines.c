/* SPDX-License-Identifier: MIT */
/* The verdict over lines that were sampled: by bytes, windows, bounds; and how that is told. */
#include "tests/unit/shared_lines.h"

#include "core/sharing/line_verdict.h"

enum { SAMPLES = 1000, HITS = 100 };

static cck_observed watched_run(size_t threads)
{
    cck_observed observed = shared_run(threads);
    observed.hertz = 0;
    observed.sampled = true;
    observed.least_rate = 900;
    observed.most_rate = 45000;
    observed.transfer_ns = 100;
    for (size_t i = 0; i < threads; i++)
        observed.threads[i].cycles = SAMPLES;
    return observed;
}

/* A thread's part: `hits` at 8 bytes each; `share` percent of its samples at the line. */
static void part(cck_line *line, uint32_t thread, unsigned at, bool writes, uint64_t hits,
                 unsigned share, bool atomic)
{
    uint64_t bytes = shared_bytes(at, 8);
    cck_line_side *side = NULL;
    for (size_t i = 0; i < line->side_count; i++)
        if (line->sides[i].thread == thread)
            side = (cck_line_side *)&line->sides[i];
    if (!side) {
        side = shared_side(line, thread, 0, 0);
        side->accesses = side->writes = 0;
    }
    side->read[0] |= bytes;
    side->written[0] |= writes ? bytes : 0;
    side->accesses += hits;
    side->atomics += atomic ? hits : 0;
    side->windows = hits / 5;
    side->stalled = share * SAMPLES / 100;
    cck_line_use *use = shared_use(line, thread, at, 8, writes);
    use->accesses = hits;
    use->misses = 0;
    use->atomic = atomic;
    line->samples += hits;
    line->windows = side->windows > line->windows ? side->windows : line->windows;
}

static cck_line *watched_line(cck_observed *observed, double rate, double high)
{
    cck_line *line = shared_line(observed, 0x10000);
    line->rate = rate;
    line->rate_low = rate / 2;
    line->rate_high = high;
    line->confirmed = true;
    return line;
}

static cck_line_verdict judge(cck_observed *observed, const cck_line *line)
{
    cck_line_verdict verdict = cck_line_judge(observed, line, &cck_line_default_limits);
    cck_observed_clear(observed);
    return verdict;
}

static void bytes_decide_the_class(void **state)
{
    (void)state;
    cck_observed observed = watched_run(4);
    cck_line *line = watched_line(&observed, 1e5, -1);
    part(line, 1, 0, true, HITS, 50, false);
    part(line, 2, 8, true, HITS, 50, false);
    assert_int_equal(judge(&observed, line).kind, CCK_LINE_FALSE);

    observed = watched_run(4);
    line = watched_line(&observed, 1e5, -1);
    part(line, 1, 0, true, HITS, 50, true);
    part(line, 2, 0, true, HITS, 50, true);
    assert_int_equal(judge(&observed, line).kind, CCK_LINE_TRUE);

    observed = watched_run(4); /* head and tail */
    line = watched_line(&observed, 1e5, -1);
    part(line, 1, 0, true, HITS, 50, false);
    part(line, 1, 8, false, HITS, 50, false);
    part(line, 2, 8, true, HITS, 50, false);
    part(line, 2, 0, false, HITS, 50, false);
    cck_line_verdict verdict = judge(&observed, line);
    assert_int_equal(verdict.kind, CCK_LINE_MIXED);
    assert_true(verdict.read_each_other);

    observed = watched_run(4); /* a known rate does not talk the polling away */
    line = watched_line(&observed, 2e4, 3e4);
    part(line, 1, 0, true, HITS, 50, false);
    part(line, 1, 8, false, HITS, 50, false);
    part(line, 2, 8, true, HITS, 50, false);
    part(line, 2, 0, false, HITS, 50, false);
    verdict = judge(&observed, line);
    assert_int_equal(verdict.severity, CCK_SEVERITY_HIGH);
    assert_false(verdict.by_rate);
}

static void who_looks_once_at_the_end_has_no_part(void **state)
{
    (void)state;
    cck_observed observed = watched_run(4);
    cck_line *line = watched_line(&observed, 1e5, -1);
    part(line, 1, 0, true, HITS, 50, false);
    part(line, 2, 8, true, HITS, 50, false);
    part(line, 0, 0, false, 2, 0, false);
    cck_line_verdict verdict = judge(&observed, line);
    assert_int_equal(verdict.kind, CCK_LINE_FALSE);
    assert_int_equal(verdict.users, 2);
}

static void costs_are_as_strong_as_what_was_seen(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        double rate, high;
        bool atomic, at_most, low;
        unsigned share; /* percent of the samples that are at the line */
        double cost;
        cck_severity severity;
    } cases[] = {
        {"atomics wait", 3e4, 3.5e4, true, false, false, 50, 0.5, CCK_SEVERITY_CRITICAL},
        {"so short that other work hides it", 1e5, -1, true, true, false, 50, 0.5,
         CCK_SEVERITY_HIGH},
        {"no other work", 1e5, -1, true, false, false, 98, 0.98, CCK_SEVERITY_CRITICAL},
        {"not worth a word", 1e5, -1, true, false, false, 9, 0.09, CCK_SEVERITY_MEDIUM},
        {"stores may hide it", 1e5, -1, false, true, false, 50, 0.5, CCK_SEVERITY_HIGH},
        {"above what watchpoints tell", 4e4, 1e5, false, true, false, 50, 0.5, CCK_SEVERITY_HIGH},
        {"few transfers cost little", 2e4, 3e4, false, true, true, 50, 3e-3, CCK_SEVERITY_INFO},
        {"a bound holds for the upper end", 3e4, 4.5e4, false, true, true, 50, 4.5e-3,
         CCK_SEVERITY_INFO},
        {"below the least rate", 3e3, 3.5e3, true, false, true, 50, 0.5, CCK_SEVERITY_INFO},
        {"known within a factor of five", 8e3, 4e4, false, true, false, 50, 0.5, CCK_SEVERITY_HIGH},
        {"seldom sampled, never timed", 2e5, -1, false, true, false, 1, 0.01, CCK_SEVERITY_MEDIUM},
        {"the same, less of it", 1.5e4, -1, false, true, false, 1, 0.01, CCK_SEVERITY_LOW},
        {"hardly sampled, never timed", 2e5, -1, true, false, false, 0, 0.01, CCK_SEVERITY_MEDIUM},
        {"atomics at such a rate", 1e6, -1, true, false, false, 1, 0.05, CCK_SEVERITY_MEDIUM},
        {"atomics, rate and share known", 4e4, 4.4e4, true, false, true, 0, 2e-3,
         CCK_SEVERITY_INFO},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cck_observed observed = watched_run(4);
        cck_line *line = watched_line(&observed, cases[i].rate, cases[i].high);
        part(line, 1, 0, true, HITS, cases[i].share, cases[i].atomic);
        part(line, 2, 8, true, HITS, cases[i].share, cases[i].atomic);
        cck_line_verdict verdict = judge(&observed, line);
        if (verdict.at_most != cases[i].at_most || verdict.low_rate != cases[i].low ||
            verdict.severity != cases[i].severity || verdict.cost < cases[i].cost * 0.99 ||
            verdict.cost > cases[i].cost * 1.01)
            fail_msg("%s: cost %g, severity %d", cases[i].what, verdict.cost, verdict.severity);
    }
}

/* Stores that wait for a line fill the store buffer: then those to other lines are where a thread
 * is sampled. Unless the rate says that it cannot be much, these are in the bound, too. */
static void stores_are_waited_for_at_other_stores(void **state)
{
    (void)state;
    static const struct {
        double rate, high;
        bool atomic;
        double cost;
        cck_severity severity;
    } cases[] = {
        {6e4, -1, false, 0.81, CCK_SEVERITY_HIGH},
        {1.5e4, -1, false, 0.01, CCK_SEVERITY_LOW}, /* half a percent, or who knows */
        {2e4, 3e4, false, 3e-3, CCK_SEVERITY_INFO},
        {6e4, -1, true, 0.01, CCK_SEVERITY_LOW}, /* a locked instruction is where it waits */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cck_observed observed = watched_run(4);
        cck_line *line = watched_line(&observed, cases[i].rate, cases[i].high);
        for (uint32_t thread = 1; thread <= 2; thread++) {
            part(line, thread, 8 * thread, true, HITS, 1, cases[i].atomic);
            ((cck_line_side *)&line->sides[thread - 1])->elsewhere = SAMPLES * 8 / 10;
        }
        cck_line_verdict verdict = judge(&observed, line);
        if (verdict.severity != cases[i].severity || verdict.cost < cases[i].cost * 0.99 ||
            verdict.cost > cases[i].cost * 1.01 || verdict.at_most == cases[i].atomic)
            fail_msg("case %zu: cost %g, severity %d", i, verdict.cost, verdict.severity);
    }
}

/* Who spins for a lock is at its line without moving it. */
static void waiting_for_a_lock_is_no_transfer(void **state)
{
    (void)state;
    static const struct {
        bool lock;
        unsigned share;
        double rate;
        cck_severity severity;
    } cases[] = {
        {true, 90, 3e4, CCK_SEVERITY_HIGH},
        {false, 90, 3e4, CCK_SEVERITY_INFO}, /* of other words the rate says what it may cost */
        {true, 40, 3e4, CCK_SEVERITY_INFO},
        {true, 90, 1e4, CCK_SEVERITY_INFO}, /* mostly it has the lock, and works on its data */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cck_observed observed = watched_run(4);
        cck_line *line = watched_line(&observed, cases[i].rate, cases[i].rate * 1.2);
        line->lock = cases[i].lock;
        for (uint32_t thread = 1; thread <= 2; thread++)
            part(line, thread, 0, true, HITS, cases[i].share, false);
        cck_line_verdict verdict = judge(&observed, line);
        if (verdict.severity != cases[i].severity || !verdict.at_most)
            fail_msg("case %zu: cost %g, severity %d", i, verdict.cost, verdict.severity);
    }
}

/* A lock and its data, of which one thread was never watched at the owner. */
static void who_was_not_watched_may_use_it_too(void **state)
{
    (void)state;
    for (int watched = 0; watched < 2; watched++) {
        cck_observed observed = watched_run(4);
        cck_line *line = watched_line(&observed, 1e5, -1);
        line->lock = true;
        for (uint32_t thread = 1; thread <= 2; thread++) {
            part(line, thread, 0, true, HITS, 20, true);
            part(line, thread, 16, true, HITS, 20, false);
        }
        part(line, 1, 8, true, HITS, 20, false);
        for (size_t i = 0; i < line->side_count; i++) {
            cck_line_side *side = (cck_line_side *)&line->sides[i];
            side->watched[0] = shared_bytes(0, 24);
            if (side->thread == 2 && !watched)
                side->watched[0] &= ~shared_bytes(8, 8);
        }
        assert_int_equal(judge(&observed, line).kind, watched ? CCK_LINE_MIXED : CCK_LINE_TRUE);
    }
}

static void what_is_not_confirmed_does_not_matter(void **state)
{
    (void)state;
    cck_observed observed = watched_run(4);
    cck_line *line = watched_line(&observed, 1e5, -1);
    line->confirmed = false;
    part(line, 1, 0, true, HITS, 50, true);
    part(line, 2, 8, true, HITS, 50, true);
    assert_true(judge(&observed, line).low_rate);
}

/* ---- how it is told ---- */

static char *text_of(const cck_result *result)
{
    char *text = NULL;
    size_t size;
    const cck_report_options options = {.size = sizeof options, .width = 200};
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(cck_report_write(result, CCK_FORMAT_TEXT, out, &options, NULL), 0);
    fclose(out);
    return text;
}

static cck_result *result_of(cck_observed *observed)
{
    cck_sharing_rules rules = {
        .limits = cck_line_default_limits, .least = CCK_SEVERITY_LOW, .top = 10};
    cck_result *result = shared_judge_with(observed, NULL, &rules);
    result->source.backend = "watch";
    result->source.evidence = CCK_WATCHED;
    cck_observed_clear(observed);
    return result;
}

static void hits_and_bounds_are_told_as_such(void **state)
{
    (void)state;
    cck_observed observed = watched_run(4);
    cck_line *line = watched_line(&observed, 1e5, -1);
    part(line, 1, 0, true, HITS, 50, false);
    part(line, 2, 8, true, HITS, 50, false);
    cck_result *result = result_of(&observed);
    char *text = text_of(result);
    assert_non_null(strstr(text, "watched, 200 hits verified in 20 windows, >= 100 k/s"));
    assert_non_null(strstr(text, "at most 50 %"));
    assert_null(strstr(text, "line transfer"));
    free(text);
    cck_result_free(result);
}

static void a_clean_run_says_what_it_rules_out(void **state)
{
    (void)state;
    cck_observed observed = watched_run(4);
    cck_result *result = result_of(&observed);
    assert_non_null(
        strstr(result->total.verdict.text, "no line above 901 transfers/s that threads wait for"));
    cck_result_free(result);
    observed = watched_run(4); /* by its rate it is below that, by its interval it need not be */
    cck_line *line = watched_line(&observed, 700, 2500);
    part(line, 1, 0, true, HITS, 0, false);
    part(line, 2, 8, true, HITS, 0, false);
    result = result_of(&observed);
    assert_null(strstr(result->total.verdict.text, "no line above"));
    assert_non_null(strstr(result->total.verdict.text, "up to 2.50 k transfers/s"));
    cck_result_free(result);
    observed = watched_run(4); /* more than that is not known */
    line = watched_line(&observed, 6000, -1);
    part(line, 1, 0, true, HITS, 0, false);
    part(line, 2, 8, true, HITS, 0, false);
    result = result_of(&observed);
    assert_non_null(strstr(result->total.verdict.text, "is known to cost"));
    assert_non_null(strstr(result->total.verdict.text, "at least 6.00 k transfers/s"));
    cck_result_free(result);
    observed = watched_run(4);
    observed.least_rate = -1;
    result = result_of(&observed);
    assert_non_null(strstr(result->total.verdict.text, "too little was sampled"));
    cck_result_free(result);
}

static void a_run_of_milliseconds_is_not_called_clean(void **state)
{
    (void)state;
    cck_observed observed = watched_run(1);
    observed.brief = true;
    observed.least_rate = -1;
    observed.seconds = 0.05;
    cck_result *result = result_of(&observed);
    assert_string_equal(result->total.verdict.name, "too-little-seen");
    char *text = text_of(result);
    assert_non_null(strstr(text, "only one thread was seen"));
    assert_non_null(strstr(text, "the program ended after 50.0 ms"));
    assert_non_null(strstr(text, "next     cachecheck sharing --backend simulate -- ./app"));
    free(text);
    cck_result_free(result);

    observed = watched_run(4); /* brief, but what it found it found */
    observed.brief = true;
    cck_line *line = watched_line(&observed, 1e5, -1);
    part(line, 1, 0, true, HITS, 50, false);
    part(line, 2, 8, true, HITS, 50, false);
    result = result_of(&observed);
    assert_string_equal(result->total.verdict.name, "false-sharing");
    assert_int_equal(result->source.note_count, 0);
    cck_result_free(result);
}

/* A locked instruction takes its time without a fight, too: that is not lost. */
static void what_is_no_wait_is_not_lost(void **state)
{
    (void)state;
    static const struct {
        unsigned share;
        bool atomic;
        double high, cost;
    } cases[] = {{100, true, -1, 0.8},
                 {75, true, 1.2e5, 0.65},
                 {75, true, -1, 0.75}, /* some of it, perhaps: an upper bound */
                 {40, true, 1.2e5, 0.4},
                 {75, false, -1, 0.75}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cck_observed observed = watched_run(4);
        observed.undisputed = 0.2;
        observed.most_rate = 2e5;
        cck_line *line = watched_line(&observed, 1e5, cases[i].high);
        part(line, 1, 0, true, HITS, cases[i].share, cases[i].atomic);
        part(line, 2, 8, true, HITS, cases[i].share, cases[i].atomic);
        double cost = judge(&observed, line).cost;
        assert_true(cost > cases[i].cost - 1e-9 && cost < cases[i].cost + 1e-9);
    }
}

/* Where other programs have a processor for a while, the thread that is left fights with nobody. */
static void who_is_alone_loses_nothing(void **state)
{
    (void)state;
    static const struct {
        unsigned share;
        double busy, cost;
    } cases[] = {{100, 1, 0.8}, {100, 0.85, 0.68}, {100, 0.5, 0.4}, {40, 0.85, 0.378},
                 {40, 1, 0.4},  {10, 0.5, 0.084},  {0, 0.5, 0}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cck_observed observed = watched_run(4);
        observed.undisputed = 0.2;
        cck_line *line = watched_line(&observed, 1e5, -1);
        for (uint32_t thread = 1; thread < 3; thread++)
            part(line, thread, 8 * (thread - 1), true, HITS, cases[i].share, true);
        for (size_t j = 0; j < line->side_count; j++)
            ((cck_line_side *)&line->sides[j])->busy = cases[i].busy;
        double cost = judge(&observed, line).cost;
        if (cost < cases[i].cost - 0.005 || cost > cases[i].cost + 0.005)
            fail_msg("%u %%, %.2f busy: cost %.3f", cases[i].share, cases[i].busy, cost);
    }
    /* Of many threads there is always another that runs. */
    cck_observed observed = watched_run(4);
    observed.undisputed = 0.2;
    cck_line *line = watched_line(&observed, 1e5, -1);
    for (uint32_t thread = 0; thread < 4; thread++)
        part(line, thread, 8 * thread, true, HITS, 100, true);
    for (size_t j = 0; j < line->side_count; j++)
        ((cck_line_side *)&line->sides[j])->busy = 0.5;
    double cost = judge(&observed, line).cost;
    assert_true(cost > 0.795 && cost < 0.805);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_of_milliseconds_is_not_called_clean),
        cmocka_unit_test(bytes_decide_the_class),
        cmocka_unit_test(who_looks_once_at_the_end_has_no_part),
        cmocka_unit_test(costs_are_as_strong_as_what_was_seen),
        cmocka_unit_test(stores_are_waited_for_at_other_stores),
        cmocka_unit_test(waiting_for_a_lock_is_no_transfer),
        cmocka_unit_test(who_was_not_watched_may_use_it_too),
        cmocka_unit_test(what_is_no_wait_is_not_lost),
        cmocka_unit_test(who_is_alone_loses_nothing),
        cmocka_unit_test(what_is_not_confirmed_does_not_matter),
        cmocka_unit_test(hits_and_bounds_are_told_as_such),
        cmocka_unit_test(a_clean_run_says_what_it_rules_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
