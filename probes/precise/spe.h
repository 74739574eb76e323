/* SPDX-License-Identifier: MIT */
#ifndef CCK_PRECISE_SPE_H
#define CCK_PRECISE_SPE_H

#include "probes/precise/access.h"
#include "probes/precise/spe_packet.h"

/** How raw counts of Arm's generic timer become ns: see struct perf_event_mmap_page. */
typedef struct cck_spe_clock {
    uint64_t zero;
    uint32_t mult; /* 0: it is not known */
    uint16_t shift;
} cck_spe_clock;

/** A stretch of the AUX buffer that one AUX record names: of one CPU, and one thread. */
typedef struct cck_spe_chunk {
    const uint8_t *bytes;
    size_t size;
    uint64_t offset; /* of the first byte in the buffer */
    uint64_t time;   /* of the AUX record: records without a timestamp have none better */
    uint64_t period; /* operations between two samples */
    int32_t pid, tid;
    uint32_t cpu;
    unsigned encoding; /* see cck_source_spe_encoding() */
    cck_spe_clock clock;
} cck_spe_chunk;

/** What came of a chunk. */
typedef struct cck_spe_numbers {
    uint64_t records;  /* of all kinds */
    uint64_t accesses; /* handed over */
    uint64_t damaged;  /* chunks with bytes that are no packet; the rest of them is lost */
    uint64_t cut;      /* records that the chunk ends in the midst of */
} cck_spe_numbers;

/** Hand each memory access of user code over; the numbers are added to. */
void cck_spe_decode(const cck_spe_chunk *chunk,
                    void (*take)(void *context, const cck_memory_access *access), void *context,
                    cck_spe_numbers *numbers);

#endif
