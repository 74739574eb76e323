/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_SPACE_H
#define CCK_SIMULATE_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/elf_file.h"
#include "probes/simulate/trace.h"

/**
 * What is mapped where in a process, and the files that came with it. A file that was
 * unmapped stays known: code that ran there is still told of.
 */
typedef struct cck_mapping {
    uint64_t start, end;
    uint64_t offset; /* in the file */
    uint32_t protection, flags;
    uint32_t module; /* CCK_NONE: anonymous */
} cck_mapping;

typedef struct cck_space {
    cck_mapping *list; /* by address */
    size_t count, capacity;
    cck_file_module *modules; /* in the order in which they came */
    size_t module_count, module_capacity;
    cck_arena arena;
} cck_space;

/** `path` "": anonymous memory. False when memory is out. *out_new: the module that came. */
bool cck_space_map(cck_space *space, const cck_trace_map *map, const char *path, uint32_t *out_new);
bool cck_space_unmap(cck_space *space, uint64_t start, uint64_t size);

/** The mapping around an address, or NULL. */
const cck_mapping *cck_space_find(const cck_space *space, uint64_t address);

/** The latest module around an address; CCK_NONE. */
uint32_t cck_space_module(const cck_space *space, uint64_t address);

/** Bytes of thread-local storage of all modules below a thread pointer. If `distance` below the
 * thread pointer is in it, *out_module tells whose. */
bool cck_space_tls(const cck_space *space, uint64_t distance, uint32_t *out_module,
                   uint64_t *out_begin);

void cck_space_clear(cck_space *space);

#endif
