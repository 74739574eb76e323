/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_RINGS_H
#define CCK_COUNTERS_RINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/perf/ring.h"
#include "probes/counters/ledger.h"
#include "probes/counters/stream.h"

/**
 * The rings of a run, read together. Task rings (FORK, EXIT, COMM, SWITCH; one a
 * CPU) are merged by time. Read rings hold READ records only: one an event, or one
 * an event and CPU where events are opened by CPU.
 *
 * Why the two never share a ring: an exiting task writes READ into the ring of
 * *every* copy, from whatever CPU it is on, and perf rings are made for one
 * writing CPU (kernel/events/ring_buffer.c works with local_t). The kernel holds
 * the original event's child_mutex around it, so copies of one event do not
 * collide; but they would with task records of that CPU, and with other events.
 */
typedef struct cck_rings_entry {
    cck_ring ring;
    cck_record_layout layout;
    int slot;      /* -1: a task ring */
    size_t cpu;    /* index */
    uint64_t next; /* time of the record at its tail; UINT64_MAX: none */
    void *map;     /* what to unmap; NULL: not ours */
    size_t map_size;
} cck_rings_entry;

typedef struct cck_rings {
    cck_rings_entry *entries; /* arena */
    size_t count, capacity;
    uint8_t *scratch;
    cck_stream_writer *tap; /* where records are kept for a replay; NULL: nowhere */
} cck_rings;

/** Room for that many rings. False when memory is out. */
bool cck_rings_init(cck_rings *rings, cck_arena *arena, size_t capacity);

/** Unmap everything. */
void cck_rings_clear(cck_rings *rings);

/** Map a descriptor's ring of `pages` data pages (a power of two). 0 or -errno. */
int cck_rings_map(cck_rings *rings, int fd, size_t pages, int slot, size_t cpu,
                  const cck_record_layout *layout);

/** Add a ring that lives somewhere else. False: no room. */
bool cck_rings_add(cck_rings *rings, const cck_ring *ring, int slot, size_t cpu,
                   const cck_record_layout *layout);

/**
 * Hand what the rings hold to the ledger. Records younger than `horizon` wait
 * for the next time, so that those of other CPUs that came before them can come
 * in; unless a ring is half full. UINT64_MAX: take everything.
 */
void cck_rings_drain(cck_rings *rings, cck_ledger *ledger, uint64_t horizon);

#endif
