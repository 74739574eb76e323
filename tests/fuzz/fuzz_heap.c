/* SPDX-License-Identifier: MIT */
/*
 * The table of heap blocks that a watched program shares with us, and may write what it likes to.
 * Of the input each 12 bytes are a place in the table, in words of 8, and a word to put there;
 * the two first ones are what is asked for.
 */
#include <signal.h>

#include "core/process/heap.h"
#include "tests/fuzz/tree.h"

enum { STEP = 12, QUESTIONS = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static cck_watch_heaps *heaps;
static cck_heap_table *table; /* as the program has it mapped */

static void forget(void)
{
    cck_watch_heaps_free(heaps);
    free(table);
}

/* A table that the reader took over is unlinked; a copy of ours is written for each round. */
static void begin(void)
{
    static char libexec[4096];
    snprintf(libexec, sizeof libexec, "%s/../libexec/cachecheck", CCK_FIXTURES);
    setenv("CACHECHECK_LIBEXEC", libexec, 1);
    table = calloc(1, sizeof *table);
    if (!table)
        abort();
    atexit(forget);
}

static uint64_t word_of(const uint8_t *data)
{
    uint64_t word;
    memcpy(&word, data + 4, sizeof word);
    return word;
}

static void fill(const uint8_t *data, size_t size)
{
    uint64_t *words = (uint64_t *)(void *)table;
    memset(table, 0, sizeof *table);
    table->magic = CCK_HEAP_MAGIC;
    table->began = 7;
    table->pid = (int32_t)getpid();
    table->parent = (int32_t)getpid(); /* its own parent: nobody may go round in circles */
    for (; size >= STEP; data += STEP, size -= STEP) {
        uint32_t place;
        memcpy(&place, data, sizeof place);
        words[place % (sizeof *table / sizeof *words)] = word_of(data);
    }
}

static bool put_table(cck_arena *arena)
{
    char path[4352];
    const char *const *changes = cck_watch_heaps_environment(heaps, NULL, arena);
    if (!changes)
        return false;
    snprintf(path, sizeof path, "%s/1.0", strchr(changes[1], '=') + 1);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool put = fd >= 0 && write(fd, table, sizeof *table) == (ssize_t)sizeof *table;
    if (fd >= 0)
        close(fd);
    return put;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cck_arena arena = {0};
    if (!table)
        begin();
    /* The recorder is no part of every build. */
    if (size < QUESTIONS * STEP || cck_watch_heaps_new(&heaps, NULL) < 0)
        return 0;
    fill(data + QUESTIONS * STEP, size - QUESTIONS * STEP);
    if (put_table(&arena)) {
        cck_watch_heaps_scan(heaps);
        for (int i = 0; i < QUESTIONS; i++) {
            cck_watch_block block;
            uint64_t address = word_of(data + i * STEP);
            if (cck_watch_heaps_find(heaps, (int32_t)getpid(), 7, address, &block) &&
                (address - block.start >= block.size || block.stack.size > CCK_STACK_BYTES))
                abort();
        }
    }
    cck_watch_heaps_free(heaps);
    heaps = NULL;
    cck_arena_clear(&arena);
    return 0;
}
