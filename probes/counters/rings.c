/* SPDX-License-Identifier: MIT */
#include "probes/counters/rings.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

bool cck_rings_init(cck_rings *rings, cck_arena *arena, size_t capacity)
{
    *rings = (cck_rings){.capacity = capacity};
    rings->entries = cck_arena_array(arena, capacity, sizeof *rings->entries);
    rings->scratch = cck_arena_alloc(arena, CCK_RECORD_MAX);
    return rings->entries && rings->scratch;
}

void cck_rings_clear(cck_rings *rings)
{
    for (size_t i = 0; i < rings->count; i++)
        if (rings->entries[i].map)
            munmap(rings->entries[i].map, rings->entries[i].map_size);
    rings->count = 0;
}

bool cck_rings_add(cck_rings *rings, const cck_ring *ring, int slot, size_t cpu,
                   const cck_record_layout *layout)
{
    if (rings->count == rings->capacity)
        return false;
    rings->entries[rings->count++] =
        (cck_rings_entry){.ring = *ring, .layout = *layout, .slot = slot, .cpu = cpu};
    return true;
}

int cck_rings_map(cck_rings *rings, int fd, size_t pages, int slot, size_t cpu,
                  const cck_record_layout *layout)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = (pages + 1) * page;
    if (rings->count == rings->capacity)
        return -ENOBUFS;
    void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return -errno;
    cck_ring ring;
    cck_ring_init(&ring, map, (uint8_t *)map + page, pages * page);
    cck_rings_add(rings, &ring, slot, cpu, layout);
    rings->entries[rings->count - 1].map = map;
    rings->entries[rings->count - 1].map_size = size;
    return 0;
}

/* Decode the record at the tail. False at the end; what is malformed is passed by. */
static bool next_record(cck_rings *rings, cck_rings_entry *entry, cck_ledger *ledger,
                        cck_record *record)
{
    const struct perf_event_header *header;
    while ((header = cck_ring_peek(&entry->ring, rings->scratch))) {
        if (cck_record_decode(record, header, &entry->layout))
            return true;
        ledger->malformed++;
        cck_ring_skip(&entry->ring);
    }
    return false;
}

/* The record leaves the ring: keep its bytes if somebody wants them. */
static void pass(cck_rings *rings, cck_rings_entry *entry)
{
    if (rings->tap)
        cck_stream_write_record(rings->tap, entry->slot, entry->cpu,
                                cck_ring_peek(&entry->ring, rings->scratch));
    cck_ring_skip(&entry->ring);
}

static void look_ahead(cck_rings *rings, cck_rings_entry *entry, cck_ledger *ledger)
{
    cck_record record;
    entry->next = next_record(rings, entry, ledger, &record) ? record.time : UINT64_MAX;
}

/* The task ring with the oldest record, and the time of the second oldest. */
static cck_rings_entry *oldest(cck_rings *rings, uint64_t *out_second)
{
    cck_rings_entry *first = NULL;
    *out_second = UINT64_MAX;
    for (size_t i = 0; i < rings->count; i++) {
        cck_rings_entry *entry = &rings->entries[i];
        if (entry->slot >= 0 || entry->next == UINT64_MAX)
            continue;
        if (!first || entry->next < first->next) {
            if (first)
                *out_second = first->next;
            first = entry;
        } else if (entry->next < *out_second) {
            *out_second = entry->next;
        }
    }
    return first;
}

static void drain_tasks(cck_rings *rings, cck_ledger *ledger, uint64_t horizon)
{
    cck_rings_entry *entry;
    uint64_t second;
    cck_record record;
    for (size_t i = 0; i < rings->count; i++)
        if (rings->entries[i].slot < 0)
            look_ahead(rings, &rings->entries[i], ledger);
    while ((entry = oldest(rings, &second)) && entry->next <= horizon) {
        entry->next = UINT64_MAX;
        while (next_record(rings, entry, ledger, &record)) {
            entry->next = record.time;
            if (record.time > second || record.time > horizon)
                break;
            cck_ledger_task(ledger, &record, entry->cpu);
            pass(rings, entry);
            entry->next = UINT64_MAX;
        }
    }
}

static void drain_reads(cck_rings *rings, cck_rings_entry *entry, cck_ledger *ledger,
                        uint64_t horizon)
{
    cck_record record;
    while (next_record(rings, entry, ledger, &record) && record.time <= horizon) {
        cck_ledger_read(ledger, &record, (size_t)entry->slot, entry->cpu);
        pass(rings, entry);
    }
}

/* READ rings are looked at first: each READ we see then has its FORK and EXIT
 * among the task records that we look at afterwards. */
static uint64_t snapshot(cck_rings *rings, uint64_t horizon)
{
    for (int tasks = 0; tasks < 2; tasks++) {
        for (size_t i = 0; i < rings->count; i++) {
            cck_ring *ring = &rings->entries[i].ring;
            if ((rings->entries[i].slot < 0) != tasks)
                continue;
            cck_ring_snapshot(ring);
            if (cck_ring_unread(ring) > ring->size / 2)
                horizon = UINT64_MAX;
        }
    }
    return horizon;
}

void cck_rings_drain(cck_rings *rings, cck_ledger *ledger, uint64_t horizon)
{
    horizon = snapshot(rings, horizon);
    drain_tasks(rings, ledger, horizon);
    ledger->damaged = 0;
    for (size_t i = 0; i < rings->count; i++) {
        if (rings->entries[i].slot >= 0)
            drain_reads(rings, &rings->entries[i], ledger, horizon);
        cck_ring_release(&rings->entries[i].ring);
        ledger->damaged += rings->entries[i].ring.damaged;
    }
}
