/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PRELOAD_HEAP_TABLE_H
#define CCK_CORE_PRELOAD_HEAP_TABLE_H

#include <stdint.h>

/**
 * What the recorder of allocations (recorder.c, in the program that is watched) leaves in a
 * file for us to map: which blocks there are, and from where they were allocated. A table of
 * fixed size: of programs with very many blocks the oldest of those that fall together are
 * forgotten. Nothing is locked; a record that is half written is passed over. Of programs that
 * allocate very often only a part is noted (heap_share.h).
 *
 * The reader trusts nothing of it: the program may write into it what it likes.
 */
#ifndef CCK_HEAP_RECORDS /* a test has a smaller one */
#define CCK_HEAP_RECORDS (1 << 15)
#define CCK_HEAP_STACKS (1 << 9)
#endif

enum {
    CCK_RECORDS = CCK_HEAP_RECORDS, /* blocks */
    CCK_RECORD_WAYS = 8,            /* places where a block of some address may be */
    CCK_STACKS = CCK_HEAP_STACKS,   /* different stacks of allocations */
    CCK_STACK_WAYS = 8,
    CCK_STACK_BYTES = 976
};

#define CCK_HEAP_MAGIC UINT64_C(0x3365726f6863636b) /* format 3 */
#define CCK_HEAP_VARIABLE "CACHECHECK_HEAP"         /* folder for these files */

/** A block. `address` is written last, and 0 while the rest changes. */
typedef struct cck_heap_record {
    uint64_t address, size;
    uint64_t stack; /* key of the stack; 0: none was kept */
    int32_t tid;
    uint32_t freed; /* 1: given back since */
} cck_heap_record;

/** The stack of the caller of an allocator, from its stack pointer up. */
typedef struct cck_heap_stack {
    uint64_t key;                /* written last; 0: empty */
    uint64_t code, stack, frame; /* return address, stack and frame pointer of the caller */
    uint32_t size, unused;       /* bytes of the copy */
    unsigned char bytes[CCK_STACK_BYTES];
} cck_heap_stack;

typedef struct cck_heap_table {
    uint64_t magic;
    uint64_t began; /* where the kernel put the stack at exec: tells programs of a process apart */
    int32_t pid, parent; /* parent: after a fork, whose blocks it has too; else 0 */
    uint32_t epoch;      /* counted up by who watches */
    uint32_t partial;    /* 1: some allocations were passed over; what was freed may be used anew */
    /* A way's records fill lines of their own: no thread's blocks lie beside the words above. */
    _Alignas(64) cck_heap_record records[CCK_RECORDS];
    cck_heap_stack stacks[CCK_STACKS];
} cck_heap_table;

/** First of the ways of a block, or of a stack. */
static inline uint64_t cck_heap_way(uint64_t address)
{
    return (address >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (CCK_RECORDS - CCK_RECORD_WAYS);
}

static inline uint64_t cck_heap_stack_way(uint64_t key)
{
    return key * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (CCK_STACKS - CCK_STACK_WAYS);
}

#endif
