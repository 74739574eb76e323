/* SPDX-License-Identifier: MIT */
/* Rings and records: wrap-around, a kernel that writes meanwhile, hostile bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>

#include "counters_records.h"

static uint8_t scratch[CCK_RECORD_MAX] __attribute__((aligned(8)));

static void test_no_ring_is_an_empty_ring(void **state)
{
    (void)state;
    cck_ring ring;
    struct perf_event_mmap_page page = {.data_head = 4096};
    cck_ring_init(&ring, NULL, NULL, 4096);
    cck_ring_snapshot(&ring);
    assert_null(cck_ring_peek(&ring, scratch));
    cck_ring_release(&ring);
    cck_ring_init(&ring, &page, scratch, 4095); /* no power of two */
    cck_ring_snapshot(&ring);
    assert_null(cck_ring_peek(&ring, scratch));
}

/* 56-byte records in 256 bytes: every other lap splits one. */
static void test_records_that_wrap_come_out_whole(void **state)
{
    (void)state;
    made_ring made = made_ring_new(256);
    cck_ring ring;
    cck_ring_init(&ring, made.page, made.data, made.size);
    for (int i = 1; i <= 1000; i++) {
        made_record written = made_read(i, i + 1, (uint64_t)i, 2, 3, 4);
        cck_record record;
        assert_true(made_ring_write(&made, &written, written.header.size));
        cck_ring_snapshot(&ring);
        const struct perf_event_header *header = cck_ring_peek(&ring, scratch);
        assert_non_null(header);
        assert_ptr_equal(header, cck_ring_peek(&ring, scratch)); /* still the next one */
        assert_true(cck_record_decode(&record, header, &made_reads));
        assert_int_equal(record.tid, i + 1);
        assert_int_equal(record.value, i);
        cck_ring_skip(&ring);
        assert_null(cck_ring_peek(&ring, scratch));
        cck_ring_release(&ring);
        assert_int_equal(made.page->data_tail, made.page->data_head);
    }
    assert_int_equal(ring.damaged, 0);
    made_ring_free(&made);
}

static void check_damage(uint16_t size, uint64_t unread)
{
    made_ring made = made_ring_new(256);
    cck_ring ring;
    cck_ring_init(&ring, made.page, made.data, made.size);
    struct perf_event_header bad = {.type = PERF_RECORD_READ, .size = size};
    memcpy(made.data, &bad, sizeof bad);
    made.page->data_head = unread;
    cck_ring_snapshot(&ring);
    assert_null(cck_ring_peek(&ring, scratch));
    assert_int_equal(ring.damaged, 1);
    cck_ring_release(&ring);
    assert_int_equal(made.page->data_tail, made.page->data_head); /* and goes on behind it */
    made_record good = made_read(1, 2, 3, 4, 5, 6);
    made.page->data_head = 512;
    made.page->data_tail = 512;
    ring.tail = ring.head = 512;
    assert_true(made_ring_write(&made, &good, good.header.size));
    cck_ring_snapshot(&ring);
    assert_non_null(cck_ring_peek(&ring, scratch));
    made_ring_free(&made);
}

static void test_sizes_that_cannot_be_are_damage(void **state)
{
    (void)state;
    check_damage(0, 64);       /* would loop for ever */
    check_damage(7, 64);       /* shorter than its header */
    check_damage(72, 64);      /* beyond what was written */
    check_damage(65535, 256);  /* beyond the ring */
    check_damage(48, 4);       /* not even a header was written */
    check_damage(48, 1 << 20); /* more than a ring full */
}

static void test_every_kind_is_decoded(void **state)
{
    (void)state;
    cck_record record;
    made_record made = made_task(PERF_RECORD_FORK, 10, 11, 8, 9, 77);
    assert_true(cck_record_decode(&record, &made.header, &made_tasks));
    assert_true(record.pid == 10 && record.tid == 11 && record.ppid == 8 && record.ptid == 9);
    assert_int_equal(record.time, 77);
    made = made_comm(10, 11, "worker-1", true, 78);
    assert_true(cck_record_decode(&record, &made.header, &made_tasks));
    assert_string_equal(record.name, "worker-1");
    assert_true(record.exec && record.time == 78 && record.tid == 11);
    made = made_switch(10, 12, true, 79);
    assert_true(cck_record_decode(&record, &made.header, &made_tasks));
    assert_true(record.tid == 12 && record.out && !record.exec && record.time == 79);
    made = made_lost(5, 80);
    assert_true(cck_record_decode(&record, &made.header, &made_tasks));
    assert_int_equal(record.lost, 5);
    made = made_read(1, 2, 100, 200, 150, 81);
    assert_true(cck_record_decode(&record, &made.header, &made_reads));
    assert_true(record.value == 100 && record.enabled == 200 && record.running == 150);
    const cck_record_layout with_id = {0, PERF_FORMAT_ID, false};
    const uint32_t ids[] = {1, 2};
    const uint64_t rest[] = {100, 42};
    made = (made_record){0};
    made_record read = {.header = {.type = PERF_RECORD_READ, .size = 32}};
    memcpy(read.bytes + 8, ids, 8);
    memcpy(read.bytes + 16, rest, 16);
    assert_true(cck_record_decode(&record, &read.header, &with_id));
    assert_true(record.value == 100 && record.id == 42 && record.time == 0);
}

/* Cut to every length: refused, or decoded from what is there; never read beyond.
 * The copy on the heap lets the sanitizer see a step too far. */
static void test_short_records_are_refused(void **state)
{
    (void)state;
    const made_record all[] = {made_task(PERF_RECORD_FORK, 1, 2, 3, 4, 5),
                               made_task(PERF_RECORD_EXIT, 1, 2, 3, 4, 5),
                               made_comm(1, 2, "fifteen letters", false, 3),
                               made_read(1, 2, 3, 4, 5, 6),
                               made_switch(1, 2, false, 3),
                               made_lost(1, 2)};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        bool reads = all[i].header.type == PERF_RECORD_READ;
        for (uint16_t size = 8; size <= all[i].header.size; size++) {
            struct perf_event_header *copy = malloc(size);
            cck_record record;
            memcpy(copy, &all[i], size);
            copy->size = size;
            bool whole = cck_record_decode(&record, copy, reads ? &made_reads : &made_tasks);
            if (size == all[i].header.size)
                assert_true(whole);
            else if (all[i].header.type != PERF_RECORD_COMM)
                assert_false(whole);
            free(copy);
        }
    }
}

static void test_a_name_without_an_end_is_refused(void **state)
{
    (void)state;
    made_record made = made_comm(1, 2, "sixteen letters.", false, 3);
    cck_record record;
    assert_false(cck_record_decode(&record, &made.header, &made_tasks));
}

/* A thread plays the kernel. Under ThreadSanitizer this shows that the barriers pair. */
enum { PRODUCED = 20000 };

static void *produce(void *argument)
{
    made_ring *made = argument;
    for (uint64_t i = 1; i <= PRODUCED; i++) {
        made_record record = made_read(1, 2, i, i, i, i);
        while (!made_ring_write(made, &record, record.header.size))
            sched_yield();
    }
    return NULL;
}

static void test_a_kernel_that_writes_meanwhile(void **state)
{
    (void)state;
    made_ring made = made_ring_new(4096);
    cck_ring ring;
    pthread_t kernel;
    uint64_t next = 1;
    cck_ring_init(&ring, made.page, made.data, made.size);
    assert_int_equal(pthread_create(&kernel, NULL, produce, &made), 0);
    while (next <= PRODUCED) {
        const struct perf_event_header *header;
        cck_ring_snapshot(&ring);
        while ((header = cck_ring_peek(&ring, scratch))) {
            cck_record record;
            assert_true(cck_record_decode(&record, header, &made_reads));
            assert_int_equal(record.value, next++);
            cck_ring_skip(&ring);
        }
        cck_ring_release(&ring);
        sched_yield();
    }
    pthread_join(kernel, NULL);
    assert_int_equal(ring.damaged, 0);
    made_ring_free(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_ring_is_an_empty_ring),
        cmocka_unit_test(test_records_that_wrap_come_out_whole),
        cmocka_unit_test(test_sizes_that_cannot_be_are_damage),
        cmocka_unit_test(test_every_kind_is_decoded),
        cmocka_unit_test(test_short_records_are_refused),
        cmocka_unit_test(test_a_name_without_an_end_is_refused),
        cmocka_unit_test(test_a_kernel_that_writes_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
