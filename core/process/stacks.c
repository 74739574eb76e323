/* SPDX-License-Identifier: MIT */
#include "core/process/stacks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "core/session/observed.h"

enum {
    FRAMES_MOST = 48, /* of a stack that waits */
    KNOWN_MOST = 4096
};

cck_unwinder *cck_watch_stacks_unwinder(cck_watch_stacks *stacks, const cck_watch_image *image)
{
    cck_unwinder *unwinder = cck_map_get(&stacks->unwinders, (uint64_t)image->number + 1);
    if (unwinder || !image->module_count)
        return unwinder;
    unwinder = cck_unwinder_new(image->modules, image->module_count);
    if (unwinder && !cck_map_put(&stacks->unwinders, (uint64_t)image->number + 1, unwinder)) {
        cck_unwinder_free(unwinder);
        return NULL;
    }
    return unwinder;
}

/* ---- frames ---- */

/* The check looks at no initialisers. NOLINTNEXTLINE(readability-non-const-parameter) */
bool cck_watch_read_word(void *context, uint64_t address, uint64_t *out_word)
{
    const cck_watch_image *image = context;
    struct iovec here = {out_word, sizeof *out_word};
    struct iovec there = {(void *)(uintptr_t)address, sizeof *out_word};
    return process_vm_readv(image->pid, &here, 1, &there, 1, 0) == (ssize_t)sizeof *out_word;
}

/* Where a thread waits in the kernel: "number arguments... stack-pointer instruction". */
static bool where_it_waits(const cck_root *root, const cck_watch_thread *thread,
                           cck_unwind_start *start)
{
    char path[64], text[256];
    snprintf(path, sizeof path, "proc/%" PRId32 "/task/%" PRId32 "/syscall", thread->pid,
             thread->tid);
    if (cck_root_read_line(root, path, text, sizeof text) < 0)
        return false;
    char *code = strrchr(text, ' ');
    if (!code)
        return false;
    *code++ = 0;
    char *stack = strrchr(text, ' ');
    start->code = strtoull(code, NULL, 16);
    start->stack = stack ? strtoull(stack + 1, NULL, 16) : 0;
    return start->code && start->stack;
}

/* A thread that waited from the first look on was never sampled, but has a stack. */
static bool is_on(const cck_root *root, cck_watch_thread *thread, const cck_watch_mapping *mapping)
{
    cck_unwind_start start = {0};
    if (!thread->stack && thread->alive && !thread->asked) {
        thread->asked = true;
        if (where_it_waits(root, thread, &start))
            thread->stack = start.stack;
    }
    return thread->stack >= mapping->start && thread->stack < mapping->end;
}

uint32_t cck_watch_stack_owner(const cck_watch_threads *threads, const cck_root *root,
                               const cck_watch_image *image, uint64_t address)
{
    const cck_watch_mapping *mapping = cck_watch_image_known(image, address);
    if (!mapping || mapping->inode || mapping->heap)
        return CCK_NONE;
    for (size_t i = threads->count; i-- > 0;) {
        cck_watch_thread *thread = threads->list[i];
        if (thread->pid != image->pid)
            continue;
        if (mapping->stack ? thread->tid == thread->pid : is_on(root, thread, mapping))
            return (uint32_t)i;
    }
    return CCK_NONE;
}

static bool keep(cck_watch_stacks *stacks, const cck_watch_frame *frame)
{
    if (stacks->count == stacks->capacity) {
        size_t capacity = stacks->capacity ? 2 * stacks->capacity : 16;
        cck_watch_frame *list = capacity <= KNOWN_MOST
                                    ? realloc(stacks->frames, capacity * sizeof *list)
                                    : NULL;
        if (!list)
            return false;
        stacks->frames = list;
        stacks->capacity = capacity;
    }
    stacks->frames[stacks->count++] = *frame;
    return true;
}

static bool is_in(const cck_watch_frame *frame, uint64_t address)
{
    return address >= frame->stack && address < frame->cfa;
}

/* Frame by frame up to the one that holds the address; false: it is in none of them. */
static bool find_in(const cck_unwound_frame *frames, size_t count, uint64_t address,
                    cck_watch_frame *frame)
{
    for (size_t i = 0; i < count; i++) {
        frame->code = frames[i].code;
        frame->stack = frames[i].stack;
        frame->frame = frames[i].frame;
        frame->cfa = frames[i].cfa;
        if (frame->stack && is_in(frame, address))
            return true;
    }
    return false;
}

static bool is_code(const cck_watch_image *image, uint64_t address)
{
    const cck_watch_mapping *mapping = cck_watch_image_known(image, address);
    return mapping && mapping->executes;
}

/* The next place above `at` that looks as "push the frame pointer, and have it point here"
 * leaves it: one further up the stack, and where to return to. 0: none is near. */
static uint64_t next_record(cck_watch_image *image, uint64_t stack, uint64_t at)
{
    enum { NEAR = 2048, WORD = 8 };
    uint64_t saved, returned;
    for (at = at ? at + WORD : stack; at < stack + NEAR; at += WORD)
        if (cck_watch_read_word(image, at, &saved) && saved > at && saved - stack < (1 << 20) &&
            saved % WORD == 0 && cck_watch_read_word(image, at + WORD, &returned) &&
            is_code(image, returned))
            return at;
    return 0;
}

/*
 * The kernel tells stack and instruction pointer of who waits, but not the frame pointer, which
 * the standard library of Rust keeps. It points to one of the records above; the right one leads
 * from code to code, up to the stack's end.
 */
static bool try_records(cck_unwinder *unwinder, cck_watch_image *image, cck_unwind_start *start,
                        uint64_t address, cck_watch_frame *frame)
{
    enum { TRIES = 8 };
    cck_unwound_frame frames[FRAMES_MOST];
    for (int i = 0; i < TRIES; i++) {
        start->frame = next_record(image, start->stack, start->frame);
        if (!start->frame)
            return false;
        size_t count = cck_unwinder_walk(unwinder, start, frames, FRAMES_MOST), known = 0;
        while (known < count && is_code(image, frames[known].code))
            known++;
        if (count > 2 && known == count && find_in(frames, count, address, frame))
            return true;
    }
    return false;
}

/*
 * Of a thread that runs (main, that works along with its OpenMP team) the sample tells where it
 * was. It is there no more; but from the callers on nothing has changed if they still lead, one
 * by one, to the stack's end.
 */
static bool find_now(cck_unwinder *unwinder, const cck_root *root, cck_watch_image *image,
                     const cck_watch_thread *thread, uint64_t address, cck_watch_frame *frame)
{
    cck_unwound_frame frames[FRAMES_MOST];
    cck_unwind_start start = {.read = cck_watch_read_word, .context = image};
    bool waits = where_it_waits(root, thread, &start);
    if (!waits && !thread->code)
        return false;
    if (!waits) {
        start.code = thread->code;
        start.stack = thread->stack;
        start.frame = thread->frame;
    }
    size_t count = cck_unwinder_walk(unwinder, &start, frames, FRAMES_MOST);
    if (waits || cck_unwinder_ended(unwinder))
        if (find_in(frames, count, address, frame))
            return true;
    return waits && try_records(unwinder, image, &start, address, frame);
}

bool cck_watch_stacks_find(cck_watch_stacks *stacks, const cck_root *root, cck_watch_image *image,
                           const cck_watch_thread *thread, uint64_t address,
                           cck_watch_frame *out_frame)
{
    for (size_t i = 0; i < stacks->count; i++) {
        const cck_watch_frame *known = &stacks->frames[i];
        if (known->image == image->number && known->tid == thread->tid && is_in(known, address)) {
            *out_frame = *known;
            return true;
        }
    }
    cck_unwinder *unwinder =
        thread->alive ? cck_watch_stacks_unwinder(stacks, image) : NULL;
    cck_watch_frame frame = {.image = image->number, .tid = thread->tid};
    if (!unwinder || !find_now(unwinder, root, image, thread, address, &frame))
        return false;
    *out_frame = frame;
    keep(stacks, &frame);
    return true;
}

void cck_watch_stacks_clear(cck_watch_stacks *stacks)
{
    size_t cursor = 0;
    uint64_t key;
    void *unwinder;
    while (cck_map_next(&stacks->unwinders, &cursor, &key, &unwinder))
        cck_unwinder_free(unwinder);
    cck_map_clear(&stacks->unwinders);
    free(stacks->frames);
    *stacks = (cck_watch_stacks){0};
}
