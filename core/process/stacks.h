/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PROCESS_STACKS_H
#define CCK_CORE_PROCESS_STACKS_H

#include "core/base/root.h"
#include "core/process/space.h"
#include "core/process/threads.h"
#include "core/process/unwind.h"

/** A frame of a thread that waits: its variables may be in use by others. */
typedef struct cck_watch_frame {
    uint32_t image;
    int32_t tid;
    uint64_t code, stack, frame, cfa; /* as in cck_unwound_frame */
} cck_watch_frame;

/** Frames that were found while the threads lived, and what walks stacks. */
typedef struct cck_watch_stacks {
    cck_watch_frame *frames;
    size_t count, capacity;
    cck_map unwinders; /* number of the image + 1 -> unwinder */
} cck_watch_stacks;

/** The unwinder of an image's code, made at the first call; NULL: there is none. */
cck_unwinder *cck_watch_stacks_unwinder(cck_watch_stacks *stacks, const cck_watch_image *image);

/** The frame that an address of a thread's stack is in, as known or as it waits now. */
bool cck_watch_stacks_find(cck_watch_stacks *stacks, const cck_root *root, cck_watch_image *image,
                           const cck_watch_thread *thread, uint64_t address,
                           cck_watch_frame *out_frame);

/** Whose stack an address is on: main's is named by the kernel, others' are the mappings that
 * their stack pointers are in, as sampled, or as they wait. Index of the thread; CCK_NONE. */
uint32_t cck_watch_stack_owner(const cck_watch_threads *threads, const cck_root *root,
                               const cck_watch_image *image, uint64_t address);

/** A word of a process's memory, as walks of stacks read it; the context is its cck_watch_image. */
bool cck_watch_read_word(void *context, uint64_t address, uint64_t *out_word);

void cck_watch_stacks_clear(cck_watch_stacks *stacks);

#endif
