/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PERF_CURSOR_H
#define CCK_CORE_PERF_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/**
 * A reader that cannot leave a record: every take is checked, a failed one sticks, and the
 * caller looks once at the end.
 */
typedef struct cck_cursor {
    const uint8_t *at, *end;
    bool failed;
} cck_cursor;

/** The next 4 or 8 bytes as a number; 0 when they are not there. */
static inline uint64_t cck_cursor_take(cck_cursor *c, size_t size)
{
    uint64_t value = 0;
    if (c->failed || (size_t)(c->end - c->at) < size) {
        c->failed = true;
        return 0;
    }
    if (size == 4) {
        uint32_t narrow;
        memcpy(&narrow, c->at, sizeof narrow);
        value = narrow;
    } else {
        memcpy(&value, c->at, sizeof value);
    }
    c->at += size;
    return value;
}

#endif
