/* SPDX-License-Identifier: MIT */
/*
 * Call paths from how blocks end. A call pushed its return address: where, tells the
 * frame's canonical frame address, and what comes next is the called function's entry. A
 * return goes where the frame says. Everything else (longjmp, exceptions, tail calls,
 * code that calls just to learn its own address) is put right at the next call or return
 * by the stack pointer: a frame that lies below it is gone.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"
#include "probes/simulate/reader/process.h"

enum {
    PLACES_MOST = 1 << 20,
    SEARCH = 4096, /* frames looked through for a return address */
};

/* A stack pointer further off than this is another stack's (coroutines, sigaltstack). */
static const uint64_t stack_most = (uint64_t)64 << 20;

static uint64_t end_of(const cck_process *process, uint32_t place)
{
    const cck_code_block *block = &process->blocks.list[process->places[place].block];
    return block->address + block->bytes;
}

static bool add_place(cck_process *process, uint32_t thread, uint32_t path, uint32_t block,
                      uint32_t *out_place)
{
    if (!cck_grow((void **)&process->places, &process->place_capacity, process->place_count,
                  sizeof *process->places))
        return false;
    process->places[process->place_count] = (cck_visit){.thread = thread,
                                                        .path = path,
                                                        .block = block,
                                                        .next_block = {CCK_NONE, CCK_NONE},
                                                        .next_place = {CCK_NONE, CCK_NONE}};
    *out_place = (uint32_t)process->place_count++;
    return true;
}

static uint32_t outermost(const cck_process *process, uint32_t path)
{
    while (path != CCK_NONE && process->paths.list[path].parent != CCK_NONE)
        path = process->paths.list[path].parent;
    return path;
}

bool cck_stack_place_at(cck_process *process, uint32_t thread, uint32_t path, uint32_t block,
                        uint32_t *out_place)
{
    /* Beyond the limit all that a thread does is on the path that it began with. */
    if (process->place_count >= PLACES_MOST) {
        path = outermost(process, path);
        process->paths.folded += !process->paths.folded;
    }
    uint64_t key = cck_mix(((uint64_t)thread << 32 | block) ^ (uint64_t)path << 21) >> 1;
    for (;; key = (key + 1) & INT64_MAX) {
        uint64_t *found = cck_dictionary_put(&process->place_of, key);
        if (!found)
            return false;
        if (!*found) {
            if (!add_place(process, thread, path, block, out_place)) {
                cck_dictionary_remove(&process->place_of, key);
                return false;
            }
            *found = (uint64_t)*out_place + 1;
            return true;
        }
        const cck_visit *place = &process->places[*found - 1];
        if (place->thread == thread && place->path == path && place->block == block) {
            *out_place = (uint32_t)(*found - 1);
            return true;
        }
    }
}

/* Blocks of a thread have one place each: it is found by the block's number. */
static bool place_here(cck_process *process, cck_reader_thread *thread, uint32_t block,
                       uint32_t *out_place)
{
    if (block >= thread->here_count) {
        size_t count = process->blocks.capacity;
        cck_here *here = realloc(thread->here, count * sizeof *here);
        if (!here)
            return false;
        memset(here + thread->here_count, 0, (count - thread->here_count) * sizeof *here);
        thread->here = here;
        thread->here_count = count;
    }
    cck_here *here = &thread->here[block];
    if (!here->place) {
        if (!cck_stack_place_at(process, thread->number, CCK_NONE, block, out_place))
            return false;
        here->place = *out_place + 1;
    }
    *out_place = here->place - 1;
    return true;
}

void cck_stack_settle(cck_process *process, cck_reader_thread *thread)
{
    for (size_t i = 0; i < thread->here_count; i++) {
        cck_here *here = &thread->here[i];
        if (here->place)
            process->places[here->place - 1].count += here->count;
        here->count = 0;
    }
}

/* The place of a block that a thread enters, on the path that it is on. */
static bool place_in(cck_process *process, cck_reader_thread *thread, uint32_t block,
                     uint32_t *out_place)
{
    if (!process->plan->spots)
        return place_here(process, thread, block, out_place);
    return cck_stack_place_at(process, thread->number, thread->path, block, out_place);
}

static bool follow(cck_process *process, cck_reader_thread *thread, uint32_t from, unsigned way,
                   uint32_t block, uint32_t *out_place)
{
    if (!process->plan->spots)
        return place_here(process, thread, block, out_place);
    if (process->places[from].next_block[way] == block) {
        *out_place = process->places[from].next_place[way];
        return true;
    }
    if (!place_in(process, thread, block, out_place))
        return false;
    cck_visit *place = &process->places[from];
    place->next_block[way] = block;
    place->next_place[way] = *out_place;
    return true;
}

static bool enter_first(cck_process *process, cck_reader_thread *thread, uint32_t block,
                        uint32_t *out_place)
{
    uint64_t entry = process->blocks.list[block].address;
    return cck_paths_child(&process->paths, CCK_NONE, 0, entry, &thread->path) &&
           place_in(process, thread, block, out_place);
}

/* Frames at or below a stack pointer are gone. */
static void drop_stale(cck_reader_thread *thread, uint64_t stack)
{
    while (thread->frame_count) {
        const cck_shadow_frame *top = &thread->frames[thread->frame_count - 1];
        if (top->cfa > stack || stack - top->cfa > stack_most)
            break;
        thread->path = top->path;
        thread->frame_count--;
    }
}

static bool push(cck_reader_thread *thread, cck_shadow_frame frame)
{
    if (thread->frame_count >= CCK_FRAMES_MOST)
        return true;
    if (!cck_grow((void **)&thread->frames, &thread->frame_capacity, thread->frame_count,
                  sizeof *thread->frames))
        return false;
    thread->frames[thread->frame_count++] = frame;
    return true;
}

static bool enter_called(cck_process *process, cck_reader_thread *thread, uint32_t block,
                         uint32_t *out_place)
{
    uint32_t from = thread->place, path = thread->path;
    uint64_t cfa = thread->pushed + 8;
    drop_stale(thread, cfa);
    if (thread->path != path) /* the caller itself was thought to be somewhere else */
        if (!place_in(process, thread, process->places[from].block, &from))
            return false;
    uint64_t returns = end_of(process, from);
    if (!push(thread, (cck_shadow_frame){
                          .returns = returns, .cfa = cfa, .place = from, .path = thread->path}))
        return false;
    return cck_paths_child(&process->paths, thread->path, returns - 1,
                           process->blocks.list[block].address, &thread->path) &&
           follow(process, thread, from, 0, block, out_place);
}

/* Which frame a return leaves: SIZE_MAX if it fits none. */
static size_t left_frame(const cck_reader_thread *thread, uint64_t to, uint64_t stack)
{
    size_t loose = SIZE_MAX;
    for (size_t i = thread->frame_count; i-- > 0 && thread->frame_count - i <= SEARCH;) {
        const cck_shadow_frame *frame = &thread->frames[i];
        if (frame->returns != to)
            continue;
        if (frame->cfa == stack)
            return i;
        if (loose == SIZE_MAX)
            loose = i;
    }
    return loose;
}

static bool enter_returned(cck_process *process, cck_reader_thread *thread, uint32_t block,
                           uint32_t *out_place)
{
    uint64_t to = process->blocks.list[block].address, stack = thread->pushed + 8;
    size_t frame = left_frame(thread, to, stack);
    if (frame != SIZE_MAX) {
        thread->path = thread->frames[frame].path;
        thread->frame_count = frame;
        return follow(process, thread, thread->frames[frame].place, 1, block, out_place);
    }
    const cck_shadow_frame *top =
        thread->frame_count ? &thread->frames[thread->frame_count - 1] : NULL;
    if (top && top->cfa == CCK_CFA_SIGNAL) {
        thread->path = top->path;
        thread->frame_count--;
    } else {
        drop_stale(thread, stack);
    }
    return place_in(process, thread, block, out_place);
}

bool cck_stack_enter(cck_process *process, cck_reader_thread *thread, uint32_t block,
                     uint32_t *out_place)
{
    if (thread->place == CCK_NONE)
        return enter_first(process, thread, block, out_place);
    if (thread->left == CCK_END_CALL)
        return enter_called(process, thread, block, out_place);
    if (thread->left == CCK_END_RETURN)
        return enter_returned(process, thread, block, out_place);
    cck_visit *from = &process->places[thread->place];
    from->next_block[1] = from->next_block[0];
    from->next_place[1] = from->next_place[0];
    from->next_block[0] = CCK_NONE;
    return follow(process, thread, thread->place, 0, block, out_place);
}

/* The handler's first block is entered like a called function's. */
bool cck_stack_signal(cck_process *process, cck_reader_thread *thread)
{
    if (thread->place == CCK_NONE)
        return true;
    (void)process;
    return push(thread, (cck_shadow_frame){
                            .cfa = CCK_CFA_SIGNAL, .place = thread->place, .path = thread->path});
}

uint32_t cck_stack_path(const cck_process *process, const cck_reader_thread *thread)
{
    (void)process;
    return thread->place == CCK_NONE ? CCK_NONE : thread->path;
}

uint32_t cck_stack_place(cck_process *process, const cck_reader_thread *thread)
{
    if (process->plan->spots)
        return thread->place;
    cck_place_at_hand *at_hand =
        &process->places_at_hand[cck_mix((uint64_t)thread->path << 32 | thread->place) %
                                 CCK_PLACES_AT_HAND];
    if (at_hand->place != thread->place + 1 || at_hand->path != thread->path) {
        cck_place_at_hand found = {.place = thread->place + 1, .path = thread->path};
        if (!cck_stack_place_at(process, thread->number, thread->path,
                      process->places[thread->place].block, &found.exact))
            return CCK_NONE;
        *at_hand = found;
    }
    return at_hand->exact;
}

void cck_stack_frame(const cck_process *process, const cck_reader_thread *thread, uint64_t address,
                     cck_object *object)
{
    uint64_t pointer = 0; /* of the stack, at the call: the canonical frame address of the called */
    object->frame.address = 0;
    if (thread->place != CCK_NONE)
        object->frame.address = process->blocks.list[process->places[thread->place].block].address;
    object->cfa = object->frame_size = 0;
    for (size_t i = thread->frame_count; i-- > 0;) {
        const cck_shadow_frame *frame = &thread->frames[i];
        if (frame->cfa == CCK_CFA_SIGNAL || frame->cfa > address) {
            if (frame->cfa != CCK_CFA_SIGNAL) {
                object->cfa = frame->cfa;
                object->frame_size = pointer ? frame->cfa - pointer : 0;
                return;
            }
        }
        object->frame.address = end_of(process, frame->place) - 1;
        pointer = frame->cfa == CCK_CFA_SIGNAL ? 0 : frame->cfa;
    }
}
