/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_GATHER_H
#define CCK_WATCH_GATHER_H

#include "probes/watch/observe.h"

/** An observation in the making: observe.c. */
typedef struct cck_watch_gathering {
    const cck_watch_seen *seen;
    cck_observed *observed;
    uint32_t *module_of; /* of each image: index of its first module */
    cck_object *objects; /* growing */
    size_t object_count, object_capacity;
    cck_path *paths; /* growing */
    size_t path_count, path_capacity;
    cck_map object_of;        /* what is the same object -> index + 1 */
    cck_map path_of;          /* stack of an allocation -> index + 1 */
    bool failed;              /* memory was out */
} cck_watch_gathering;

/** An instruction of an image. */
cck_code cck_watch_code(const cck_watch_gathering *g, const cck_watch_image *image,
                        uint64_t address);

/** objects.c: what lies at an address of a process; CCK_NONE when memory is out. */
uint32_t cck_watch_object(cck_watch_gathering *g, cck_watch_image *image, uint64_t address);

/** objects.c: the call path of frames, innermost first: the allocator's caller and its callers. */
uint32_t cck_watch_path(cck_watch_gathering *g, const cck_watch_image *image,
                        const cck_unwound_frame *frames, size_t count);

#endif
