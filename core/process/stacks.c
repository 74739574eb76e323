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

uint32_t cck_watch_stack_owner(const cck_watch_threads *threads, const cck_watch_image *image,
                               uint64_t address)
{
    const cck_watch_mapping *mapping = cck_watch_image_known(image, address);
    if (!mapping || mapping->inode)
        return CCK_NONE;
    for (size_t i = threads->count; i-- > 0;) {
        const cck_watch_thread *thread = threads->list[i];
        if (thread->pid != image->pid)
            continue;
        if (mapping->stack ? thread->tid == thread->pid
                           : thread->stack >= mapping->start && thread->stack < mapping->end)
            return (uint32_t)i;
    }
    return CCK_NONE;
}

/* ---- frames ---- */

static bool read_memory(void *context, uint64_t address, uint64_t *out_word)
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
    cck_unwound_frame frames[FRAMES_MOST];
    cck_unwind_start start = {.read = read_memory, .context = image};
    if (!thread->alive || !where_it_waits(root, thread, &start))
        return false;
    cck_unwinder *unwinder = cck_watch_stacks_unwinder(stacks, image);
    size_t count = unwinder ? cck_unwinder_walk(unwinder, &start, frames, FRAMES_MOST) : 0;
    for (size_t i = 0; i < count; i++) {
        const cck_watch_frame frame = {.image = image->number,
                                       .tid = thread->tid,
                                       .code = frames[i].code,
                                       .stack = frames[i].stack,
                                       .cfa = frames[i].cfa};
        if (!frame.stack || !is_in(&frame, address))
            continue;
        *out_frame = frame;
        keep(stacks, &frame);
        return true;
    }
    return false;
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
