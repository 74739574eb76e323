/* SPDX-License-Identifier: MIT */
/*
 * Rings, records and the ledger over any bytes. An input that begins like a
 * recorded stream is read as one. Of others, the first four bytes choose how
 * records are laid out, and where in the rings the rest lies: once as a task ring,
 * once as a slot's.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/counters/rings.h"
#include "probes/counters/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RING = 4096 };

static const cck_column columns[] = {
    {.source = CCK_COLUMN_COUNT, .slot = 0},
    {.source = CCK_COLUMN_TIME, .slot = 0},
    {.source = CCK_COLUMN_SWITCHES},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void settle(cck_ledger *ledger, const cck_column *what, size_t count)
{
    cck_tally tally;
    if (!cck_tally_init(&tally, count))
        return;
    cck_ledger_settle(ledger, what, count, &tally);
    cck_tally_clear(&tally);
}

static void fuzz_stream(const uint8_t *data, size_t size)
{
    cck_stream stream;
    FILE *file = fmemopen((void *)(uintptr_t)data, size, "rb");
    if (!file)
        return;
    if (cck_stream_read(&stream, file, "fuzz", NULL) == 0) {
        settle(&stream.ledger, stream.head.columns, stream.head.column_count);
        cck_stream_clear(&stream);
    }
    fclose(file);
}

typedef struct memory {
    struct perf_event_mmap_page page;
    uint8_t data[RING] __attribute__((aligned(8)));
} memory;

static void fill(memory *to, const uint8_t *data, size_t size, uint64_t start)
{
    to->page.data_tail = start;
    to->page.data_head = start + size;
    for (size_t i = 0; i < size && i < RING; i++)
        to->data[(start + i) & (RING - 1)] = data[i];
}

static void fuzz_rings(const uint8_t *data, size_t size)
{
    static const uint32_t cpus[] = {0, 3};
    memory *memories = calloc(2, sizeof *memories);
    cck_arena arena = {0};
    cck_rings rings;
    cck_ledger ledger;
    const cck_record_layout layout = {
        .sample_type = data[0] | (uint64_t)(data[1] & 0xc0) << 10,
        .read_format = data[1] & 7,
        .sample_id_all = data[2] & 1,
    };
    if (memories && cck_rings_init(&rings, &arena, 2) && cck_ledger_init(&ledger, 1, cpus, 2)) {
        ledger.clock = 0;
        ledger.closed_world = data[2] & 2;
        cck_ledger_copy_of(&ledger, 0, 1)->open = true;
        cck_ledger_found(&ledger, 100, 100, "first");
        for (int i = 0; i < 2; i++) {
            cck_ring ring;
            fill(&memories[i], data + 4, size - 4, (uint64_t)data[3] * 8);
            cck_ring_init(&ring, &memories[i].page, memories[i].data, RING);
            cck_rings_add(&rings, &ring, i - 1, 1, &layout);
        }
        cck_rings_drain(&rings, &ledger, data[2] & 4 ? 1000 : UINT64_MAX);
        cck_rings_drain(&rings, &ledger, UINT64_MAX);
        settle(&ledger, columns, COLUMNS);
        cck_ledger_clear(&ledger);
    }
    cck_arena_clear(&arena);
    free(memories);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 16 && memcmp(data, "cachecheck-stream", 16) == 0)
        fuzz_stream(data, size);
    else if (size >= 4)
        fuzz_rings(data, size);
    return 0;
}
