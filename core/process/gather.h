/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PROCESS_GATHER_H
#define CCK_CORE_PROCESS_GATHER_H

#include "core/process/heap.h"
#include "core/process/space.h"
#include "core/process/stacks.h"
#include "core/process/threads.h"
#include "core/session/observed.h"

enum { CCK_WATCH_LINE_OBJECTS = 64 }; /* most that are told of a line */

/** What is known of the processes that were looked at; borrowed. */
typedef struct cck_watch_sources {
    cck_watch_space *space;
    const cck_watch_threads *threads;
    cck_watch_heaps *heaps; /* NULL: none */
    cck_watch_stacks *stacks;
    const cck_root *root;
    uint32_t line_size;
} cck_watch_sources;

/** An observation in the making. */
typedef struct cck_watch_gathering {
    const cck_watch_sources *from;
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

/**
 * Modules and threads go into the observation, whose threads have the indices of
 * `from->threads`. False: memory is out. Ended by cck_watch_gather_end() in any case.
 */
bool cck_watch_gather_begin(cck_watch_gathering *g, const cck_watch_sources *from,
                            cck_observed *observed);

/** The image of another process of the same program; `image` if there is none. */
cck_watch_image *cck_watch_image_of(const cck_watch_gathering *g, cck_watch_image *image,
                                    int32_t pid);

/** What the bytes that a line's uses are at belong to, by address: at most
 * CCK_WATCH_LINE_OBJECTS. Returns how many. */
size_t cck_watch_gather_objects(cck_watch_gathering *g, cck_watch_image *image,
                                const cck_line *line, uint32_t *objects);

/** Objects and call paths go into the observation; frees what is left. False: memory was out. */
bool cck_watch_gather_end(cck_watch_gathering *g);

/** An instruction of an image. */
cck_code cck_watch_code(const cck_watch_gathering *g, const cck_watch_image *image,
                        uint64_t address);

/** objects.c: what lies at an address of a process; CCK_NONE when memory is out. */
uint32_t cck_watch_object(cck_watch_gathering *g, cck_watch_image *image, uint64_t address);

/** objects.c: the call path of frames, innermost first: the allocator's caller and its callers. */
uint32_t cck_watch_path(cck_watch_gathering *g, const cck_watch_image *image,
                        const cck_unwound_frame *frames, size_t count);

#endif
