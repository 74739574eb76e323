/* SPDX-License-Identifier: MIT */
#ifndef CCK_TESTS_COUNTERS_RECORDS_H
#define CCK_TESTS_COUNTERS_RECORDS_H

/* Records as the kernel writes them, into a ring that is plain memory. */

#include <stdlib.h>
#include <string.h>

#include "core/perf/record.h"
#include "core/perf/ring.h"

typedef struct made_ring {
    struct perf_event_mmap_page *page;
    uint8_t *data;
    size_t size;
} made_ring;

static inline made_ring made_ring_new(size_t size)
{
    return (made_ring){calloc(1, sizeof(struct perf_event_mmap_page)), calloc(1, size), size};
}

static inline void made_ring_free(made_ring *ring)
{
    free(ring->page);
    free(ring->data);
}

/* The kernel's side: copy with wrap-around, then publish. False when it is full. */
static inline bool made_ring_write(made_ring *ring, const void *record, size_t size)
{
    uint64_t head = ring->page->data_head;
    uint64_t tail = __atomic_load_n(&ring->page->data_tail, __ATOMIC_ACQUIRE);
    if (head + size - tail > ring->size)
        return false;
    for (size_t i = 0; i < size; i++)
        ring->data[(head + i) & (ring->size - 1)] = ((const uint8_t *)record)[i];
    __atomic_store_n(&ring->page->data_head, head + size, __ATOMIC_RELEASE);
    return true;
}

typedef union made_record {
    struct perf_event_header header;
    uint8_t bytes[128];
    uint64_t words[16];
} made_record;

/* Words of 32 bits and of 64 behind a header; `misc` as in the kernel's. */
static inline made_record made(uint32_t type, uint16_t misc, const uint32_t *narrow,
                               size_t narrow_count, const uint64_t *wide, size_t wide_count)
{
    made_record record = {.header = {.type = type, .misc = misc}};
    size_t size = sizeof record.header;
    if (narrow_count)
        memcpy(record.bytes + size, narrow, narrow_count * 4);
    size += narrow_count * 4;
    memcpy(record.bytes + size, wide, wide_count * 8);
    record.header.size = (uint16_t)(size + wide_count * 8);
    return record;
}

/* Layouts as the launch opens its events: tasks TID|TIME, READs TIME. */
static const cck_record_layout made_tasks = {PERF_SAMPLE_TID | PERF_SAMPLE_TIME, 0, true};
static const cck_record_layout made_reads = {
    PERF_SAMPLE_TIME, PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING, true};

static inline uint64_t made_ids(int32_t pid, int32_t tid)
{
    const uint32_t pair[2] = {(uint32_t)pid, (uint32_t)tid};
    uint64_t word;
    memcpy(&word, pair, sizeof word);
    return word;
}

static inline made_record made_task(uint32_t type, int32_t pid, int32_t tid, int32_t ppid,
                                    int32_t ptid, uint64_t time)
{
    const uint32_t ids[] = {(uint32_t)pid, (uint32_t)ppid, (uint32_t)tid, (uint32_t)ptid};
    const uint64_t rest[] = {time, made_ids(pid, tid), time};
    return made(type, 0, ids, 4, rest, 3);
}

static inline made_record made_comm(int32_t pid, int32_t tid, const char *name, bool exec,
                                    uint64_t time)
{
    const uint32_t ids[] = {(uint32_t)pid, (uint32_t)tid};
    uint64_t rest[4] = {0, 0, made_ids(pid, tid), time};
    memcpy(rest, name, strlen(name));
    return made(PERF_RECORD_COMM, exec ? PERF_RECORD_MISC_COMM_EXEC : 0, ids, 2, rest, 4);
}

static inline made_record made_read(int32_t pid, int32_t tid, uint64_t value, uint64_t enabled,
                                    uint64_t running, uint64_t time)
{
    const uint32_t ids[] = {(uint32_t)pid, (uint32_t)tid};
    const uint64_t rest[] = {value, enabled, running, time};
    return made(PERF_RECORD_READ, 0, ids, 2, rest, 4);
}

static inline made_record made_switch(int32_t pid, int32_t tid, bool out, uint64_t time)
{
    const uint64_t rest[] = {made_ids(pid, tid), time};
    return made(PERF_RECORD_SWITCH, out ? PERF_RECORD_MISC_SWITCH_OUT : 0, NULL, 0, rest, 2);
}

static inline made_record made_lost(uint64_t lost, uint64_t time)
{
    const uint64_t rest[] = {1, lost, made_ids(0, 0), time};
    return made(PERF_RECORD_LOST, 0, NULL, 0, rest, 4);
}

#endif
