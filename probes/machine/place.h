/* SPDX-License-Identifier: MIT */
#ifndef CCK_MACHINE_PLACE_H
#define CCK_MACHINE_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include <cachecheck/error.h>

/** Fresh memory on a node of choice, with the proof that it is there. */
typedef struct cck_place {
    void *base; /* aligned to 2 MiB if huge pages were wanted, else to a page */
    size_t bytes;
    void *mapping;
    size_t mapped;
    const char *proof; /* "move_pages" or "get_mempolicy"; "": neither may be asked; NULL: not asked */
} cck_place;

/**
 * Map, bind to `node` (-1: anywhere), touch, and see where the pages are. `huge` asks for
 * transparent huge pages. CCK_EACCESS (mbind is denied), CCK_EUNSUPPORTED (the pages lie elsewhere),
 * CCK_ENOMEM.
 */
int cck_place_make(cck_place *out_place, size_t bytes, int node, bool huge, cck_error *err);

void cck_place_clear(cck_place *place);

#endif
