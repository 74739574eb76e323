/* SPDX-License-Identifier: MIT */
#include "core/process/space.h"

#include <stdlib.h>
#include <time.h>

#include "core/base/proc.h"
#include "core/session/observed.h"
#include "core/process/maps.h"

enum {
    LOOK_NS = 20000000, /* least time between two looks at the mappings of a process */
    LOOK_SHARE = 50,    /* and at least so many times what a look takes */
    IMAGES_MOST = 1 << 16
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t mix(uint64_t sum, uint64_t value)
{
    sum = (sum ^ value) * 0x9e3779b97f4a7c15u;
    return sum ^ sum >> 29;
}

void cck_watch_space_init(cck_watch_space *space, const cck_root *root)
{
    *space = (cck_watch_space){.root = root};
}

static void free_image(cck_watch_image *image)
{
    free(image->modules);
    free(image->list);
    cck_arena_clear(&image->arena);
    free(image);
}

void cck_watch_space_clear(cck_watch_space *space)
{
    for (size_t i = 0; i < space->count; i++)
        free_image(space->images[i]);
    free(space->images);
    cck_map_clear(&space->current);
    *space = (cck_watch_space){0};
}

/* ---- looking ---- */

/* A process that ended, or whose maps are refused, keeps what was known of it. */
static void look(cck_watch_space *space, cck_watch_image *image)
{
    cck_watch_mapping *before = image->list;
    size_t count = image->count, capacity = image->capacity;
    uint64_t start = now_ns();
    image->list = NULL;
    image->count = image->capacity = 0;
    if (!cck_watch_maps_read(space->root, image) || !image->count) {
        free(image->list);
        image->list = before;
        image->count = count;
        image->capacity = capacity;
    } else {
        free(before);
        if (space->looked)
            space->looked(space->context, image);
    }
    image->read_at = now_ns();
    image->read_cost = image->read_at - start;
}

static bool may_look(const cck_watch_image *image)
{
    uint64_t pause = image->read_cost * LOOK_SHARE;
    return now_ns() - image->read_at >= (pause > LOOK_NS ? pause : LOOK_NS);
}

static cck_watch_image *new_image(cck_watch_space *space, int32_t pid, uint64_t began)
{
    if (space->count == space->capacity) {
        size_t capacity = space->capacity ? 2 * space->capacity : 16;
        cck_watch_image **list = realloc(space->images, capacity * sizeof *list);
        if (!list)
            return NULL;
        space->images = list;
        space->capacity = capacity;
    }
    cck_watch_image *image = calloc(1, sizeof *image);
    if (!image || !cck_map_put(&space->current, (uint32_t)pid, image)) {
        free(image);
        return NULL;
    }
    image->pid = pid;
    image->began = began;
    image->number = (uint32_t)space->count;
    cck_proc_name(space->root, pid, pid, image->program);
    space->images[space->count++] = image;
    look(space, image);
    return image;
}

cck_watch_image *cck_watch_space_image(cck_watch_space *space, int32_t pid)
{
    cck_watch_image *image = cck_map_get(&space->current, (uint32_t)pid);
    if (image || space->count >= IMAGES_MOST)
        return image;
    return new_image(space, pid, cck_watch_maps_began(space->root, pid));
}

bool cck_watch_space_look(cck_watch_space *space, int32_t pid)
{
    cck_watch_image *image = cck_map_get(&space->current, (uint32_t)pid);
    uint64_t began = image ? cck_watch_maps_began(space->root, pid) : 0;
    if (!began || image->began == began) {
        if (image && began && may_look(image)) /* names change at exec, and mappings as it goes */
            cck_proc_name(space->root, pid, pid, image->program);
        return false;
    }
    return space->count < IMAGES_MOST && new_image(space, pid, began);
}

/* ---- finding ---- */

const cck_watch_mapping *cck_watch_image_known(const cck_watch_image *image, uint64_t address)
{
    size_t low = 0, high = image->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (image->list[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < image->count && image->list[low].start <= address ? &image->list[low] : NULL;
}

const cck_watch_mapping *cck_watch_image_find(cck_watch_space *space, cck_watch_image *image,
                                              uint64_t address)
{
    const cck_watch_mapping *found = cck_watch_image_known(image, address);
    if (found || !may_look(image))
        return found;
    look(space, image);
    return cck_watch_image_known(image, address);
}

uint32_t cck_watch_image_module(const cck_watch_image *image, uint64_t address)
{
    const cck_watch_mapping *mapping = cck_watch_image_known(image, address);
    if (mapping && mapping->module != CCK_NONE)
        return mapping->module;
    for (size_t i = image->module_count; i-- > 0;)
        if (image->modules[i].elf && address >= image->modules[i].start &&
            address < image->modules[i].end)
            return (uint32_t)i;
    return CCK_NONE;
}

uint64_t cck_watch_image_key(const cck_watch_image *image, uint64_t address, uint32_t line_size)
{
    uint64_t line = address / line_size * line_size;
    const cck_watch_mapping *mapping = cck_watch_image_known(image, address);
    if (mapping && mapping->shared && mapping->inode)
        return mix(mix(mix(1, mapping->device), mapping->inode),
                   line - mapping->start + mapping->offset);
    return mix(mix(mix(2, image->number), (uint32_t)image->pid), line);
}

bool cck_watch_space_key(cck_watch_space *space, int32_t pid, uint64_t address,
                         uint32_t line_size, uint64_t *out_key)
{
    cck_watch_image *image = cck_watch_space_image(space, pid);
    const cck_watch_mapping *mapping = image ? cck_watch_image_find(space, image, address) : NULL;
    /* Of a process whose mappings nobody may read, every address counts. What the recorder of
     * allocations does to its own table is not the program's doing. */
    if (!image || (!mapping && image->count) || (mapping && mapping->own))
        return false;
    *out_key = cck_watch_image_key(image, address, line_size);
    return true;
}
