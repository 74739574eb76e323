/* SPDX-License-Identifier: MIT */
#include "core/perf/ring.h"

#include <string.h>

void cck_ring_init(cck_ring *ring, struct perf_event_mmap_page *page, const void *data,
                   uint64_t size)
{
    *ring = (cck_ring){0};
    if (!page || size < sizeof(struct perf_event_header) || (size & (size - 1)))
        return;
    *ring = (cck_ring){.page = page, .data = data, .size = size};
    ring->tail = __atomic_load_n(&page->data_tail, __ATOMIC_RELAXED);
    ring->head = ring->tail;
}

/* Acquire pairs with the kernel's smp_wmb() before it moves data_head
 * (kernel/events/ring_buffer.c, perf_output_put_handle). */
void cck_ring_snapshot(cck_ring *ring)
{
    if (!ring->page)
        return;
    ring->head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
    /* The kernel drops records rather than overtake the reader, so more than a
     * ring full means that the page does not say the truth. */
    if (ring->head - ring->tail > ring->size) {
        ring->tail = ring->head;
        ring->damaged++;
    }
}

static void copy_out(const cck_ring *ring, void *to, uint64_t from, uint64_t length)
{
    uint64_t at = from & (ring->size - 1);
    uint64_t first = ring->size - at < length ? ring->size - at : length;
    memcpy(to, ring->data + at, first);
    memcpy((uint8_t *)to + first, ring->data, length - first);
}

/* Size of the record at the tail, 0 at the end of the snapshot or of trust. */
static uint64_t record_size(cck_ring *ring)
{
    uint64_t unread = ring->head - ring->tail;
    if (unread == 0)
        return 0;
    struct perf_event_header header = {0};
    if (unread >= sizeof header)
        copy_out(ring, &header, ring->tail, sizeof header);
    if (header.size < sizeof header || header.size > unread) {
        ring->tail = ring->head;
        ring->damaged++;
        return 0;
    }
    return header.size;
}

const struct perf_event_header *cck_ring_peek(cck_ring *ring, void *scratch)
{
    uint64_t size = record_size(ring);
    if (size == 0)
        return NULL;
    uint64_t at = ring->tail & (ring->size - 1);
    /* Records are multiples of 8 bytes; a hostile one might not be, and an
     * unaligned pointer is not handed out. */
    if (at + size <= ring->size && at % 8 == 0)
        return (const struct perf_event_header *)(ring->data + at);
    copy_out(ring, scratch, ring->tail, size);
    return scratch;
}

void cck_ring_skip(cck_ring *ring)
{
    ring->tail += record_size(ring);
}

/* Release: our reads of the data come before the kernel may overwrite it. */
void cck_ring_release(cck_ring *ring)
{
    if (ring->page)
        __atomic_store_n(&ring->page->data_tail, ring->tail, __ATOMIC_RELEASE);
}

uint64_t cck_ring_unread(const cck_ring *ring)
{
    return ring->head - ring->tail;
}
