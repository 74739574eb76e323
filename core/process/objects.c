/* SPDX-License-Identifier: MIT */
/* What lies at an address of a process that is watched. */
#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"
#include "core/process/gather.h"

enum { GLOBAL_GRANULE = 64, ALLOCATION_FRAMES = 12 };

static uint64_t mix(uint64_t sum, uint64_t value)
{
    sum = (sum ^ value) * 0x9e3779b97f4a7c15u;
    return sum ^ sum >> 29;
}

cck_code cck_watch_code(const cck_watch_gathering *g, const cck_watch_image *image,
                        uint64_t address)
{
    uint32_t module = cck_watch_image_module(image, address);
    return (cck_code){
        .module = module == CCK_NONE ? CCK_NONE : g->module_of[image->number] + module,
        .address = address};
}

/* ---- call paths ---- */

static uint32_t add_path(cck_watch_gathering *g, cck_path path)
{
    if (!cck_grow((void **)&g->paths, &g->path_capacity, g->path_count, sizeof *g->paths)) {
        g->failed = true;
        return CCK_NONE;
    }
    g->paths[g->path_count++] = path;
    return (uint32_t)g->path_count - 1;
}

/* Which function's first instruction that would be is not needed: the calls say it all. */
uint32_t cck_watch_path(cck_watch_gathering *g, const cck_watch_image *image,
                        const cck_unwound_frame *frames, size_t count)
{
    uint32_t path = CCK_NONE;
    for (size_t i = count; i-- > 0;)
        path = add_path(g, (cck_path){.parent = path,
                                      .call = cck_watch_code(g, image, frames[i].code),
                                      .entry = {.module = CCK_NONE}});
    return path;
}

typedef struct stack_copy {
    uint64_t start;
    size_t size;
    const unsigned char *bytes;
} stack_copy;

static bool read_copy(void *context, uint64_t address, uint64_t *out_word)
{
    const stack_copy *copy = context;
    if (address < copy->start || address - copy->start + sizeof *out_word > copy->size)
        return false;
    memcpy(out_word, copy->bytes + (address - copy->start), sizeof *out_word);
    return true;
}

static uint32_t allocation_path(cck_watch_gathering *g, const cck_watch_image *image,
                                const cck_watch_block *block)
{
    cck_unwound_frame frames[ALLOCATION_FRAMES];
    uint64_t key = mix(mix(4, image->number), block->key);
    uint64_t known = (uintptr_t)cck_map_get(&g->path_of, key);
    if (known || !block->stack.size)
        return known ? (uint32_t)(known - 1) : CCK_NONE;
    stack_copy copy = {block->stack.stack, block->stack.size, block->stack.bytes};
    const cck_unwind_start start = {.code = block->stack.code,
                                    .stack = block->stack.stack,
                                    .frame = block->stack.frame,
                                    .called = true,
                                    .read = read_copy,
                                    .context = &copy};
    cck_unwinder *unwinder = cck_watch_stacks_unwinder(g->from->stacks, image);
    size_t count = unwinder ? cck_unwinder_walk(unwinder, &start, frames, ALLOCATION_FRAMES) : 0;
    if (!count) /* at least who called is known */
        frames[count++] = (cck_unwound_frame){.code = block->stack.code - 1};
    uint32_t path = cck_watch_path(g, image, frames, count);
    if (path != CCK_NONE && !cck_map_put(&g->path_of, key, (void *)((uintptr_t)path + 1)))
        g->failed = true;
    return path;
}

/* ---- stacks ---- */

static cck_object stack_object(cck_watch_gathering *g, cck_watch_image *image, uint32_t owner,
                               uint64_t address)
{
    cck_watch_frame frame;
    cck_object object = {.kind = CCK_OBJECT_STACK,
                         .start = address,
                         .path = CCK_NONE,
                         .thread = owner,
                         .module = CCK_NONE,
                         .frame = {.module = CCK_NONE}};
    if (!cck_watch_stacks_find(g->from->stacks, g->from->root, image,
                               g->from->threads->list[owner], address, &frame))
        return object;
    object.frame = cck_watch_code(g, image, frame.code);
    object.cfa = frame.cfa;
    object.frame_size = frame.cfa - frame.stack;
    object.frame_depth =
        frame.frame >= frame.stack && frame.frame < frame.cfa ? frame.cfa - frame.frame : 0;
    return object;
}

/* ---- what is thread-local ---- */

/*
 * Variant II of Drepper's "ELF Handling For Thread-Local Storage": the modules' segments lie
 * below the thread pointer, the program's nearest, then those of the libraries in the order in
 * which they were loaded, which is downwards in memory.
 */
static bool find_segment(const cck_watch_image *image, uint64_t distance, uint32_t *out_module,
                         uint64_t *out_begin)
{
    uint64_t below = 0, last = UINT64_MAX;
    for (size_t round = 0; round < image->module_count; round++) {
        const cck_file_module *next = round ? NULL : &image->modules[0];
        for (size_t i = 1; round && i < image->module_count; i++)
            if (image->modules[i].start < last &&
                (!next || image->modules[i].start > next->start))
                next = &image->modules[i];
        if (!next)
            return false;
        last = round ? next->start : last;
        if (!next->tls_size)
            continue;
        uint64_t align = next->tls_align ? next->tls_align : 1;
        uint64_t begin = (below + next->tls_size + align - 1) / align * align;
        if (distance <= begin && distance > below) {
            *out_module = (uint32_t)(next - image->modules);
            *out_begin = begin;
            return true;
        }
        below = begin;
    }
    return false;
}

static bool find_thread_local(const cck_watch_gathering *g, const cck_watch_image *image,
                              uint64_t address, cck_object *object)
{
    const cck_watch_threads *threads = g->from->threads;
    uint32_t module;
    uint64_t begin;
    for (size_t i = threads->count; i-- > 0;) {
        const cck_watch_thread *thread = threads->list[i];
        if (thread->pid != image->pid || thread->base <= address ||
            !find_segment(image, thread->base - address, &module, &begin))
            continue;
        *object = (cck_object){.kind = CCK_OBJECT_TLS,
                               .start = thread->base - begin,
                               .path = CCK_NONE,
                               .thread = (uint32_t)i,
                               .module = g->module_of[image->number] + module};
        return true;
    }
    return false;
}

/* ---- everything ---- */

static cck_object heap_object(cck_watch_gathering *g, const cck_watch_image *image,
                              const cck_watch_block *block)
{
    return (cck_object){.kind = CCK_OBJECT_HEAP,
                        .start = block->start,
                        .size = block->size,
                        .path = allocation_path(g, image, block),
                        .thread = cck_watch_threads_index(g->from->threads, image->pid, block->tid),
                        .module = CCK_NONE,
                        .freed = block->freed,
                        .instances = block->instances};
}

static cck_object mapped_object(const cck_watch_gathering *g, const cck_watch_image *image,
                                const cck_watch_mapping *mapping, uint64_t address)
{
    cck_object object = {.kind = CCK_OBJECT_UNKNOWN,
                         .start = address & ~(uint64_t)(GLOBAL_GRANULE - 1),
                         .path = CCK_NONE,
                         .thread = CCK_NONE,
                         .module = CCK_NONE};
    uint32_t module = cck_watch_image_module(image, address);
    bool recorded = cck_watch_heaps_has(g->from->heaps, image->pid, image->began);
    if (module != CCK_NONE && image->modules[module].elf) {
        object.kind = CCK_OBJECT_GLOBAL;
        object.module = g->module_of[image->number] + module;
    } else if (mapping && !mapping->shared && !mapping->inode && (mapping->heap || !recorded)) {
        /* An allocator's, of which no blocks are known: the line, as code takes it for. */
        object.kind = CCK_OBJECT_HEAP;
        object.guessed = true;
        object.start = address / g->from->line_size * g->from->line_size;
        object.size = g->from->line_size;
    } else if (mapping) {
        object.kind = CCK_OBJECT_MAPPING;
        object.start = mapping->start;
        object.size = mapping->end - mapping->start;
        if (module != CCK_NONE)
            object.module = g->module_of[image->number] + module;
    }
    return object;
}

static cck_object classify(cck_watch_gathering *g, cck_watch_image *image, uint64_t address)
{
    cck_watch_block block;
    cck_object object;
    if (cck_watch_heaps_find(g->from->heaps, image->pid, image->began, address, &block))
        return heap_object(g, image, &block);
    if (find_thread_local(g, image, address, &object))
        return object;
    uint32_t owner = cck_watch_stack_owner(g->from->threads, g->from->root, image, address);
    return owner != CCK_NONE
               ? stack_object(g, image, owner, address)
               : mapped_object(g, image, cck_watch_image_known(image, address), address);
}

/* A stack's objects are its frames, as far as they are known. */
static uint64_t identity(const cck_watch_image *image, const cck_object *object)
{
    uint64_t start = object->kind == CCK_OBJECT_STACK && object->cfa ? object->cfa : object->start;
    return mix(mix(mix(5, image->number), object->kind), start);
}

uint32_t cck_watch_object(cck_watch_gathering *g, cck_watch_image *image, uint64_t address)
{
    cck_object object = classify(g, image, address);
    uint64_t key = identity(image, &object);
    uint64_t known = (uintptr_t)cck_map_get(&g->object_of, key);
    if (known)
        return (uint32_t)(known - 1);
    if (!cck_grow((void **)&g->objects, &g->object_capacity, g->object_count,
                  sizeof *g->objects) ||
        !cck_map_put(&g->object_of, key, (void *)((uintptr_t)g->object_count + 1))) {
        g->failed = true;
        return CCK_NONE;
    }
    g->objects[g->object_count++] = object;
    return (uint32_t)g->object_count - 1;
}
