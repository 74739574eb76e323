/* SPDX-License-Identifier: MIT */
#include "core/perf/aux_area.h"

#include <string.h>

void cck_aux_area_init(cck_aux_area *area, struct perf_event_mmap_page *page, const void *data,
                       uint64_t size)
{
    *area = (cck_aux_area){0};
    if (page && size && !(size & (size - 1)))
        *area = (cck_aux_area){.page = page, .data = data, .size = size};
}

/* aux_head moves before the AUX record is written (kernel/events/ring_buffer.c,
 * perf_aux_output_end), so what a record names lies before it. */
bool cck_aux_area_copy(const cck_aux_area *area, uint64_t offset, uint64_t size, void *to)
{
    if (!area->page || size > area->size)
        return false;
    uint64_t head = __atomic_load_n(&area->page->aux_head, __ATOMIC_ACQUIRE);
    if (offset > head || head - offset < size || head - offset > area->size)
        return false;
    uint64_t at = offset & (area->size - 1);
    uint64_t first = area->size - at < size ? area->size - at : size;
    memcpy(to, area->data + at, first);
    memcpy((uint8_t *)to + first, area->data, size - first);
    return true;
}

/* The tail never goes back, whatever a record says. */
void cck_aux_area_release(cck_aux_area *area, uint64_t offset)
{
    if (!area->page)
        return;
    uint64_t tail = area->page->aux_tail,
             head = __atomic_load_n(&area->page->aux_head, __ATOMIC_ACQUIRE);
    if (offset > tail && offset <= head)
        __atomic_store_n(&area->page->aux_tail, offset, __ATOMIC_RELEASE);
}
