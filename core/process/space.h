/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PROCESS_SPACE_H
#define CCK_CORE_PROCESS_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/elf_file.h"
#include "core/base/map.h"
#include "core/base/root.h"

/**
 * What is mapped where in the processes that are watched, read from /proc from outside: at the
 * first look, and again when an address turns up that was not known. All that was mapped once
 * stays known, for code that ran there is still told of.
 */
typedef struct cck_watch_mapping {
    uint64_t start, end, offset; /* offset: in the file */
    uint64_t device, inode;      /* 0: no file */
    uint32_t module;             /* index; CCK_NONE: no file, or none that can be read */
    bool executes, writes, shared;
    bool stack, heap; /* [stack], [heap] */
    bool own;         /* the table that our recorder of allocations writes */
} cck_watch_mapping;

/** A process between two execs. */
typedef struct cck_watch_image {
    int32_t pid;
    uint32_t number;    /* index among all images */
    uint64_t began;     /* identity of its exec: where the kernel put the stack */
    uint64_t read_at;   /* CLOCK_MONOTONIC, ns: when its mappings were read */
    uint64_t read_cost; /* ns that took */
    char program[16];
    cck_watch_mapping *list; /* by address */
    size_t count, capacity;
    cck_file_module *modules; /* in the order in which they were seen */
    size_t module_count, module_capacity;
    cck_arena arena;
} cck_watch_image;

typedef struct cck_watch_space {
    const cck_root *root;
    cck_watch_image **images; /* in the order of their first sight */
    size_t count, capacity;
    cck_map current; /* pid -> image */
    void (*looked)(void *context, const cck_watch_image *image); /* mappings were read; or NULL */
    void *context;
} cck_watch_space;

void cck_watch_space_init(cck_watch_space *space, const cck_root *root);
void cck_watch_space_clear(cck_watch_space *space);

/** The image of a process as it is now, made at the first call; NULL: memory is out. */
cck_watch_image *cck_watch_space_image(cck_watch_space *space, int32_t pid);

/** Whether the process called exec() since: then it has another image. Cheap. */
bool cck_watch_space_look(cck_watch_space *space, int32_t pid);

/** The mapping around an address, or NULL; looked up in /proc anew if it is not known. */
const cck_watch_mapping *cck_watch_image_find(cck_watch_space *space, cck_watch_image *image,
                                              uint64_t address);

/** As it is known, without another look. */
const cck_watch_mapping *cck_watch_image_known(const cck_watch_image *image, uint64_t address);

/** The module whose file or bss is at an address; CCK_NONE. */
uint32_t cck_watch_image_module(const cck_watch_image *image, uint64_t address);

/** As cck_watch_space_key(), of what is known. */
uint64_t cck_watch_image_key(const cck_watch_image *image, uint64_t address, uint32_t line_size);

/**
 * Which line of memory an address is in: see `key_of` of engine.h. Two processes that map the
 * same file or shared memory get the same key.
 */
bool cck_watch_space_key(cck_watch_space *space, int32_t pid, uint64_t address,
                         uint32_t line_size, uint64_t *out_key);

#endif
