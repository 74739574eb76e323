/* SPDX-License-Identifier: MIT */
/*
 * Recorded streams, read back. tests/traces/tree-3x4.stream is
 *   CACHECHECK_RECORD=... cachecheck stat --backend software -e page-faults,task-clock
 *   -e context-switches -e mem:0x200000000000/8:w:u -- fixture_counters_tree 3 4
 * by a plain user, so that it has SWITCH records and nothing of other programs; its
 * slots have a copy for each CPU, those of flat-3x4.stream one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/counters/replay.h"
#include "probes/counters/stream.h"

typedef struct recorded {
    const char *path;
    uint64_t faults, switches;
} recorded;

static const recorded traces[] = {{CCK_TESTS "/traces/tree-3x4.stream", 176, 14},
                                  {CCK_TESTS "/traces/flat-3x4.stream", 178, 9}};
static const recorded *trace;

enum { FAULTS, CLOCK, SWITCHES, WRITES, COLUMNS };

typedef struct bytes {
    char *text;
    size_t size;
} bytes;

static bytes load(void)
{
    FILE *file = fopen(trace->path, "rb");
    assert_non_null(file);
    bytes whole = {calloc(1, 65536), 0};
    whole.size = fread(whole.text, 1, 65536, file);
    fclose(file);
    assert_true(whole.size > 1000 && whole.size < 65536);
    return whole;
}

/* Leave out the READ records of these threads (0: none). */
static bytes without_reads(bytes from, int32_t first, int32_t second)
{
    bytes to = {calloc(1, from.size + 1), 0};
    for (size_t at = 0; at < from.size;) {
        size_t length = strcspn(from.text + at, "\n") + 1, size = 0;
        int slot = -1;
        size_t cpu;
        bool record = sscanf(from.text + at, "record %d %zu %zu\n", &slot, &cpu, &size) == 3;
        if (record)
            size++;
        int32_t ids[2] = {0};
        if (record && slot >= 0)
            memcpy(ids, from.text + at + length + 8, sizeof ids);
        if (slot < 0 || (ids[1] != first && ids[1] != second)) {
            memcpy(to.text + to.size, from.text + at, length + size);
            to.size += length + size;
        }
        at += length + size;
    }
    return to;
}

static int read_back(bytes from, cck_stream *stream, cck_tally *tally)
{
    FILE *file = fmemopen(from.text, from.size, "rb");
    assert_non_null(file);
    cck_error err = {0};
    int code = cck_stream_read(stream, file, "test", &err);
    fclose(file);
    if (code < 0) {
        assert_int_equal(err.code, code);
        assert_true(err.message[0]);
        return code;
    }
    assert_true(cck_tally_init(tally, stream->head.column_count));
    code =
        cck_ledger_settle(&stream->ledger, stream->head.columns, stream->head.column_count, tally);
    for (size_t i = 0; code == 0 && i < stream->head.column_count; i++) {
        uint64_t sum = 0;
        for (size_t row = 0; row < tally->thread_count; row++)
            sum += tally->threads[row]->counts[i].raw;
        assert_int_equal(sum, tally->totals[i].raw);
    }
    return code;
}

static uint64_t writes_of(const char *name)
{
    int number = atoi(name + 1);
    return name[0] == 'w' ? 1 + (uint64_t)(7 * number % 97) : (uint64_t)(number % 5);
}

static void check_rows(const cck_tally *tally)
{
    int workers = 0;
    for (size_t i = 0; i < tally->thread_count; i++) {
        const cck_tally_thread *row = tally->threads[i];
        if (row->kind != CCK_ROW_THREAD || row->counts[WRITES].running == 0)
            continue;
        assert_int_equal(row->counts[WRITES].raw, writes_of(row->name));
        assert_int_equal(row->counts[WRITES].enabled, row->counts[WRITES].running);
        workers += row->name[0] == 'w';
    }
    assert_in_range(workers, 10, 12);
}

static void test_the_trace_is_what_it_was(void **state)
{
    (void)state;
    bytes whole = load();
    cck_stream stream;
    cck_tally tally;
    assert_int_equal(read_back(whole, &stream, &tally), 0);
    assert_int_equal(tally.thread_count, 15);
    assert_int_equal(tally.processes, 3);
    assert_int_equal(tally.totals[WRITES].raw, 477);
    assert_int_equal(tally.totals[FAULTS].raw, trace->faults);
    assert_int_equal(tally.totals[SWITCHES].raw, trace->switches);
    assert_null(tally.residency_unknown);
    for (size_t i = 0; i < tally.thread_count; i++) {
        uint64_t ns = 0;
        for (uint32_t cpu = 0; cpu < tally.threads[i]->cpu_count; cpu++)
            ns += tally.threads[i]->cpus[cpu].ns;
        assert_int_equal(ns, tally.threads[i]->counts[CLOCK].raw);
    }
    check_rows(&tally);
    cck_tally_clear(&tally);
    cck_stream_clear(&stream);
    free(whole.text);
}

/* As on a kernel that carried the original into any one thread: each of them in turn. */
static void test_whoever_lacks_its_read_is_recovered(void **state)
{
    (void)state;
    bytes whole = load();
    cck_stream stream;
    cck_tally tally;
    assert_int_equal(read_back(whole, &stream, &tally), 0);
    for (size_t i = 0; i < tally.thread_count; i++) {
        bytes cut = without_reads(whole, tally.threads[i]->tid, 0);
        cck_stream other;
        cck_tally found;
        assert_true(cut.size < whole.size);
        assert_int_equal(read_back(cut, &other, &found), 0);
        assert_int_equal(found.thread_count, tally.thread_count);
        for (size_t row = 0; row < found.thread_count; row++)
            for (size_t column = 0; column < COLUMNS; column++)
                assert_int_equal(found.threads[row]->counts[column].raw,
                                 tally.threads[row]->counts[column].raw);
        cck_tally_clear(&found);
        cck_stream_clear(&other);
        free(cut.text);
    }
    cck_tally_clear(&tally);
    cck_stream_clear(&stream);
    free(whole.text);
}

static void test_two_that_lack_theirs_share_a_row(void **state)
{
    (void)state;
    bytes whole = load();
    cck_stream stream;
    cck_tally tally;
    assert_int_equal(read_back(whole, &stream, &tally), 0);
    int32_t first = 0, second = 0;
    for (size_t i = 0; i < tally.thread_count; i++) {
        first = strcmp(tally.threads[i]->name, "w3") == 0 ? tally.threads[i]->tid : first;
        second = strcmp(tally.threads[i]->name, "w7") == 0 ? tally.threads[i]->tid : second;
    }
    bytes cut = without_reads(whole, first, second);
    cck_tally_clear(&tally);
    cck_stream_clear(&stream);
    assert_int_equal(read_back(cut, &stream, &tally), 0);
    const cck_tally_thread *rest = tally.threads[tally.thread_count - 1];
    assert_int_equal(rest->kind, CCK_ROW_REST);
    assert_int_equal(rest->threads, 2);
    assert_int_equal(rest->counts[WRITES].raw, writes_of("w3") + writes_of("w7"));
    check_rows(&tally);
    cck_tally_clear(&tally);
    cck_stream_clear(&stream);
    free(cut.text);
    free(whole.text);
}

/* Cut anywhere it is damaged, and says so; nothing leaks. */
static void test_cut_streams_are_refused(void **state)
{
    (void)state;
    bytes whole = load();
    for (size_t size = 1; size + 1 < whole.size; size += 1 + size / 40) {
        cck_stream stream;
        cck_tally tally;
        bytes cut = {whole.text, size};
        assert_int_equal(read_back(cut, &stream, &tally), CCK_EFORMAT);
    }
    free(whole.text);
}

static void test_lines_that_make_no_sense(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "cachecheck-stream 2 little\nend\n",
        "cachecheck-stream 1 middle\nend\n",
        "cachecheck-stream 1 little\nend\n",
        "cachecheck-stream 1 little\ncpus\nend\n",
        "cachecheck-stream 1 little\ncpus 0\nroot 1 1 x\nclock 3\nend\n",
        "cachecheck-stream 1 little\ncpus 0\nroot 1 1 x\ncolumn count 0 exact x\nend\n",
        "cachecheck-stream 1 little\ncpus 0\nroot 1 1 x\nslot 0 8 1\nend\n",
        "cachecheck-stream 1 little\ncpus 0\nroot 1 1 x\ntotal 0 0 1 1 1\nend\n",
        "cachecheck-stream 1 little\ncpus 0\nroot 1 1 x\nrecord -1 7 8\n12345678\nend\n",
        "cachecheck-stream 1 little\nnonsense 3\nend\n",
        "cachecheck-stream 1 little\ncopies two\nend\n",
        ("cachecheck-stream 1 little\ncpus 0 1\nroot 1 1 x\ncopies one\nslot 0 3 1\n"
         "total 0 1 1 1 1\nend\n"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *copy = strdup(bad[i]);
        cck_stream stream;
        cck_tally tally;
        assert_int_equal(read_back((bytes){copy, strlen(copy)}, &stream, &tally), CCK_EFORMAT);
        free(copy);
    }
}

static void test_the_probe_hands_it_over(void **state)
{
    (void)state;
    cck_arena arena = {0};
    cck_probe_request request = {.arena = &arena};
    cck_probe_facts facts = {0};
    cck_tally tally;
    cck_error err = {0};
    void *probe = NULL;
    unsetenv("CACHECHECK_REPLAY");
    assert_int_equal(cck_probe_replay.check(&request, &err), CCK_ENOTFOUND);
    assert_int_equal(cck_probe_replay.create(&probe, &request, &facts, &err), CCK_ENOTFOUND);
    setenv("CACHECHECK_REPLAY", trace->path, 1);
    assert_int_equal(cck_probe_replay.check(&request, &err), 0);
    assert_int_equal(cck_probe_replay.create(&probe, &request, &facts, &err), 0);
    assert_int_equal(facts.event_count, COLUMNS);
    assert_string_equal(facts.events[FAULTS].name, "page-faults");
    assert_true(cck_tally_init(&tally, facts.event_count));
    assert_int_equal(cck_probe_replay.close(probe, &tally, &err), 0);
    check_rows(&tally);
    cck_tally_clear(&tally);
    cck_probe_replay.destroy(probe);
    cck_probe_replay.destroy(NULL);
    cck_arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_trace_is_what_it_was),
        cmocka_unit_test(test_whoever_lacks_its_read_is_recovered),
        cmocka_unit_test(test_two_that_lack_theirs_share_a_row),
        cmocka_unit_test(test_cut_streams_are_refused),
        cmocka_unit_test(test_lines_that_make_no_sense),
        cmocka_unit_test(test_the_probe_hands_it_over),
    };
    int failed = 0;
    for (size_t i = 0; i < sizeof traces / sizeof *traces; i++) {
        trace = &traces[i];
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    }
    return failed;
}
