/* SPDX-License-Identifier: MIT */
/* What lies at an address: a block of the heap, a module's data, a stack, and so on. */
#include "core/base/grow.h"
#include "probes/simulate/reader/process.h"

enum { GLOBAL_GRANULE = 64, GLOBAL_GRANULES = 16384, SCAN_THREADS = 4096 };

static const cck_reader_thread *tls_owner(const cck_process *process, uint64_t address,
                                          uint32_t *out_module, uint64_t *out_start)
{
    uint64_t begin;
    for (size_t i = 0; i < process->thread_count && i < SCAN_THREADS; i++) {
        const cck_reader_thread *thread = process->threads[i];
        if (!thread->ended && thread->tls > address &&
            cck_space_tls(&process->space, thread->tls - address, out_module, &begin)) {
            *out_start = thread->tls - begin;
            return thread;
        }
    }
    return NULL;
}

static const cck_reader_thread *stack_owner(const cck_process *process, uint64_t address)
{
    for (size_t i = 0; i < process->thread_count && i < SCAN_THREADS; i++) {
        const cck_reader_thread *thread = process->threads[i];
        if (!thread->ended && address >= thread->stack_low && address < thread->stack_high)
            return thread;
    }
    const cck_mapping *mapping = cck_space_find(&process->space, address);
    return mapping && mapping->flags & CCK_MAP_STACK && process->thread_count
               ? process->threads[0] /* the program's own: others' are plain memory */
               : NULL;
}

static cck_object heap_object(const cck_heap_block *block)
{
    return (cck_object){.kind = CCK_OBJECT_HEAP,
                        .start = block->address,
                        .size = block->size,
                        .path = block->path,
                        .thread = block->thread,
                        .module = CCK_NONE};
}

static cck_object stack_object(const cck_process *process, const cck_reader_thread *thread,
                               uint64_t address)
{
    cck_object object = {.kind = CCK_OBJECT_STACK,
                         .start = address,
                         .path = CCK_NONE,
                         .thread = thread->number,
                         .module = CCK_NONE};
    cck_stack_frame(process, thread, address, &object);
    object.frame.module = CCK_NONE;
    return object;
}

static cck_object other_object(const cck_process *process, uint64_t address)
{
    cck_object object = {.kind = CCK_OBJECT_UNKNOWN,
                         .start = address & ~(uint64_t)(GLOBAL_GRANULE - 1),
                         .path = CCK_NONE,
                         .thread = CCK_NONE,
                         .module = CCK_NONE};
    const cck_mapping *mapping = cck_space_find(&process->space, address);
    uint32_t module = mapping ? mapping->module : CCK_NONE;
    if (mapping && module == CCK_NONE) /* what follows a file's bytes is its too: bss */
        module = cck_space_module(&process->space, address);
    if (mapping && mapping->module == CCK_NONE && module != CCK_NONE &&
        !process->space.modules[module].elf)
        module = CCK_NONE; /* a file that was mapped there before */
    if (module != CCK_NONE && process->space.modules[module].elf) {
        object.kind = CCK_OBJECT_GLOBAL;
        object.module = module;
    } else if (mapping) {
        object.kind = CCK_OBJECT_MAPPING;
        object.start = mapping->start;
        object.size = mapping->end - mapping->start;
        object.module = module;
    }
    return object;
}

static cck_object classify(const cck_process *process, uint64_t address)
{
    cck_heap_block block;
    uint32_t module;
    uint64_t start;
    if (cck_heap_find(&process->heap, address, &block))
        return heap_object(&block);
    const cck_reader_thread *owner = tls_owner(process, address, &module, &start);
    if (owner)
        return (cck_object){.kind = CCK_OBJECT_TLS,
                            .start = start, /* of the module's thread-local segment */
                            .path = CCK_NONE,
                            .thread = owner->number,
                            .module = module};
    owner = stack_owner(process, address);
    return owner ? stack_object(process, owner, address) : other_object(process, address);
}

/* A stack's objects are its frames, as far as they are known. */
static uint64_t identity(const cck_object *object)
{
    uint64_t start = object->kind == CCK_OBJECT_STACK && object->cfa ? object->cfa : object->start;
    return cck_mix(start ^ (uint64_t)object->kind << 56 ^ (uint64_t)object->path << 20) >> 1;
}

static bool add_object(cck_process *process, const cck_object *object, uint32_t *out_object)
{
    uint64_t key = identity(object), *found = cck_dictionary_put(&process->object_of, key);
    if (!found)
        return false;
    if (!*found) {
        if (!cck_grow((void **)&process->objects, &process->object_capacity, process->object_count,
                      sizeof *process->objects)) {
            cck_dictionary_remove(&process->object_of, key);
            return false;
        }
        process->objects[process->object_count++] = *object;
        *found = process->object_count;
    }
    cck_object *known = &process->objects[*found - 1];
    if (object->frame_size && !known->frame_size) { /* now it waits in a call, which tells more */
        known->frame = object->frame;
        known->frame_size = object->frame_size;
    }
    *out_object = (uint32_t)(*found - 1);
    return true;
}

bool cck_object_of(cck_process *process, uint64_t address, uint32_t *out_object)
{
    if (process->moves)
        address = cck_moves_origin(process->moves, address);
    cck_object object = classify(process, address);
    return add_object(process, &object, out_object);
}

/* ---- costs by kind of object ---- */

/* Objects that are told of together have the same key. */
static uint64_t kind_key(const cck_process *process, const cck_object *object)
{
    uint64_t which = object->start;
    if (object->kind == CCK_OBJECT_HEAP)
        which = object->path;
    else if (object->kind == CCK_OBJECT_STACK || object->kind == CCK_OBJECT_TLS)
        which = object->thread;
    else if (object->kind == CCK_OBJECT_GLOBAL) {
        /* By lines where that stays within reason: the analysis finds the variables. */
        const cck_file_module *module = &process->space.modules[object->module];
        uint64_t granule = GLOBAL_GRANULE;
        while ((module->end - module->start) / granule > GLOBAL_GRANULES)
            granule *= 2;
        which = object->start / granule;
    }
    return cck_mix(which ^ (uint64_t)object->kind << 56 ^ (uint64_t)object->module << 24) >> 1;
}

/* Addresses around `address` that belong to the same object for sure. */
static void keep_at_hand(cck_process *process, const cck_object *object, uint64_t address,
                         uint32_t index)
{
    /* Data of modules and stacks fill their lines; what lies between blocks of the heap does
     * not, nor does what is thread-local. */
    bool alone = object->kind != CCK_OBJECT_GLOBAL && object->kind != CCK_OBJECT_STACK;
    const uint64_t near = (alone ? 8 : GLOBAL_GRANULE) - 1;
    bool whole = object->kind == CCK_OBJECT_HEAP;
    process->objects_at_hand[address / GLOBAL_GRANULE % CCK_AT_HAND] =
        (cck_object_at_hand){.start = whole ? object->start : address & ~near,
                             .end = whole ? object->start + object->size : (address | near) + 1,
                             .age = process->heap_age,
                             .index = index};
}

static bool cost_index(cck_process *process, uint64_t address, uint32_t *out_index)
{
    cck_object object = classify(process, address);
    uint64_t *found = cck_dictionary_put(&process->object_cost_of, kind_key(process, &object));
    if (!found)
        return false;
    if (!*found) {
        cck_object_cost cost = {.object = CCK_NONE};
        if (!add_object(process, &object, &cost.object) ||
            !cck_grow((void **)&process->object_costs, &process->object_cost_capacity,
                      process->object_cost_count, sizeof *process->object_costs))
            return false;
        process->object_costs[process->object_cost_count++] = cost;
        *found = process->object_cost_count;
    }
    *out_index = (uint32_t)(*found - 1);
    keep_at_hand(process, &object, address, *out_index);
    return true;
}

uint64_t *cck_object_costs(cck_process *process, uint64_t address)
{
    if (process->moves)
        address = cck_moves_origin(process->moves, address);
    const cck_object_at_hand *at_hand =
        &process->objects_at_hand[address / GLOBAL_GRANULE % CCK_AT_HAND];
    uint32_t index = at_hand->index;
    bool same =
        at_hand->age == process->heap_age && address >= at_hand->start && address < at_hand->end;
    if (!same && !cost_index(process, address, &index))
        return NULL;
    return process->object_costs[index].costs;
}

/* ---- the allocator ---- */

static bool end_lives(cck_process *process, uint64_t address, uint64_t size)
{
    return cck_lives_end(&process->lives, address, size, process->blocks.line_bits,
                         process->plan->model.latencies.transfer);
}

/* A block whose end was missed: it is moved no more. */
static void end_moved(cck_process *process, uint64_t address)
{
    cck_heap_block old;
    uint64_t region, room;
    if (process->moves && cck_heap_at(&process->heap, address, &old))
        cck_moves_drop(process->moves, &old, &region, &room);
}

bool cck_object_alloc(cck_process *process, cck_reader_thread *thread, uint64_t address,
                      uint64_t size)
{
    if (!address || address >> 62 || size >> 62)
        return true;
    process->heap_age++;
    cck_heap_block block = {.address = address,
                            .size = size,
                            .path = cck_stack_path(process, thread),
                            .thread = thread->number};
    if (block.path != CCK_NONE)
        process->paths.list[block.path].pinned = 1;
    end_moved(process, address);
    return cck_heap_add(&process->heap, &block) &&
           (!process->moves ||
            cck_moves_alloc(process->moves, &process->paths, &process->space, &block));
}

/* What comes to lie there is another object, even at the same address and of the same path. */
bool cck_object_free(cck_process *process, uint64_t address)
{
    cck_heap_block block;
    if (!cck_heap_at(&process->heap, address, &block))
        return true;
    process->heap_age++;
    cck_heap_remove(&process->heap, address);
    cck_object object = heap_object(&block);
    uint64_t *found = cck_dictionary_find(&process->object_of, identity(&object));
    if (found) {
        process->objects[*found - 1].freed = true;
        cck_dictionary_remove(&process->object_of, identity(&object));
    }
    uint64_t region, room;
    if (process->moves && cck_moves_drop(process->moves, &block, &region, &room) &&
        !end_lives(process, region, room))
        return false;
    return end_lives(process, address, block.size);
}
