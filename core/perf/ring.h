/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PERF_RING_H
#define CCK_CORE_PERF_RING_H

#include <linux/perf_event.h>
#include <stddef.h>
#include <stdint.h>

/** The largest record: perf_event_header.size has 16 bits. */
#define CCK_RECORD_MAX 65536

/**
 * A reader of a perf ring buffer. It works on any memory laid out like the
 * kernel's (a header page, then a power of two of data), so that tests need no
 * perf. What the ring holds is not trusted: a record that cannot be right ends
 * the batch, is counted in `damaged` and the rest of the batch is thrown away.
 * The kernel's end of it is in `page`; all that is in here belongs to the reader.
 */
/* cachecheck: ignore two-writer-fields one thread reads the ring and has both ends here */
typedef struct cck_ring {
    struct perf_event_mmap_page *page; /* NULL: an empty ring */
    const uint8_t *data;
    uint64_t size;    /* bytes of data, a power of two */
    uint64_t head;    /* of the snapshot */
    uint64_t tail;    /* read so far; handed back by cck_ring_release() */
    uint64_t damaged; /* batches that were cut short */
} cck_ring;

/**
 * Read from `page`, whose data begins at `data`. `size` that is no power of two,
 * or smaller than a record header, gives an empty ring.
 */
void cck_ring_init(cck_ring *ring, struct perf_event_mmap_page *page, const void *data,
                   uint64_t size);

/** Take notice of what the kernel has written up to now. */
void cck_ring_snapshot(cck_ring *ring);

/**
 * The next record of the snapshot, or NULL at its end. It stays the next one
 * until cck_ring_skip(). A record that wraps around is copied to `scratch`
 * (CCK_RECORD_MAX bytes); the pointer is good until `scratch` is used again or
 * the ring is released. header.size is at least that of a header and the whole
 * record is readable.
 */
const struct perf_event_header *cck_ring_peek(cck_ring *ring, void *scratch);

/** Go past the record that cck_ring_peek() showed last. */
void cck_ring_skip(cck_ring *ring);

/** Give what was read back to the kernel. */
void cck_ring_release(cck_ring *ring);

/** Bytes of the snapshot that are not read yet. */
uint64_t cck_ring_unread(const cck_ring *ring);

#endif
