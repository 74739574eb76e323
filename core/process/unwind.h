/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PROCESS_UNWIND_H
#define CCK_CORE_PROCESS_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/elf_file.h"

/**
 * Callers, from a copy of a piece of stack and the tables that compilers write for exceptions
 * (.eh_frame): most code keeps no frame pointers.
 */
typedef struct cck_unwinder cck_unwinder;

typedef struct cck_unwound_frame {
    uint64_t code; /* an address in the instruction that runs, or calls the frame before */
    uint64_t stack; /* its stack pointer there */
    uint64_t frame; /* and its frame pointer register; 0 unknown */
    uint64_t cfa;  /* canonical frame address; 0 unknown */
} cck_unwound_frame;

/** Where a thread is. */
typedef struct cck_unwind_start {
    uint64_t code, stack, frame; /* instruction, stack and frame pointer; frame 0: unknown */
    bool called; /* `code` is a return address: the call lies before it */
    /** 8 bytes of memory; false: not known. */
    bool (*read)(void *context, uint64_t address, uint64_t *out_word);
    void *context;
} cck_unwind_start;

/** NULL: memory is out, or these files cannot be read. */
cck_unwinder *cck_unwinder_new(const cck_file_module *modules, size_t count);
void cck_unwinder_free(cck_unwinder *unwinder);

/** Frames from the innermost on, at most `most`; as far as the stack is known. */
size_t cck_unwinder_walk(cck_unwinder *unwinder, const cck_unwind_start *start,
                         cck_unwound_frame *out_frames, size_t most);

/** Whether the last walk came to the outermost frame. */
bool cck_unwinder_ended(const cck_unwinder *unwinder);

#endif
