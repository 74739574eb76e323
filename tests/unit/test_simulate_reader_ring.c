/* SPDX-License-Identifier: MIT */
/* Traces in files, written by threads of this program while the reader reads them. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "trace_stream.h"

enum { RING_WORDS = 1 << 12, TURNS = 50, RUNS = 400 };

static char folder[64];
static cck_plan plan;
static cck_reader *reader;
static cck_error err;

/* What a tool would be: writes spans, waits for room. */
typedef struct writer {
    pthread_t thread;
    cck_trace_header *header;
    uint64_t *ring;
    uint64_t head;
    bool damages;
} writer;

static void open_writer(writer *w, unsigned pid, unsigned sequence)
{
    char path[128];
    size_t size = CCK_TRACE_HEADER_BYTES + RING_WORDS * sizeof(uint64_t);
    snprintf(path, sizeof path, "%s/trace.%u.%u", folder, pid, sequence);
    FILE *file = fopen(path, "w+e");
    assert_non_null(file);
    assert_int_equal(ftruncate(fileno(file), (off_t)size), 0);
    void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
    fclose(file);
    assert_true(mapped != MAP_FAILED);
    w->header = mapped;
    w->ring = (uint64_t *)((char *)mapped + CCK_TRACE_HEADER_BYTES);
    w->header->ring_words = RING_WORDS;
    w->header->pid = (int32_t)pid;
    strcpy(w->header->program, "/bin/made-up");
    __atomic_store_n(&w->header->magic, CCK_TRACE_MAGIC, __ATOMIC_RELEASE);
}

static void wait_for_room(writer *w, uint64_t words)
{
    struct timespec while_ns = {.tv_nsec = 100000};
    while (w->head - __atomic_load_n(&w->header->tail, __ATOMIC_ACQUIRE) + words > RING_WORDS &&
           !__atomic_load_n(&w->header->stop, __ATOMIC_ACQUIRE)) {
        __atomic_store_n(&w->header->writer_waits, 1, __ATOMIC_SEQ_CST);
        nanosleep(&while_ns, NULL);
        __atomic_store_n(&w->header->writer_waits, 0, __ATOMIC_SEQ_CST);
    }
}

static void write_words(writer *w, const uint64_t *words, uint64_t count)
{
    uint64_t place = w->head % RING_WORDS, left = RING_WORDS - place;
    if (left < count + CCK_SPAN_WORDS) {
        wait_for_room(w, left);
        w->ring[place] = CCK_SPAN(CCK_SPAN_SKIP, left - CCK_SPAN_WORDS, 0);
        w->head += left;
        place = 0;
    }
    wait_for_room(w, count);
    if (__atomic_load_n(&w->header->stop, __ATOMIC_ACQUIRE))
        return;
    memcpy(w->ring + place, words, count * sizeof *words);
    w->head += count;
    __atomic_store_n(&w->header->head, w->head, __ATOMIC_SEQ_CST);
}

/* Span by span, as in a stream. */
static void write_stream(writer *w, const stream *s)
{
    for (size_t at = 0; at < s->count;) {
        uint64_t count = CCK_SPAN_WORDS + CCK_SPAN_LENGTH(s->words[at]);
        write_words(w, s->words + at, count);
        at += count;
    }
}

static void put_turn(stream *s, uint32_t thread, uint64_t clock)
{
    begin_events(s, thread, clock);
    for (int i = 0; i < RUNS; i++)
        put_run(s, 0, 0x200000 + 8 * (uint64_t)thread);
    end_events(s);
}

/* Two threads that write to one line, in more rounds than the ring holds. */
static void *write_all(void *argument)
{
    writer *w = argument;
    stream *s = calloc(1, sizeof *s);
    cck_event store[] = {{.kind = CCK_EVENT_FETCH, .size = 4},
                         {.kind = CCK_EVENT_STORE, .size = 8}};
    put_block(s, 0, 0x10000, 1, CCK_END_JUMP, 0, store, 2);
    put_thread(s, 0, UINT32_MAX, 0);
    put_thread(s, 1, 0, 0);
    write_stream(w, s);
    for (uint64_t turn = 0; turn < TURNS; turn++) {
        s->count = 0;
        put_turn(s, 0, turn * RUNS);
        put_turn(s, 1, turn * RUNS);
        put_round(s);
        write_stream(w, s);
    }
    if (w->damages)
        write_words(w, (uint64_t[]){CCK_SPAN(99, 0, 0), 0}, 2);
    __atomic_store_n(&w->header->state, CCK_TRACE_ENDED, __ATOMIC_RELEASE);
    free(s);
    return NULL;
}

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/cck-ring-XXXXXX");
    plan = small_plan();
    reader = NULL;
    return mkdtemp(folder) && cck_reader_new(&reader, &plan, folder, &err) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    cck_reader_free(reader);
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void start_writer(writer *w, unsigned sequence)
{
    open_writer(w, (unsigned)getpid(), sequence);
    assert_int_equal(pthread_create(&w->thread, NULL, write_all, w), 0);
}

static void end_writer(writer *w)
{
    assert_int_equal(pthread_join(w->thread, NULL), 0);
    munmap(w->header, CCK_TRACE_HEADER_BYTES + RING_WORDS * sizeof(uint64_t));
}

static void finish(void)
{
    assert_int_equal(cck_reader_finish(reader, 0, &err), 0);
}

static uint64_t transfers_of(size_t index)
{
    const cck_process *process = cck_reader_process(reader, index);
    assert_non_null(process);
    assert_int_equal(process->failure.code, 0);
    assert_int_equal(process->clock, 2 * TURNS * RUNS);
    assert_int_equal(process->lives.closed_count, 1);
    return process->lives.closed[0].transfers;
}

static void test_reads_while_it_is_written(void **state)
{
    (void)state;
    writer writers[3] = {0};
    for (unsigned i = 0; i < 3; i++) {
        start_writer(&writers[i], i);
        assert_int_equal(cck_reader_look(reader, &err), 0);
    }
    for (unsigned i = 0; i < 3; i++)
        end_writer(&writers[i]);
    finish();
    assert_int_equal(cck_reader_count(reader), 3);
    uint64_t transfers = transfers_of(0);
    assert_true(transfers > TURNS * RUNS / 2);
    /* Whoever was quicker, writer or reader: the same. */
    assert_int_equal(transfers_of(1), transfers);
    assert_int_equal(transfers_of(2), transfers);
    cck_progress progress = {0};
    cck_reader_progress(reader, &progress);
    assert_int_equal(progress.instructions, 3 * 2 * TURNS * RUNS);
}

static void test_gathers_what_was_seen(void **state)
{
    (void)state;
    writer w = {0};
    cck_observed observed;
    start_writer(&w, 0);
    assert_int_equal(cck_reader_look(reader, &err), 0);
    end_writer(&w);
    finish();
    assert_int_equal(cck_reader_observe(reader, &plan, &observed, &err), 0);
    assert_int_equal(observed.thread_count, 2);
    assert_string_equal(observed.threads[0].process, "made-up");
    assert_int_equal(observed.line_count, 1);
    const cck_line *line = &observed.lines[0];
    assert_int_equal(line->address, 0x200000);
    assert_int_equal(line->side_count, 2);
    assert_int_equal(line->use_count, 2);
    assert_int_equal(line->uses[0].code.address, 0x10000);
    assert_int_equal(line->uses[0].misses + line->uses[1].misses, line->transfers);
    assert_true(line->rate > 0);
    assert_int_equal(observed.spot_count, 2);
    assert_int_equal(observed.costs[CCK_COST_STORES], 2 * TURNS * RUNS);
    assert_int_equal(observed.spots[0].costs[CCK_COST_STORES], TURNS * RUNS);
    uint64_t sums[CCK_COSTS] = {0};
    for (size_t i = 0; i < observed.spot_count; i++)
        for (int class = 0; class < CCK_COSTS; class++)
            sums[class] += observed.spots[i].costs[class];
    assert_memory_equal(sums, observed.costs, sizeof sums);
    assert_false(observed.counted[CCK_COST_L2_MISSES]);
    assert_true(observed.seconds > 0);
    cck_observed_clear(&observed);
}

static void test_keeps_what_came_before_damage(void **state)
{
    (void)state;
    writer w = {.damages = true};
    start_writer(&w, 0);
    assert_int_equal(cck_reader_look(reader, &err), 0);
    end_writer(&w);
    finish();
    const cck_process *process = cck_reader_process(reader, 0);
    assert_int_equal(process->failure.code, CCK_EFORMAT);
    assert_int_equal(process->clock, 2 * TURNS * RUNS);
}

static void test_lets_the_writer_go_after_enough(void **state)
{
    (void)state;
    writer w = {0};
    plan.max_instructions = 1000;
    start_writer(&w, 0);
    assert_int_equal(cck_reader_look(reader, &err), 0);
    end_writer(&w); /* it would wait for room for ever, were it not told to stop */
    assert_true(cck_reader_is_done(reader));
    finish();
    assert_int_equal(cck_reader_process(reader, 0)->clock, 1000);
}

static void test_refuses_files_that_are_none(void **state)
{
    (void)state;
    char path[128];
    static const uint64_t bytes[1024] = {12345};
    snprintf(path, sizeof path, "%s/trace.1.0", folder);
    FILE *file = fopen(path, "we");
    fwrite(bytes, sizeof bytes, 1, file);
    fclose(file);
    assert_int_equal(cck_reader_look(reader, &err), 0);
    finish();
    assert_int_equal(cck_reader_count(reader), 1);
    assert_null(cck_reader_process(reader, 0));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_reads_while_it_is_written),       TEST(test_gathers_what_was_seen),
        TEST(test_keeps_what_came_before_damage),   TEST(test_lets_the_writer_go_after_enough),
        TEST(test_refuses_files_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
