/* SPDX-License-Identifier: MIT */
#ifndef CCK_DEBUG_LAYOUT_TEXT_H
#define CCK_DEBUG_LAYOUT_TEXT_H

#include <stdio.h>

#include "core/debug/type.h"

/**
 * Print a type as source with its layout: offset and size of each member, holes, where
 * cache lines begin, and what synchronises. `line_size` a power of two; 0: no lines.
 */
void cck_layout_print(const cck_type *type, uint32_t line_size, FILE *out);

/** How it is printed; zeroed: plainly. */
typedef struct cck_layout_style {
    uint32_t line_size; /* a power of two; 0: no lines */
    bool hex, color;
    /* More to say of the bytes [offset, offset + size): who writes them. NULL: nothing. */
    void (*note)(void *context, uint64_t offset, uint64_t size, char *buffer, size_t room);
    void *context;
} cck_layout_style;

void cck_layout_print_styled(const cck_type *type, const cck_layout_style *style, FILE *out);

/** A declaration as the type's language writes it: "long counts[4]", "hits: AtomicU64",
 * "hits uint64". Cut to `room`. */
void cck_layout_declaration(const cck_member *member, cck_language language, char *buffer,
                            size_t room);

#endif
